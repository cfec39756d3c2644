"""A group's decisions as rows."""

from __future__ import annotations

import sqlite3

from worker.ledger import sql
from worker.ledger.calls import ReadyDecision
from worker.ledger.rows import Rows
from worker.model.ids import AccountId, EventId, IntentKey

Plannable = dict[tuple[AccountId, EventId], tuple[int, bool]]
"""By event: its number, and whether nothing more is to be planned on it."""


class Decided:
    """The rows of decisions that count.

    Attributes:
        intent_seq: the number the next intent gets.
        intents: the rows of intents; those whose key is known will not be stored again.
    """

    def __init__(self, intent_seq: int) -> None:
        self.intent_seq = intent_seq
        self.intents = Rows()
        self._events = Rows()
        self._decisions = Rows()
        self._firings = Rows()

    def add(self, decision: ReadyDecision, found: Plannable) -> list[tuple[int, IntentKey]]:
        """The decision's rows are here, its events closed in `found`; its intents, numbered."""
        account = decision.account
        deciding = found[account, decision.events[-1]][0]
        for event_id in decision.events:
            seq, closed = found[account, event_id]
            if not closed:
                self._events.add((seq, decision.at, deciding))
                found[account, event_id] = (seq, True)
        self._decisions.add((deciding, account), decision.trace, decision.context)
        for place, (rule_id, conversation_id, contact_id, at, *more) in enumerate(decision.firings):
            who = (rule_id, conversation_id, contact_id)
            self._firings.add((account, at, deciding, place, *who, *more))
        numbered = []
        for key, event_id, columns, body in decision.intents:
            event_seq = found[account, event_id][0]
            self.intents.add((self.intent_seq, key, account, event_seq, *columns), body)
            numbered.append((self.intent_seq, key))
            self.intent_seq += 1
        return numbered

    def run(self, connection: sqlite3.Connection) -> bool:
        """All rows are written; False where some intents were known before.

        Raises:
            sqlite3.Error: a statement failed.
        """
        self._events.run(connection, sql.MARK_PLANNED)
        self._decisions.run(connection, sql.DECIDE)
        self._firings.run(connection, sql.FIRE)
        return self.intents.run(connection, sql.INTEND) == len(self.intents)
