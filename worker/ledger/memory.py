"""The ledger without a file: the same answers from dictionaries, for tests."""

# ruff: noqa: D102 - what each method promises is said once, at the port

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from worker.clock import Clock, SystemClock
from worker.errors import LedgerError
from worker.ledger import past_in_memory, waits_in_memory
from worker.ledger.calls import check_decision
from worker.ledger.codec import column, micros
from worker.ledger.firings_in_memory import activities, in_time
from worker.ledger.hands_in_memory import HandsInMemory
from worker.ledger.pruning import FINISHED
from worker.ledger.reads import followed
from worker.ledger.row_in_memory import IntentRow, as_stored, sends_since
from worker.ledger.seen import Mark, event_mark, sent_mark
from worker.ledger.standing import Standing, check_settlements
from worker.ledger.timers_in_memory import TimersInMemory
from worker.ledger.traces import bounded
from worker.model.action import Intent, IntentState
from worker.model.aside import trace_aside
from worker.model.event import Event, EventKind
from worker.model.flow import Timer
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
)
from worker.model.ledger import (
    Activity,
    Firing,
    Planned,
    Receipt,
    Recent,
    Settlement,
    StoredEvent,
    Summary,
)
from worker.model.past import PastDecision, PastNumbers
from worker.model.pruning import FROM_THE_START, PRUNE_BATCH, Pruned, PruneFrom
from worker.model.state import ContactState, ConversationState


