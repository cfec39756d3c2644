"""What `mentions` means: phrases found in a message, whole words where the script has words.

A phrase and a message are normalised alike. An edge of the phrase that is a letter or digit of a
script with spaces must be the edge of a word (`worker.text.boundary` says what a word is); an edge
in a script without spaces need not. A phrase of several words matches only in that order, one space
between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from worker.model.text import MessageText
from worker.model.verdict import Form, Hit
from worker.text.boundary import ends_word, starts_word
from worker.text.fuzzy import FuzzyPhrase
from worker.text.normalise import normalise

Accents = Literal["auto", "exact", "fold"]


def searched(text: MessageText, accents: Accents) -> str:
    """The form of `text` that `accents` compares: folded, or with its accents."""
    return text.folded if folds(text, accents) else text.plain


def folds(text: MessageText, accents: Accents) -> bool:
    """Whether `accents` ignores Latin accents for this message."""
    return accents == "fold" or (accents == "auto" and not text.accented)


def find_phrase(text: str, phrase: str) -> int:
    """Where `phrase` first stands as words in `text`, both normalised; -1 if nowhere."""
    at = text.find(phrase)
    while at >= 0:
        if starts_word(text, at) and ends_word(text, at + len(phrase)):
            return at
        at = text.find(phrase, at + 1)
    return -1


Typos = tuple[tuple[FuzzyPhrase, str], ...]


def _mistyped(texts: Iterable[str], phrases: Iterable[str]) -> Typos:
    """Those that are long enough to be mistyped, with their phrases."""
    typos = ((FuzzyPhrase(text), phrase) for text, phrase in zip(texts, phrases, strict=True))
    return tuple((typo, phrase) for typo, phrase in typos if typo.possible)


_NO_TYPOS: Mapping[Form, Typos] = {}


def _shared(texts: Iterable[str], alike: tuple[str, ...]) -> tuple[str, ...]:
    """The texts; those that are equal to the one of `alike` in their place are that one."""
    pairs = zip(texts, alike, strict=True)
    made = tuple(like if text == like else text for text, like in pairs)
    return alike if made == alike else made


class PhraseMatcher:
    """Finds any of `phrases` in a message.

    Args:
        phrases: as written; those that normalise to nothing are never found.
        accents: `auto` ignores Latin accents when the message was typed without any, `exact` never,
            `fold` always.
        fuzzy: words may be mistyped: one edit from 4 letters, two from 8, Latin only.

    Attributes:
        phrases, plain, folded: those that can be found, as written and in the forms of a message.
    """

    __slots__ = ("_typos", "accents", "folded", "phrases", "plain")

    def __init__(
        self, phrases: Sequence[str], accents: Accents = "auto", *, fuzzy: bool = False
    ) -> None:
        # Nearly every rule that is asked is asked for the first time in a while: flat tuples, and
        # one string where several are equal, are fewer places to fetch from memory.
        forms = [(normalise(phrase), phrase) for phrase in phrases]
        forms = [(form, phrase) for form, phrase in forms if form.folded]
        self.phrases = tuple(phrase for _, phrase in forms)
        self.accents: Accents = accents
        self.plain = _shared((form.plain for form, _ in forms), self.phrases)
        self.folded = _shared((form.folded for form, _ in forms), self.plain)
        self._typos: Mapping[Form, Typos] = _NO_TYPOS
        if fuzzy:
            self._typos = {
                "plain": _mistyped(self.plain, self.phrases),
                "folded": _mistyped(self.folded, self.phrases),
            }

    def search(self, text: MessageText) -> Hit | None:
        """The first of the phrases, in the order written, that `text` mentions; exact before
        mistyped.
        """
        form: Form
        if folds(text, self.accents):
            form, needles, hay = "folded", self.folded, text.folded
        else:
            form, needles, hay = "plain", self.plain, text.plain
        for number, needle in enumerate(needles):
            if needle in hay:  # most are not, and this tells so soonest
                at = find_phrase(hay, needle)
                if at >= 0:
                    return Hit(self.phrases[number], form, at, at + len(needle))
        for typo, phrase in self._typos.get(form, ()):
            span = typo.find(hay)
            if span:
                return Hit(phrase, form, *span)
        return None

    def folded_keys(self) -> frozenset[str] | None:
        """Texts of which one must stand in `MessageText.folded` for a match; for `Touch.phrases`.

        None where a mistyped word can match, so that no such texts exist. Empty when no phrase has
        any character left: nothing can match.
        """
        return None if any(self._typos.values()) else frozenset(self.folded)
