"""Decisions by hand without a file."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from worker.ledger.codec import column
from worker.model.hand import Hand
from worker.model.ids import AccountId


class HandsInMemory:
    """What `worker.ledger.handing` keeps in a table; see `Ledger.ask` and its neighbours."""

    def __init__(self) -> None:
        self._by_hand: dict[int, tuple[Hand, str | None]] = {}
        self._hand_numbers = count(1)

    async def ask(self, decision: Hand) -> int:
        """The decision is put down; its number."""
        number = next(self._hand_numbers)
        self._by_hand[number] = (replace(decision, number=number), None)
        return number

    async def asked(self, account: AccountId) -> tuple[Hand, ...]:
        """Decisions without an answer, in order."""
        return tuple(
            hand
            for hand, told in self._by_hand.values()
            if hand.account == account and told is None
        )

    async def answer(self, number: int, answer: str) -> None:
        """The first answer stays."""
        if number in self._by_hand and self._by_hand[number][1] is None:
            self._by_hand[number] = (self._by_hand[number][0], column(answer))

    async def answered(self, number: int) -> str | None:
        """The answer, None without one."""
        return self._by_hand[number][1] if number in self._by_hand else None

    async def withdraw(self, number: int) -> bool:
        """The decision is gone; False where it has been answered or never was."""
        if number not in self._by_hand or self._by_hand[number][1] is not None:
            return False
        del self._by_hand[number]
        return True
