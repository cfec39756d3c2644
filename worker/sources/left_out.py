"""Rows of a list that could not be read. Pure."""

from __future__ import annotations

from worker.model.ids import ConversationId
from worker.sources.movement import LONG_LOOKS_S


class LeftOut:
    """Rows of wrong types are told once, not at each read of the same list."""

    def __init__(self) -> None:
        self._shown: dict[ConversationId | None, int] = {}
        self._times: dict[ConversationId | None, int] = {}
        self._new = 0

    def count(self, one: ConversationId | None, rows: int) -> bool:
        """So many rows could not be read of a conversation's messages, or (None) of the list.

        True: they may be readable the next time; not so often in a row that it is worth no more.
        """
        if not rows:
            self._shown.pop(one, None)
            self._times.pop(one, None)
            return False
        self._new += max(0, rows - self._shown.get(one, 0))
        self._shown[one] = rows
        self._times[one] = self._times.get(one, 0) + 1
        return self._times[one] <= len(LONG_LOOKS_S)

    def taken(self) -> int:
        """How many are new since this was last asked."""
        new, self._new = self._new, 0
        return new
