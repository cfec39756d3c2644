"""Rows of a list that could not be read. Pure."""

from __future__ import annotations

from collections.abc import Hashable

from worker.sources.movement import LONG_LOOKS_S


class LeftOut:
    """Rows of wrong types are told once, not at each read of the same list."""

    def __init__(self) -> None:
        self._shown: dict[Hashable, int] = {}
        self._times: dict[Hashable, int] = {}
        self._new = 0

    def count(self, place: Hashable, rows: int) -> bool:
        """So many rows could not be read there: of a list, a page of it, a conversation's messages.

        True: they may be readable the next time; not so often in a row that it is worth no more.
        """
        if not rows:
            self._shown.pop(place, None)
            self._times.pop(place, None)
            return False
        self._new += max(0, rows - self._shown.get(place, 0))
        self._shown[place] = rows
        self._times[place] = self._times.get(place, 0) + 1
        return self._times[place] <= len(LONG_LOOKS_S)

    def taken(self) -> int:
        """How many are new since this was last asked."""
        new, self._new = self._new, 0
        return new
