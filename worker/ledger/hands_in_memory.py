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
        self._rows: dict[int, tuple[Hand, str | None]] = {}
        self._numbers = count(1)

    def ask(self, decision: Hand) -> int:
        """The decision is put down; its number."""
        number = next(self._numbers)
        self._rows[number] = (replace(decision, number=number), None)
        return number

    def asked(self, account: AccountId) -> tuple[Hand, ...]:
        """Decisions without an answer, in order."""
        return tuple(
            hand for hand, told in self._rows.values() if hand.account == account and told is None
        )

    def answer(self, number: int, answer: str) -> None:
        """The first answer stays."""
        if number in self._rows and self._rows[number][1] is None:
            self._rows[number] = (self._rows[number][0], column(answer))

    def answered(self, number: int) -> str | None:
        """The answer, None without one."""
        return self._rows[number][1] if number in self._rows else None

    def withdraw(self, number: int) -> bool:
        """The decision is gone; False where it has been answered or never was."""
        if number not in self._rows or self._rows[number][1] is not None:
            return False
        del self._rows[number]
        return True
