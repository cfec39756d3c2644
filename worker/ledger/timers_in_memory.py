"""Flows that wait, without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from worker.ledger.codec import column
from worker.model.event import Event
from worker.model.flow import Timer
from worker.model.ids import AccountId, ConversationId, EventId, IntentKey


class TimersInMemory:
    """What `worker.ledger.timing` keeps in tables."""

    def __init__(self) -> None:
        self._rows: dict[IntentKey, Timer] = {}
        self._scripts: dict[str, str] = {}

    def begin(self, timer: Timer) -> None:
        """The flow waits, unless it did before."""
        self._rows.setdefault(timer.key, timer)

    def replace(self, timers: Sequence[Timer]) -> None:
        """Those that have not fired stand so."""
        for timer in timers:
            row = self._rows.get(timer.key)
            if row is not None and row.due_at is not None:
                self._rows[timer.key] = replace(row, due_at=timer.due_at, flow=timer.flow)

    def fire(self, events: Sequence[Event]) -> None:
        """The timers that became these events have fired."""
        for event in events:
            if event.resumed is not None and event.resumed.timer in self._rows:
                row = self._rows[event.resumed.timer]
                self._rows[row.key] = replace(row, due_at=None)

    def end(self, keys: Sequence[IntentKey]) -> None:
        """These rows are gone."""
        for key in keys:
            self._rows.pop(key, None)

    def keep(self, scripts: Mapping[str, str]) -> None:
        """These scripts are known by their names."""
        for name, body in scripts.items():
            self._scripts.setdefault(name, column(body))

    def waiting(
        self,
        account: AccountId,
        conversation_id: ConversationId | None = None,
        before: datetime | None = None,
    ) -> list[Timer]:
        """Those that have not fired, the soonest first."""
        found = [
            (timer.due_at, timer.key, timer)
            for timer in self._rows.values()
            if timer.account == account
            and timer.due_at is not None
            and (before is None or timer.due_at <= before)
            and (conversation_id is None or timer.conversation_id == conversation_id)
        ]
        return [timer for _, _, timer in sorted(found, key=lambda one: one[:2])]

    def one(self, account: AccountId, key: IntentKey) -> Timer | None:
        """The timer with this key, fired or not."""
        row = self._rows.get(key)
        return row if row is not None and row.account == account else None

    def script(self, name: str) -> str | None:
        """The script of this name."""
        return self._scripts.get(name)

    def speak_of(self, account: AccountId, event_id: EventId) -> bool:
        """Some flow that is not done with speaks of the event."""
        rows = self._rows.values()
        return any(row.account == account and row.flow.about == event_id for row in rows)
