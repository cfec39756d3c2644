"""What becomes of the calls of one group while they are written."""

from __future__ import annotations

from collections.abc import Iterator

from worker.ledger.calls import NOTHING_LEFT, Left
from worker.model.ids import AccountId

Outcome = object
"""What one call answers; an exception where it alone was refused."""


class Group:
    """The outcomes of a group's calls, and what the granted ones leave behind.

    Attributes:
        outcomes: by the call's place in the group.
    """

    def __init__(self, size: int) -> None:
        self.outcomes: list[Outcome] = [None] * size
        self._left: list[list[tuple[AccountId, Left]]] = [[] for _ in range(size)]

    def leave(self, place: int, account: AccountId, left: Left) -> None:
        """The call at `place` leaves this behind."""
        if left is not NOTHING_LEFT:
            self._left[place].append((account, left))

    def in_order(self) -> Iterator[tuple[AccountId, Left]]:
        """All that is left behind, in the order in which the calls came."""
        for pieces in self._left:
            yield from pieces
