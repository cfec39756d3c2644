"""Words that were mistyped: one edit from 4 letters, two from 8, Latin letters only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[0-9a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f]+(?:'[a-z]+)*")
_ONE_EDIT_FROM, _TWO_EDITS_FROM = 4, 8  # letters

_LETTERS = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f]+")

# Comparing with edits is slow; a text with more words than this is no chat message and its rest is
# searched for exact phrases only.
_MOST_WORDS = 500


def allowed_edits(word: str) -> int:
    """How many edits may part a mistyped word from `word`; none where it is not all Latin
    letters.
    """
    if not _LETTERS.fullmatch(word):
        return 0
    return (len(word) >= _ONE_EDIT_FROM) + (len(word) >= _TWO_EDITS_FROM)


def within(one: str, other: str, most: int) -> bool:
    """At most `most` edits part the two: a letter added, left out, changed, or two neighbours
    swapped.
    """
    if one == other:
        return True
    if abs(len(one) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, before, row = before, row, [i]
        for j, candidate in enumerate(other, 1):
            cost = before[j - 1] + (letter != candidate)
            cost = min(cost, before[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == candidate:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return False
    return row[-1] <= most


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def _words(text: str, most: int | None = None) -> list[_Word]:
    found: list[_Word] = []
    for word in _WORD.finditer(text):
        if len(found) == most:
            break
        found.append(_Word(word[0], word.start(), word.end()))
    return found


class FuzzyPhrase:
    """A phrase of Latin words, each of which may be mistyped.

    A word with a digit is never taken for another one, and neither is a short one.
    """

    def __init__(self, phrase: str) -> None:
        self._wanted = tuple((word.text, allowed_edits(word.text)) for word in _words(phrase))
        gaps = _WORD.sub("", phrase)
        self.possible = any(edits for _, edits in self._wanted) and not any(map(str.isalnum, gaps))

    def find(self, text: str) -> tuple[int, int] | None:
        """Start and end of the first place in `text` whose words are within the allowed edits."""
        words = _words(text, _MOST_WORDS)
        for at in range(len(words) - len(self._wanted) + 1):
            run = words[at : at + len(self._wanted)]
            if self._fits(run) and self._unbroken(text, run):
                return run[0].start, run[-1].end
        return None

    def _fits(self, run: list[_Word]) -> bool:
        return all(
            word.text == wanted
            or (edits > 0 and _LETTERS.fullmatch(word.text) and within(word.text, wanted, edits))
            for word, (wanted, edits) in zip(run, self._wanted, strict=True)
        )

    @staticmethod
    def _unbroken(text: str, run: list[_Word]) -> bool:
        """No letter of another script stands between the words."""
        pairs = pairwise(run)
        return not any(
            character.isalnum()
            for left, right in pairs
            for character in text[left.end : right.start]
        )
