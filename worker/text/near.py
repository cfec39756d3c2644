"""How near a message came to a phrase that it does not have: for the author who asks why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from worker.model.text import MessageText
from worker.text.boundary import script
from worker.text.normalise import normalise

_READ = 400  # characters of the message; a miss beyond is found by nobody
_PROMISING = 3  # places that are compared letter by letter
_LIKE, _LIKE_SHORT, _LIKE_UNSPACED = 0.6, 0.75, 0.5
"""From here on two texts look alike; one of two Chinese characters is half a word, and one of
two Latin letters (`hi`, `I`) is nothing."""
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """The phrase that is most like a piece of the message; `degree` 1 for the same letters."""

    phrase: str
    piece: str
    degree: float


def likest(phrases: Iterable[str], text: MessageText) -> Likeness | None:
    """The phrase that a piece of the message is most like; None where none looks alike."""
    folded = text.folded[:_READ]
    found = (_place(phrase, folded) for phrase in phrases)
    return _best(one for one in found if one is not None)


def likest_whole(phrases: Iterable[str], piece: str) -> Likeness | None:
    """The phrase that is most like the whole of `piece`, which is normalised."""
    return _best(
        Likeness(phrase, piece, _degree(normalise(phrase).folded, piece[:_READ]))
        for phrase in phrases
    )


def _best(found: Iterable[Likeness]) -> Likeness | None:
    alike = [one for one in found if one.degree >= _least(one.phrase)]
    return max(alike, key=lambda one: one.degree, default=None)


def _least(phrase: str) -> float:
    if not _spaced(phrase):
        return _LIKE_UNSPACED
    return _LIKE if len(phrase) > _SHORT else _LIKE_SHORT


def _place(phrase: str, folded: str) -> Likeness | None:
    wanted = normalise(phrase).folded
    if not wanted:
        return None
    pairs = _pairs(wanted)
    pieces = _pieces(folded, wanted.count(" ") + 1, 0 if _spaced(wanted) else len(wanted))
    shares = ((_shared(pairs, theirs), piece) for piece, theirs in pieces)
    promising = sorted((one for one in shares if one[0] > 0), reverse=True)[:_PROMISING]
    alike = (Likeness(phrase, piece, _degree(wanted, piece)) for _, piece in promising)
    return max(alike, key=lambda one: one.degree, default=None)


def _spaced(text: str) -> bool:
    return any(script(character) not in {"", "unspaced", "mark", "digit"} for character in text)


@lru_cache(maxsize=64)
def _pieces(text: str, words: int, letters: int) -> tuple[tuple[str, frozenset[str]], ...]:
    """Runs of so many words; in scripts without spaces of so many letters, or one more."""
    if letters:
        runs = [
            text[at : at + length]
            for length in (letters, letters + 1)
            for at in range(len(text) - length + 1)
        ]
    else:
        said = [word.strip(".,;:!?()\"'") for word in text.split(" ")]
        runs = [" ".join(said[at : at + words]) for at in range(max(1, len(said) - words + 1))]
    return tuple((run, _pairs(run)) for run in dict.fromkeys(runs) if run)


@lru_cache(maxsize=65_536)
def _pairs(text: str) -> frozenset[str]:
    """Its pairs of neighbouring letters, the edges counted; single letters of short texts too."""
    framed = f"\0{text}\0"
    pairs = {framed[at : at + 2] for at in range(len(framed) - 1)}
    return frozenset(pairs | set(text) if len(text) <= 4 else pairs)  # noqa: PLR2004 - one word


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _degree(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