class MemoryLedger(HandsInMemory):
    """`worker.model.ledger.Ledger` in this process only; `open` and `close` keep what is there."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or SystemClock()
        self._events: dict[tuple[AccountId, EventId], StoredEvent] = {}
        self._order: dict[tuple[AccountId, EventId], int] = {}
        self._rows: dict[IntentKey, IntentRow] = {}
        self._firings: list[tuple[AccountId, int, Firing]] = []
        self._conversations: dict[tuple[AccountId, ConversationId], ConversationState] = {}
        self._contacts: dict[tuple[AccountId, ContactId], ContactState] = {}
        self._memo: dict[tuple[AccountId, str], str] = {}
        self._seen: set[Mark] = set()
        self._timers = TimersInMemory()
        self._numbers = count(1)

    async def open(self) -> None:
        """Nothing is needed."""

    async def close(self) -> None:
        """Nothing is forgotten: the next `open` finds it, as a file would be found."""

    async def memo(self, account: AccountId) -> Mapping[str, str]:
        return {name: value for (owner, name), value in self._memo.items() if owner == account}

    async def remember(self, account: AccountId, memo: Mapping[str, str]) -> None:
        self._keep(account, (), (), memo)

    async def receive(self, receipt: Receipt) -> tuple[EventId, ...]:
        if any(event.account != receipt.account for event in receipt.events):
            raise LedgerError("an event is of another account than its receipt")
        fresh = self._add(receipt.events)
        self._keep(receipt.account, receipt.conversations, receipt.contacts, receipt.memo)
        return fresh

    def _add(self, events: Sequence[Event]) -> tuple[EventId, ...]:
        fresh: list[EventId] = []
        for event in [as_stored(event) for event in events]:
            name = (event.account, event.id)
            if name not in self._events and event_mark(*name) not in self._seen:
                self._order[name] = next(self._numbers)
                told = trace_aside(event)
                self._events[name] = StoredEvent(event, self._clock.now(), trace=told)
                fresh.append(event.id)
        self._timers.fire(events)
        return tuple(fresh)

    async def unplanned(self, account: AccountId) -> tuple[StoredEvent, ...]:
        return tuple(
            stored
            for (owner, _), stored in self._events.items()
            if owner == account and stored.planned_at is None and stored.event.set_aside is None
        )

    async def conversations(
        self, account: AccountId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, ConversationState]:
        known = self._conversations
        return {owner: known[account, owner] for owner in ids if (account, owner) in known}

    async def tracked(self, account: AccountId) -> tuple[ConversationId, ...]:
        return tuple(name for owner, name in reversed(self._conversations) if owner == account)

    async def awaiting(
        self,
        account: AccountId,
        *,
        automatic: bool,
        after: tuple[datetime, str],
        until: datetime,
        limit: int,
    ) -> tuple[tuple[ConversationId, datetime], ...]:
        return waits_in_memory.awaiting(
            self._conversations,
            account,
            automatic=automatic,
            after=after,
            until=until,
            limit=limit,
        )

    async def contacts(
        self, account: AccountId, ids: Sequence[ContactId]
    ) -> Mapping[ContactId, ContactState]:
        known = self._contacts
        return {owner: known[account, owner] for owner in ids if (account, owner) in known}

    async def plan(self, decisions: Sequence[Planned]) -> tuple[IntentKey, ...]:
        for planned in decisions:
            check_decision(planned)
            for event_id in planned.events:
                if (planned.account, event_id) not in self._events:
                    raise LedgerError(f"event {event_id} is not in the ledger")
            for intent in planned.intents:
                Standing.of(intent)
        ready = [bounded(as_stored(planned)) for planned in decisions]
        return tuple(key for planned in ready for key in self._decide(planned))

    def _decide(self, planned: Planned) -> list[IntentKey]:
        account, deciding = planned.account, planned.events[-1]
        if self._closed(account, deciding):
            return []
        for event_id in planned.events:
            name = (account, event_id)
            if not self._closed(account, event_id):
                self._events[name] = replace(
                    self._events[name], planned_at=planned.at, trace=followed(deciding)
                )
        self._events[account, deciding] = replace(
            self._events[account, deciding], trace=planned.trace, context=planned.context
        )
        order = self._order[account, deciding]
        self._firings += [(account, order, firing) for firing in planned.firings]
        self._keep(
            account,
            () if planned.conversation is None else (planned.conversation,),
            () if planned.contact is None else (planned.contact,),
            {},
        )
        self._timers.keep(planned.scripts)
        self._timers.replace(planned.timers)
        self._add(planned.caused)
        self._timers.end(planned.ended)
        new = []
        for intent in planned.intents:
            if intent.key not in self._rows:
                order = self._order[account, intent.event_id]
                self._rows[intent.key] = IntentRow(
                    next(self._numbers), order, intent, Standing.of(intent)
                )
                new.append(intent.key)
        return new

    def _closed(self, account: AccountId, event_id: EventId) -> bool:
        stored = self._events[account, event_id]
        return stored.planned_at is not None or stored.event.set_aside is not None

    async def claim(self, keys: Sequence[IntentKey], at: datetime) -> tuple[IntentKey, ...]:
        return tuple(
            key for key in keys if key in self._rows and self._rows[key].standing.claim(micros(at))
        )

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        rows = self._rows
        check_settlements(settlements, lambda key: rows[key].standing if key in rows else None)
        for settlement in settlements:
            row = self._rows[settlement.key]
            if row.standing.settle(settlement):
                self._keep(
                    row.planned.account,
                    () if settlement.conversation is None else (settlement.conversation,),
                    () if settlement.contact is None else (settlement.contact,),
                    settlement.memo,
                )
                if settlement.timer is not None:
                    self._timers.begin(as_stored(settlement.timer))

    async def timers(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Timer, ...]:
        return tuple(self._timers.waiting(account, conversation_id, before)[: max(0, limit)])

    async def timer(self, account: AccountId, key: IntentKey) -> Timer | None:
        return self._timers.one(account, key)

    async def script(self, name: str) -> str | None:
        return self._timers.script(name)

    async def open_intents(self, account: AccountId) -> tuple[Intent, ...]:
        rows = [row for row in self._of(account) if row.standing.state.open]
        rows.sort(key=lambda row: (row.event_seq, row.planned.position, row.seq))
        return tuple(row.now for row in rows)

    async def intents(
        self, account: AccountId, states: Sequence[IntentState], limit: int = 100
    ) -> tuple[Intent, ...]:
        rows = [row for row in self._of(account) if row.standing.state in states]
        return tuple(row.now for row in rows[::-1][: max(0, limit)])

    async def intent(self, key: IntentKey) -> Intent | None:
        return self._rows[key].now if key in self._rows else None

    async def accounted(self, account: AccountId, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        results = {row.standing.result_id for row in self._of(account)}
        return frozenset(
            one for one in ids if one in results or sent_mark(account, one) in self._seen
        )

    async def recent(self, account: AccountId, since: datetime) -> Recent:
        fired = [one for one in self._firings if one[0] == account and one[2].at >= since]
        return Recent(in_time(fired), sends_since(self._of(account), since))

    async def event(self, account: AccountId, event_id: EventId) -> StoredEvent | None:
        return self._events.get((account, event_id))

    async def events(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> tuple[StoredEvent, ...]:
        found = [
            stored
            for (owner, _), stored in self._events.items()
            if owner == account
            and conversation_id in {None, stored.event.conversation_id}
            and (since is None or stored.event.at >= since)
        ]
        return tuple(found[::-1][: max(0, limit)])

    async def decisions(self, account: AccountId, since: datetime) -> PastNumbers:
        return past_in_memory.decisions(self._events, self._order, account, since)

    async def decided(self, account: AccountId, numbers: PastNumbers) -> tuple[PastDecision, ...]:
        return past_in_memory.decided(self._events, self._order, self._of(account), numbers)

    async def activity(self, account: AccountId, since: datetime) -> tuple[Activity, ...]:
        fired = [one for one in self._firings if one[0] == account and one[2].at >= since]
        return activities(fired, {number: name[1] for name, number in self._order.items()})

    async def summary(self, account: AccountId | None = None) -> Summary:
        """See `Ledger.summary`; for all accounts, memo names begin with the account and a slash."""
        accounts = {owner for owner, _ in self._events} if account is None else {account}
        waiting = [stored for owner in accounts for stored in await self.unplanned(owner)]
        mine = [row for row in self._rows.values() if account in {None, row.planned.account}]
        person, answer = waits_in_memory.counts(self._conversations, account)
        return Summary(
            events=sum(owner in accounts for owner, _ in self._events),
            unplanned=len(waiting),
            intents=dict(Counter(row.standing.state for row in mine)),
            timers=sum(
                len(self._timers.waiting(owner))
                for owner in ({row.planned.account for row in mine} | accounts)
            ),
            memo={f"{owner}/{name}": value for (owner, name), value in self._memo.items()}
            if account is None
            else await self.memo(account),
            awaiting_person=person,
            awaiting_answer=answer,
        )

    async def prune(
        self,
        account: AccountId,
        before: datetime,
        *,
        start: PruneFrom = FROM_THE_START,
        limit: int = PRUNE_BATCH,
    ) -> Pruned:
        events = [
            (number, name)
            for name, number in self._order.items()
            if name[0] == account and number > start.events
        ][:limit]
        intents = [row for row in self._of(account) if row.seq > start.intents][:limit]
        fired = [one for one in self._firings if one[0] == account and one[2].at < before]
        fired = sorted(fired, key=lambda one: one[2].at)[:limit]
        old_events = [name for _, name in events if self._is_old(name, before)]
        old_intents = [row for row in intents if row.is_old(before)]
        more = (
            (len(events) == limit and all(self._aged(name, before) for _, name in events))
            or (len(intents) == limit and all(row.planned.created_at < before for row in intents))
            or len(fired) == limit
        )
        dropped = {id(one) for one in fired}
        self._firings = [one for one in self._firings if id(one) not in dropped]
        for name in old_events:
            if self._events[name].event.kind is not EventKind.MESSAGE_SENT:
                self._seen.add(event_mark(*name))
            del self._events[name], self._order[name]
        self._unfollow(set(old_events))
        for row in old_intents:
            if row.standing.result_id is not None:
                self._seen.add(sent_mark(account, MessageId(row.standing.result_id)))
            del self._rows[row.planned.key]
        rest = PruneFrom(
            events[-1][0] if events else start.events,
            intents[-1].seq if intents else start.intents,
        )
        return Pruned(len(old_events), len(old_intents), len(fired), rest if more else None)

    def _unfollow(self, dropped: set[tuple[AccountId, EventId]]) -> None:
        """What was decided with a dropped event no longer tells so, as in a file."""
        told = {(account, followed(event_id).note) for account, event_id in dropped}
        for name, stored in self._events.items():
            if stored.trace is not None and (name[0], stored.trace.note) in told:
                self._events[name] = replace(stored, trace=None)

    async def prunable(self, account: AccountId, before: datetime) -> Pruned:
        return Pruned(
            sum(name[0] == account and self._is_old(name, before) for name in self._order),
            sum(row.is_old(before) for row in self._of(account)),
            sum(owner == account and fired.at < before for owner, _, fired in self._firings),
        )

    def _aged(self, name: tuple[AccountId, EventId], before: datetime) -> bool:
        return self._events[name].received_at < before

    def _is_old(self, name: tuple[AccountId, EventId], before: datetime) -> bool:
        number = self._order[name]
        waited_for = any(
            row.event_seq == number and row.standing.state not in FINISHED
            for row in self._rows.values()
        )
        newest = number == max(self._order.values())
        waited_for = waited_for or self._timers.speak_of(*name)
        return self._aged(name, before) and self._closed(*name) and not (waited_for or newest)

    def _of(self, account: AccountId) -> Iterable[IntentRow]:
        return [row for row in self._rows.values() if row.planned.account == account]

    def _keep(
        self,
        account: AccountId,
        conversations: Sequence[ConversationState],
        contacts: Sequence[ContactState],
        memo: Mapping[str, str],
    ) -> None:
        for conversation in conversations:
            name = (account, conversation.conversation.id)
            self._conversations.pop(name, None)  # to the end: changed last
            self._conversations[name] = as_stored(conversation)
        for contact in contacts:
            self._contacts[account, contact.id] = as_stored(contact)
        for name_of, value in memo.items():
            self._memo[account, name_of] = column(value)
            if not value:
                del self._memo[account, name_of]
