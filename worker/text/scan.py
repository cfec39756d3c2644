"""Many texts or patterns searched at once, in messages of any size, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterable

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
