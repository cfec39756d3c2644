"""The seam to the store: cut at the domain, one conformance suite over every implementation.

Every method that changes something returns only when the change is durable. Calls that arrive while
a commit is in flight are committed together (group commit); each call is atomic by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from worker.model.action import Intent, IntentState
from worker.model.event import Event
from worker.model.flow import Timer
from worker.model.hand import Hand
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
    RuleId,
)
from worker.model.noun import Noun
from worker.model.past import PastDecision, PastNumbers
from worker.model.pruning import FROM_THE_START, PRUNE_BATCH, Pruned, PruneFrom
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Trace


class Receipt(Noun, frozen=True, kw_only=True):
    """What one read brought: stored in one transaction.

    Args:
        memo: cursors and learned facts by name; stored with the events.
        conversations, contacts: whole new states, replacing the stored ones.
    """

    account: AccountId
    events: tuple[Event, ...] = ()
    memo: Mapping[str, str] = msgspec.field(default_factory=dict)
    conversations: tuple[ConversationState, ...] = ()
    contacts: tuple[ContactState, ...] = ()


class Firing(Noun, frozen=True):
    """A rule acted; for cooldowns. `at` is platform time.

    Args:
        shadow: it would have acted, and is on trial: it counts for rules in shadow alone.
        sends: customer-visible actions of it, planned or, in shadow, not.
    """

    rule_id: RuleId
    at: datetime
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None
    shadow: bool = False
    sends: int = 0


class Planned(Noun, frozen=True, kw_only=True):
    """The decision on one event (with the burst it stands for): stored in one transaction.

    Args:
        events: all events of the burst; each is marked planned. The last one decided.
        context: what the rules saw, as JSON, so that the past can be replayed.
        caused: events of timers that fire with this decision: stored with it, planned next.
        timers: rows that are replaced, where they have not fired yet; `ended`: rows used up.
        scripts: rules as they are now, by name, that flows will go on with; each is kept once.
    """

    account: AccountId
    events: tuple[EventId, ...]
    at: datetime
    trace: Trace
    intents: tuple[Intent, ...] = ()
    firings: tuple[Firing, ...] = ()
    context: Mapping[str, Any] = msgspec.field(default_factory=dict)
    conversation: ConversationState | None = None
    contact: ContactState | None = None
    caused: tuple[Event, ...] = ()
    timers: tuple[Timer, ...] = ()
    ended: tuple[IntentKey, ...] = ()
    scripts: Mapping[str, str] = msgspec.field(default_factory=dict)


class Settlement(Noun, frozen=True, kw_only=True):
    """What became of one intent: stored in one transaction with what it left behind.

    Args:
        state: the new state; the transition must be one that `IntentState` allows.
        not_before: platform time of the next attempt, for `retrying`, `unknown` and `pending`.
        expires_at: a new platform time after which it is stale; None: as before.
        timer: the row of a flow that waits from now on; one that is there already stays as it is.
    """

    key: IntentKey
    state: IntentState
    at: datetime
    result_id: MessageId | None = None
    error: str = ""
    reason: str = ""
    not_before: datetime | None = None
    conversation: ConversationState | None = None
    contact: ContactState | None = None
    memo: Mapping[str, str] = msgspec.field(default_factory=dict)
    expires_at: datetime | None = None
    timer: Timer | None = None


class VisibleSend(Noun, frozen=True):
    """One customer-visible intent that was or may have been sent, or still may be; for limits."""

    key: IntentKey
    at: datetime
    conversation_id: ConversationId | None
    contact_id: ContactId | None
    rule_id: RuleId


def visible_send(intent: Intent, at: datetime) -> VisibleSend:
    """The intent as limits count it, sent or planned at that time."""
    return VisibleSend(intent.key, at, intent.conversation_id, intent.contact_id, intent.rule_id)


@dataclass(frozen=True, slots=True)
class Recent:
    """What guards must remember after a restart."""

    firings: tuple[Firing, ...]
    sends: tuple[VisibleSend, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """What one rule did in some time or, in shadow, would have done.

    Args:
        firings: how often it acted.
        sends: customer-visible actions of these.
        last: the event of the newest; None: it was pruned.
        beside: of a rule in shadow: how often each live rule answered the same event; "" for none.
    """

    rule_id: RuleId
    shadow: bool
    firings: int
    sends: int
    last: EventId | None
    beside: Mapping[RuleId, int] = field(default_factory=dict)


class StoredEvent(Noun, frozen=True):
    """An event as recorded, with its decision once there is one."""

    event: Event
    received_at: datetime
    planned_at: datetime | None = None
    trace: Trace | None = None
    context: Mapping[str, Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures for `worker status` and metrics.

    Args:
        awaiting_person, awaiting_answer: conversations in which no person, nobody at all, has
            answered the customer.
    """

    events: int
    unplanned: int
    intents: Mapping[IntentState, int]
    memo: Mapping[str, str]
    timers: int = 0
    awaiting_person: int = 0
    awaiting_answer: int = 0


