"""The recorded past: decisions as they were made, to be replayed."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.model.action import Intent
from worker.model.event import Event
from worker.model.verdict import Trace

PAGE = 500
"""Decisions looked up at once: a few megabytes."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision as it was recorded.

    Args:
        events: those of the burst that are still recorded, the deciding one last.
        at: platform time of the decision.
        context: what the rules saw besides the events (see `worker.engine.recorded`).
        intents: what it made, as each stands now, in order.
    """

    events: tuple[Event, ...]
    at: datetime
    trace: Trace
    context: Mapping[str, Any] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()


@dataclass(frozen=True, slots=True)
class PastNumbers:
    """Which decisions there are, in the order in which they were made.

    Args:
        columns: three whole numbers a decision, of meaning to the store alone: 24 bytes each, so
            that a year of decisions can be gone through with little memory.
    """

    columns: array[int]

    def __len__(self) -> int:
        return len(self.columns) // 3

    def pages(self) -> Iterator[PastNumbers]:
        """The same, in pieces of at most `PAGE`."""
        for begin in range(0, len(self.columns), 3 * PAGE):
            yield PastNumbers(self.columns[begin : begin + 3 * PAGE])

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Decision by decision."""
        numbers = iter(self.columns)
        return zip(numbers, numbers, numbers, strict=True)
