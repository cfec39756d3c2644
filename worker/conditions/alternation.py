"""A pattern that is only words with `|` between them: found without a regular expression.

Authors write most patterns so, and plain search takes a fraction of the time of an automaton.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.model.noun import Noun
from worker.text.normalise import normalise

_MEANS_MORE = frozenset("\\.+*?()[]{}^$")


class Found(Noun, frozen=True):
    """Where an alternative stands, as a match object tells it."""

    at: int
    until: int

    def start(self) -> int:
        """The place of its first character, from 0."""
        return self.at

    def end(self) -> int:
        """The place of the character after it."""
        return self.until

    def groupdict(self) -> Mapping[str, Any]:
        """Plain words name no groups."""
        return {}


@dataclass(frozen=True, slots=True)
class Alternation:
    """Answers as the pattern would, on texts that are normalised.

    Args:
        pattern: as it was written.
        words: the alternatives, each as normalised text has it.
    """

    pattern: str
    words: tuple[str, ...]

    @property
    def groupindex(self) -> Mapping[str, int]:
        """Plain words name no groups."""
        return {}

    def search(self, text: str) -> Found | None:
        """The place where the first of them in the text begins."""
        first, length = -1, 0
        for word in self.words:
            if word in text:  # most are not, and this tells so soonest
                at = text.find(word)
                if first < 0 or at < first:
                    first, length = at, len(word)
        return Found(first, first + length) if first >= 0 else None


def alternation(pattern: str) -> Alternation | None:
    """The pattern's words; None where it is more than words that normalised text can have."""
    if not _MEANS_MORE.isdisjoint(pattern):
        return None
    words = tuple(pattern.split("|"))
    if not all(word and normalise(word).plain == word for word in words):
        return None
    return Alternation(pattern, words)