class Ledger(Protocol):
    """The durable record. `account` keeps the accounts of one store apart."""

    async def open(self) -> None:
        """The store exists, has the newest schema, and is held by this process alone.

        Raises:
            LedgerError: held by another process, not a database, damaged, newer than this code.
        """
        ...

    async def close(self) -> None:
        """Everything accepted is durable and the store is released."""
        ...

    async def memo(self, account: AccountId) -> Mapping[str, str]:
        """All remembered names and values of the account (cursors, learned facts)."""
        ...

    async def remember(self, account: AccountId, memo: Mapping[str, str]) -> None:
        """These names have these values; "" removes a name."""
        ...

    async def receive(self, receipt: Receipt) -> tuple[EventId, ...]:
        """Events seen for the first time are stored, in order; their ids. Known ones change
        nothing. The row of a timer whose event is among them has fired.
        """
        ...

    async def unplanned(self, account: AccountId) -> tuple[StoredEvent, ...]:
        """Events without a decision, in the order they were received; never history."""
        ...

    async def conversations(
        self, account: AccountId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, ConversationState]:
        """The stored states of the known ones of `ids`."""
        ...

    async def tracked(self, account: AccountId) -> tuple[ConversationId, ...]:
        """Every conversation known, most recently changed first."""
        ...

    async def awaiting(
        self,
        account: AccountId,
        *,
        automatic: bool,
        after: tuple[datetime, str],
        until: datetime,
        limit: int,
    ) -> tuple[tuple[ConversationId, datetime], ...]:
        """Conversations whose customer has waited since a platform time up to `until`, oldest
        first; since when. One look-up in an index, however many wait.

        Args:
            automatic: an automatic message counts as an answer, else only a person's does.
            after: where the last look-up ended: a time, and the conversation's id ("": all of it).
        """
        ...

    async def contacts(
        self, account: AccountId, ids: Sequence[ContactId]
    ) -> Mapping[ContactId, ContactState]:
        """The stored states of the known ones of `ids`."""
        ...

    async def plan(self, decisions: Sequence[Planned]) -> tuple[IntentKey, ...]:
        """Events are marked planned, new intents stored; the keys that were new. One transaction.

        A decision whose events are already planned changes nothing.
        """
        ...

    async def claim(self, keys: Sequence[IntentKey], at: datetime) -> tuple[IntentKey, ...]:
        """`pending` and `retrying` intents become `sending`, attempt + 1; the keys that did.

        `at` is platform time. Durable before any call that a customer could see.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Each intent has its new state, with all it left behind."""
        ...

    async def timers(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Timer, ...]:
        """Timers that have not fired, the soonest first; one look into an index.

        Args:
            before: due at this platform time or earlier.
        """
        ...

    async def timer(self, account: AccountId, key: IntentKey) -> Timer | None:
        """The timer with this key, fired or not; None once its event has been planned."""
        ...

    async def script(self, name: str) -> str | None:
        """The rule that was stored under this name."""
        ...

    async def open_intents(self, account: AccountId) -> tuple[Intent, ...]:
        """Intents that still need something done, in lane order (events' order, position)."""
        ...

    async def intents(
        self, account: AccountId, states: Sequence[IntentState], limit: int = 100
    ) -> tuple[Intent, ...]:
        """Intents in these states, newest first."""
        ...

    async def intent(self, key: IntentKey) -> Intent | None:
        """The intent with this key."""
        ...

    async def accounted(self, account: AccountId, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        """Those of `ids` that are the result of an intent: messages this worker sent."""
        ...

    async def recent(self, account: AccountId, since: datetime) -> Recent:
        """Firings and visible sends since a platform time."""
        ...

    async def event(self, account: AccountId, event_id: EventId) -> StoredEvent | None:
        """The event with this id."""
        ...

    async def events(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> tuple[StoredEvent, ...]:
        """Recorded events, newest first."""
        ...

    async def decisions(self, account: AccountId, since: datetime) -> PastNumbers:
        """The decisions on events that happened since a platform time."""
        ...

    async def decided(self, account: AccountId, numbers: PastNumbers) -> tuple[PastDecision, ...]:
        """These decisions, in the order given; those dropped meanwhile are left out."""
        ...

    async def activity(self, account: AccountId, since: datetime) -> tuple[Activity, ...]:
        """What each rule did since a platform time, by rule id; live before shadow."""
        ...

    async def summary(self, account: AccountId | None = None) -> Summary:
        """Counts, over one account or all."""
        ...

    async def prune(
        self,
        account: AccountId,
        before: datetime,
        *,
        start: PruneFrom = FROM_THE_START,
        limit: int = PRUNE_BATCH,
    ) -> Pruned:
        """One batch of what was recorded before a time is dropped.

        That is: decided events with their decisions, finished intents, firings.

        What an intent that is open, dead or in doubt belongs to stays, and so does what a flow that
        waits speaks of. The ids of events and of messages this worker sent are
        recognised for ever: receiving them again changes nothing.
        """
        ...

    async def prunable(self, account: AccountId, before: datetime) -> Pruned:
        """What pruning would drop."""
        ...

    async def ask(self, decision: Hand) -> int:
        """The decision by hand is put down, for the worker that holds the store; its number."""
        ...

    async def asked(self, account: AccountId) -> tuple[Hand, ...]:
        """Decisions by hand that have no answer yet, in the order in which they came."""
        ...

    async def answer(self, number: int, answer: str) -> None:
        """The decision was carried out, or refused, as `answer` says; the first one stays."""
        ...

    async def answered(self, number: int) -> str | None:
        """The answer to a decision; None: not yet, or there is none of this number."""
        ...

    async def withdraw(self, number: int) -> bool:
        """The decision is gone; False where it has been answered."""
        ...
