"""Messages without a conversation list: what the platform's public documents alone allow.

New contacts are found at the top of the contact list, their conversations by one request each, and
every conversation known is read by itself: hot ones at each poll, cold ones rarely, so that the
requests stay within a share of the budget.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.model.chat import Contact, Conversation
from worker.model.gateway import Gateway, Page
from worker.model.ids import ContactId, ConversationId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ContactState, ConversationState
from worker.sources.intake import Intake
from worker.sources.memory import Memory
from worker.sources.messages import CONTACT_BASELINE, MessageSource, as_history
from worker.sources.reading import read_until
from worker.sources.source import Polled
from worker.sources.start import Start, platform_now

CONTACT_PAGE = 50
CONTACTS_TRACKED = 200
"""Contacts whose conversations are tracked from the first start on: one request each. Older ones
are found when a notification names them."""

HEAT = (
    (timedelta(minutes=10), 0.0),
    (timedelta(hours=6), 30.0),
    (timedelta(days=7), 600.0),
    (timedelta.max, 3600.0),
)
"""(quiet for less than, read every so many seconds)."""


class TrackedSource:
    """Reads every known conversation by its heat."""

    name = "messages"

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        start: Start,
        messages: MessageSource,
        *,
        reads_per_poll: int,
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start
        self._messages = messages
        self._reads_per_poll = max(1, reads_per_poll)
        self._known: set[ContactId] = set()
        self._due: dict[ConversationId, float] = {}
        self._requests = 0

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        self._requests = 0
        unreadable = await self._find_conversations()
        for one in await self._ledger.tracked(self._memory.account):
            self._due.setdefault(one, 0.0)
        now = self._clock.monotonic()
        due = sorted(
            (one for one, at in self._due.items() if at <= now), key=self._due.__getitem__
        )[: self._reads_per_poll]
        states = await self._memory.conversations(due)
        readings = await self._messages.read([state.conversation for state in states.values()])
        self._requests += len(readings)
        for one, state in (await self._memory.conversations(due)).items():
            self._due[one] = now + self._pause_s(state)
        intakes = [one for one in readings if isinstance(one, Intake)]
        failures = [one for one in readings if isinstance(one, GatewayError)]
        if failures and not intakes:
            raise failures[0]
        return Polled(
            events=tuple(event for one in intakes for event in one.events),
            movement=any(one.events for one in intakes),
            requests=self._requests,
            unreadable=unreadable,
            degraded="no conversation list: each known conversation is read by itself",
        )

    def _pause_s(self, state: ConversationState) -> float:
        now = platform_now(self._gateway, self._clock)
        seen = [state.last_customer_at, state.last_person_at, state.conversation.last_message_at]
        last = max((at for at in seen if at is not None), default=None)
        quiet = timedelta.max if last is None else now - last
        return next(pause for bound, pause in HEAT if quiet <= bound)

    async def _find_conversations(self) -> int:
        """Conversations of contacts not seen before are tracked; at first start as history."""
        first = CONTACT_BASELINE not in self._memory.memos
        rows, unreadable = await read_until(
            self._contacts,
            lambda row: row.id in self._known,
            limit=CONTACT_PAGE,
            most=CONTACTS_TRACKED if not self._known else 10 * CONTACTS_TRACKED,
        )
        history = first and self._start.needs_baseline
        for contact in reversed(rows):
            await self._track(contact, history=history)
            self._known.add(contact.id)
        if first:
            memo = {CONTACT_BASELINE: platform_now(self._gateway, self._clock).isoformat()}
            await self._ledger.remember(self._memory.account, memo)
            self._memory.memos.update(memo)
        return unreadable

    async def _contacts(self, skip: int, limit: int) -> Page[Contact]:
        self._requests += 1
        return await self._gateway.contacts(skip, limit)

    async def _track(self, contact: Contact, *, history: bool) -> None:
        if await self._memory.contact(contact.id) is not None and not history:
            return
        self._requests += 1
        try:
            rows = await self._gateway.contact_conversations(contact.id)
        except GatewayError as error:
            if error.fault is Fault.ABSENT:
                return  # deleted between the two reads
            raise
        known = await self._memory.conversations(row.id for row in rows)
        states = tuple(
            self._state(replace(row, contact_id=row.contact_id or contact.id), history=history)
            for row in rows
            if row.id not in known
        )
        remembered = await self._memory.contact(contact.id) or ContactState(id=contact.id)
        remembered = replace(remembered, contact=contact)
        # from here to the ledger without an await: see `Memory`
        self._memory.put(*states)
        self._memory.put_contacts(remembered)
        await self._ledger.receive(
            Receipt(account=self._memory.account, conversations=states, contacts=(remembered,))
        )

    def _state(self, row: Conversation, *, history: bool) -> ConversationState:
        return as_history(row) if history else self._messages.first_seen(row)
