"""What an account has used of its budget lately, as text that outlives the process. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

USAGE_MEMO: Final = "budget.used"
"""Name under which the ledger keeps it."""

FREE_SHARE: Final = 0.25
"""Part of the budget that is used without a note: polls of an idle account write nothing. A new
process takes it for used."""

AHEAD_SHARE: Final = 0.1
"""Each note allows this part of the budget to be used before the next one."""

FREE_MOST: Final = 60
"""The free part is no larger: each start counts it, and a worker that was killed a few times within
a minute must not be silent for the rest of it. More than an idle account's polls."""

AHEAD_MOST: Final = 600
"""For the same reason; a busy account writes a note every so many calls."""

VALID_S: Final = 10.0
"""A note older than this allows nothing more."""

LONGEST_CALL_S: Final = 30.0
"""A call begun under a note has reached the platform within this time."""

_GRAIN_S: Final = 2.0
_WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Note:
    """What was used, and what may have been used since.

    Args:
        at: our wall time when it was written.
        ended: (seconds until it stops counting, how many calls).
        loose: calls in flight then, and those allowed until the next note.
    """

    at: datetime
    ended: tuple[tuple[float, int], ...]
    loose: int

    def text(self) -> str:
        """As the ledger keeps it."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def parse(cls, text: str) -> Note | None:
        """The note; None where the text is none."""
        try:
            return msgspec.json.decode(text.encode(), type=cls)
        except (msgspec.DecodeError, UnicodeError):
            return None

    def left(self, now: datetime) -> list[tuple[float, int]]:
        """(seconds from `now` until it stops counting, how many calls), what still counts.

        A wall clock that was set back makes the note as young as can be, never younger.
        """
        age = max(0.0, (now - self.at).total_seconds())
        loose_s = _WINDOW_S - max(0.0, age - VALID_S - LONGEST_CALL_S)
        parts = [(left_s - age, count) for left_s, count in self.ended]
        return [(left_s, count) for left_s, count in (*parts, (loose_s, self.loose)) if left_s > 0]


def free(limit: int) -> int:
    """Calls within 60 s that need no note."""
    return min(int(limit * FREE_SHARE), FREE_MOST)


def ahead(limit: int) -> int:
    """Calls that one note allows."""
    return max(1, min(int(limit * AHEAD_SHARE), AHEAD_MOST))


def noted(at: datetime, ended: Iterable[tuple[float, int]], loose: int) -> Note:
    """A note of these calls, in grains: a full budget is no more than a line of text."""
    grains: dict[float, int] = {}
    for left_s, count in ended:
        grain = (left_s // _GRAIN_S + 1) * _GRAIN_S
        grains[grain] = grains.get(grain, 0) + count
    return Note(at, tuple(grains.items()), loose)
