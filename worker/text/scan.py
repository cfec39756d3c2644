"""Many texts or patterns searched at once, in messages of any size, within bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

import re2
from ahocorasick_rs import BytesAhoCorasick, Implementation

# Compiling a set of patterns holds the interpreter's lock, so a large one is made in pieces between
# which the event loop runs. An automaton of phrases is built without the lock.
_PATTERNS_A_PIECE = 200

# For the states of one piece; RE2 starts afresh when they are used up.
_PATTERN_MEMORY_BYTES = 16 << 20

# The hits of one piece of a text are held in a list; a message of a megabyte may be nothing but
# hits.
_TEXT_PIECE_BYTES = 16_384


class PhraseScan:
    """Finds which of many texts stand in a text, in one pass whatever their number.

    Args:
        texts: none of them empty.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        encoded = [text.encode() for text in texts]
        self._automaton = BytesAhoCorasick(encoded, implementation=Implementation.ContiguousNFA)
        self._longest = max(map(len, encoded), default=0)

    def find(self, text: str) -> set[int]:
        """The places, among the texts, of those that stand in `text`."""
        hay = text.encode()
        if len(hay) <= _TEXT_PIECE_BYTES:
            return self._find(hay)
        step = _TEXT_PIECE_BYTES
        found: set[int] = set()
        for at in range(0, len(hay), step):
            found |= self._find(hay[at : at + step + self._longest])
        return found

    def find_each(self, texts: Sequence[str]) -> list[set[int]]:
        """The same for each of the texts, in few searches.

        A search lets go of the interpreter's lock, and so soon takes it back that another thread
        which waits for it comes too late each time: thousands of them would stop the event loop.

        Args:
            texts: without NUL, which normalised texts never have.
        """
        found: list[set[int]] = []
        piece: list[bytes] = []
        size = 0
        for text in texts:
            piece.append(text.encode())
            size += len(piece[-1])
            if size > _TEXT_PIECE_BYTES:
                found += self._find_in_each(piece)
                piece, size = [], 0
        return found + self._find_in_each(piece)

    def _find_in_each(self, texts: Sequence[bytes]) -> list[set[int]]:
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        found: list[set[int]] = [set() for _ in texts]
        hits = self._automaton.find_matches_as_indexes(b"\0".join(texts), overlapping=True)
        for number, start, _ in hits:
            found[bisect_right(starts, start) - 1].add(number)
        return found

    def _find(self, hay: bytes) -> set[int]:
        return {hit[0] for hit in self._automaton.find_matches_as_indexes(hay, overlapping=True)}


class PatternScan:
    """Finds which of many RE2 patterns match a case folded text.

    Args:
        numbers: the patterns, and what each is called in the answer.
    """

    def __init__(self, numbers: dict[str, int]) -> None:
        patterns = sorted(numbers)
        self._pieces: list[tuple[re2.Set, list[int]]] = []
        self._unsearched: set[int] = set()
        for at in range(0, len(patterns), _PATTERNS_A_PIECE):
            self._add(patterns[at : at + _PATTERNS_A_PIECE], numbers)

    def _add(self, patterns: list[str], numbers: dict[str, int]) -> None:
        compiled = _pattern_set(patterns)
        if compiled is not None:
            self._pieces.append((compiled, [numbers[pattern] for pattern in patterns]))
        elif len(patterns) == 1:
            self._unsearched.add(numbers[patterns[0]])
        else:
            half = len(patterns) // 2
            self._add(patterns[:half], numbers)
            self._add(patterns[half:], numbers)

    def find(self, text: str) -> set[int]:
        """The numbers of the patterns that match `text`, and of those it could not be told for."""
        found = set(self._unsearched)
        for patterns, numbers in self._pieces:
            hits = patterns.Match(text)
            # the pattern that matches everything is missing when the search ran out of memory
            found.update(numbers if hits is None else (numbers[hit - 1] for hit in hits if hit))
        return found


def _pattern_set(patterns: list[str]) -> re2.Set | None:
    """A set of one pattern that matches everything, then `patterns`; None where it is too large."""
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY_BYTES
    options.log_errors = False
    options.case_sensitive = False  # the text is case folded, whatever the pattern is
    compiled = re2.Set.SearchSet(options)
    try:
        for pattern in ("", *patterns):
            compiled.Add(pattern)
        compiled.Compile()
    except re2.error:
        return None
    return compiled
