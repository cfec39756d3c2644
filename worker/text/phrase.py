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


def _needles(phrases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each different text, with the first phrase that has it."""
    needles: dict[str, str] = {}
    for text, phrase in phrases:
        if text:
            needles.setdefault(text, phrase)
    return needles


def _mistyped(needles: Mapping[str, str]) -> tuple[tuple[FuzzyPhrase, str], ...]:
    """Those that are long enough to be mistyped."""
    typos = ((FuzzyPhrase(text), phrase) for text, phrase in needles.items())
    return tuple((typo, phrase) for typo, phrase in typos if typo.possible)


class PhraseMatcher:
    """Finds any of `phrases` in a message.

    Args:
        phrases: as written; those that normalise to nothing are never found.
        accents: `auto` ignores Latin accents when the message was typed without any, `exact` never,
            `fold` always.
        fuzzy: words may be mistyped: one edit from 4 letters, two from 8, Latin only.
    """

    __slots__ = ("_accents", "_folded", "_plain", "_typos", "phrases")

    def __init__(
        self, phrases: Sequence[str], accents: Accents = "auto", *, fuzzy: bool = False
    ) -> None:
        self.phrases = tuple(phrases)
        self._accents: Accents = accents
        forms = [(normalise(phrase), phrase) for phrase in self.phrases]
        self._plain = _needles((form.plain, phrase) for form, phrase in forms)
        self._folded = _needles((form.folded, phrase) for form, phrase in forms)
        self._typos: dict[Form, tuple[tuple[FuzzyPhrase, str], ...]] = {}
        if fuzzy:
            self._typos = {"plain": _mistyped(self._plain), "folded": _mistyped(self._folded)}

    def search(self, text: MessageText) -> Hit | None:
        """The first of the phrases, in the order written, that `text` mentions; exact before
        mistyped.
        """
        form: Form
        if folds(text, self._accents):
            form, needles, hay = "folded", self._folded, text.folded
        else:
            form, needles, hay = "plain", self._plain, text.plain
        for needle in needles:
            if needle in hay:  # most are not, and this tells so soonest
                at = find_phrase(hay, needle)
                if at >= 0:
                    return Hit(needles[needle], form, at, at + len(needle))
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
        return None if any(self._typos.values()) else frozenset(self._folded)
