"""What `mentions` means: phrases found in a message, whole words where the script has words.

A phrase and a message are normalised alike. An edge of the phrase that is a letter or digit of a
script with spaces must be the edge of a word (`worker.text.boundary` says what a word is); an edge
in a script without spaces need not. A phrase of several words matches only in that order, one space
between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from worker.model.noun import Noun
from worker.model.text import MessageText
from worker.text.boundary import ends_word, starts_word
from worker.text.fuzzy import FuzzyPhrase
from worker.text.normalise import normalise

Accents = Literal["auto", "exact", "fold"]


class PhraseMatch(Noun, frozen=True):
    """Where a phrase stands in the normalised message.

    Args:
        phrase: as the rule's author wrote it.
        found: the piece of the normalised message.
        start: characters before it in the normalised message.
        end: `start` plus its length.
    """

    phrase: str
    found: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Needle:
    phrase: str
    text: str
    fuzzy: FuzzyPhrase | None


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


def _needles(phrases: Sequence[tuple[str, str]], *, fuzzy: bool) -> tuple[_Needle, ...]:
    """One needle for each different text, under the first phrase that has it."""
    first: dict[str, str] = {}
    for phrase, text in phrases:
        if text:
            first.setdefault(text, phrase)
    needles = []
    for text, phrase in first.items():
        typo = FuzzyPhrase(text) if fuzzy else None
        needles.append(_Needle(phrase, text, typo if typo and typo.possible else None))
    return tuple(needles)


class PhraseMatcher:
    """Finds any of `phrases` in a message.

    Args:
        phrases: as written; those that normalise to nothing are never found.
        accents: `auto` ignores Latin accents when the message was typed without any, `exact` never,
            `fold` always.
        fuzzy: words may be mistyped: one edit from 4 letters, two from 8, Latin only.
    """

    __slots__ = ("_accents", "_folded", "_fuzzy", "_keys", "_plain", "phrases")

    def __init__(
        self, phrases: Sequence[str], accents: Accents = "auto", *, fuzzy: bool = False
    ) -> None:
        self.phrases = tuple(phrases)
        forms = [(phrase, normalise(phrase)) for phrase in self.phrases]
        self._accents: Accents = accents
        self._plain = _needles([(phrase, form.plain) for phrase, form in forms], fuzzy=fuzzy)
        self._folded = _needles([(phrase, form.folded) for phrase, form in forms], fuzzy=fuzzy)
        self._keys = frozenset(needle.text for needle in self._folded)
        self._fuzzy = any(needle.fuzzy for needle in (*self._plain, *self._folded))

    def search(self, text: MessageText) -> PhraseMatch | None:
        """The first of the phrases, in the order written, that `text` mentions; exact before
        mistyped.
        """
        folded = folds(text, self._accents)
        needles, hay = (self._folded, text.folded) if folded else (self._plain, text.plain)
        for needle in needles:
            at = find_phrase(hay, needle.text)
            if at >= 0:
                return PhraseMatch(needle.phrase, needle.text, at, at + len(needle.text))
        return self._mistyped(needles, hay) if self._fuzzy else None

    @staticmethod
    def _mistyped(needles: tuple[_Needle, ...], hay: str) -> PhraseMatch | None:
        for needle in needles:
            span = needle.fuzzy.find(hay) if needle.fuzzy else None
            if span:
                return PhraseMatch(needle.phrase, hay[slice(*span)], *span)
        return None

    def folded_keys(self) -> frozenset[str] | None:
        """Texts of which one must stand in `MessageText.folded` for a match; for `Touch.phrases`.

        None where a mistyped word can match, so that no such texts exist. Empty when no phrase has
        any character left: nothing can match.
        """
        return None if self._fuzzy else self._keys
