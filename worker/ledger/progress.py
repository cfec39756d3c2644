"""A group's claims and settlements, in the order they came, as two statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from worker.errors import LedgerError
from worker.ledger import sql
from worker.ledger.calls import ClaimCall, SettleCall
from worker.ledger.group import Group
from worker.ledger.rows import Rows, asked, listed
from worker.ledger.standing import Standing, check_settlements
from worker.model.action import IntentState
from worker.model.ids import AccountId, IntentKey


class Progress:
    """The intents that a group moves, read once, moved in memory, written once."""

    def __init__(self, connection: sqlite3.Connection, keys: Sequence[IntentKey]) -> None:
        self._connection = connection
        self._standings: dict[str, tuple[int, AccountId, Standing]] = {
            key: (seq, account, Standing(IntentState(state), *changing))
            for key, seq, account, state, *changing in asked(
                connection, sql.STANDINGS, {"rows": listed(keys)}
            )
        }
        self._claimed: dict[str, None] = {}
        self._settled: dict[str, None] = {}

    def claim(self, call: ClaimCall) -> tuple[IntentKey, ...]:
        """The keys that are claimed by this call."""
        mine = []
        for key in call.keys:
            known = self._standings.get(key)
            if known is not None and known[2].claim(call.at):
                mine.append(key)
                self._claimed[key] = None
        return tuple(mine)

    def settle(self, place: int, call: SettleCall, group: Group) -> None:
        """All settlements of the call have moved their intents, or its refusal is its outcome."""
        try:
            check_settlements((moved for moved, _ in call.settlements), self._standing)
        except LedgerError as refusal:
            group.outcomes[place] = refusal
            return
        for settlement, left in call.settlements:
            _, account, standing = self._standings[settlement.key]
            if standing.settle(settlement):
                self._settled[settlement.key] = None
                group.leave(place, account, left)

    def _standing(self, key: IntentKey) -> Standing | None:
        known = self._standings.get(key)
        return None if known is None else known[2]

    def run(self) -> None:
        """Every moved intent is written as it finally stands.

        Raises:
            sqlite3.Error: a statement failed.
        """
        claimed, settled = Rows(), Rows()
        for key in self._claimed:
            seq, _, now = self._standings[key]
            claimed.add((seq, now.state, now.attempt, now.claimed_at, now.not_before))
        for key in self._settled:
            seq, _, now = self._standings[key]
            settled.add(
                (
                    seq,
                    now.state,
                    now.settled_at,
                    now.result_id,
                    now.error,
                    now.reason,
                    now.not_before,
                    now.expires_at,
                )
            )
        claimed.run(self._connection, sql.CLAIM)
        settled.run(self._connection, sql.SETTLE)
