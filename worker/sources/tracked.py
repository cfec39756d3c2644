"""Messages without a conversation list: what the platform's public documents alone allow.

New contacts are found at the top of the contact list, their conversations by one request each, and
every conversation known is read by itself: hot ones at each poll, cold ones rarely, so that the
requests stay within a share of the budget.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.log import get_logger
from worker.model.chat import Contact, Conversation
from worker.model.gateway import Gateway, Page
from worker.model.ids import ContactId, ConversationId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ContactState, ConversationState
from worker.sources.intake import Intake
from worker.sources.memory import Memory
from worker.sources.messages import CLOCK_SLACK, MessageSource, as_history
from worker.sources.reading import read_until
from worker.sources.source import Polled
from worker.sources.start import CONTACT_BASELINE, Start, platform_now

log = get_logger()

CONTACT_PAGE = 50
CONTACTS_TRACKED = 200
"""Contacts whose conversations are tracked from the first start on: one request each. Older ones
are found when a notification names them."""

HEAT = (
    (timedelta(minutes=10), 2.0),
    (timedelta(hours=6), 30.0),
    (timedelta(days=7), 600.0),
    (timedelta.max, 3600.0),
)
"""(quiet for less than, read every so many seconds)."""

COLD_SHARE = 5
"""One read in so many is for conversations where nobody writes, however many others wait."""

DEGRADED = "no conversation list: each known conversation is read by itself"
_STOPS = (Fault.UNAUTHORIZED, Fault.PAUSED)


ALONE_S = (5.0, 30.0, 120.0, 600.0)
"""A new contact without a conversation is asked for one again after these pauses: the contact is
there a moment before its conversation, and an answer may have been wrong."""


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
        self._alone: dict[ContactId, tuple[Contact, int, float]] = {}
        self._read_at: dict[ConversationId, float] = {}
        self._requests = 0
        self._polls = 0

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        self._requests = 0
        trouble = ""
        unreadable = 0
        try:
            unreadable = await self._find_conversations()
        except GatewayError as error:
            if error.fault in _STOPS or CONTACT_BASELINE not in self._memory.memos:
                raise
            # whoever is known already must not wait for the contact list
            trouble = f"; new contacts are not found: {error}"
        due = await self._due()
        # only their messages are read: of status and mode this says nothing new
        readings = await self._messages.read(
            [state.conversation for state in due], as_of=float("-inf")
        )
        self._requests += len(readings)
        intakes = [one for one in readings if isinstance(one, Intake)]
        intakes += await self._looked_at(intakes)
        failures = [one for one in readings if isinstance(one, GatewayError)]
        if failures and not intakes:
            raise failures[0]
        if failures:
            trouble += f"; {len(failures)} conversations unread, tried again: {failures[0]}"
        return Polled(
            events=tuple(event for one in intakes for event in one.events),
            movement=any(one.events for one in intakes),
            requests=self._requests,
            unreadable=unreadable,
            degraded=DEGRADED + trouble,
        )

    async def _looked_at(self, intakes: Iterable[Intake]) -> list[Intake]:
        """Status and mode are read where a customer wrote, or where a closing ends a silence."""
        begun = self._clock.monotonic()
        rows = []
        for intake in intakes:
            if not (intake.asks or intake.state.silent_until_closed):
                continue
            self._requests += 2
            try:
                row = await self._gateway.conversation(intake.state.conversation)
            except GatewayError as error:
                # asked again before anything is sent
                log.debug("source.failed", source=self.name, error=str(error))
                continue
            # the mark of movement is the list's alone, should there be one again
            rows.append(replace(row, moved=intake.state.conversation.moved))
        readings = await self._messages.read(rows, as_of=begun)
        return [one for one in readings if isinstance(one, Intake)]

    async def _due(self) -> list[ConversationState]:
        """Those that waited longest in proportion to how often they are to be read."""
        now = self._clock.monotonic()
        ids = await self._ledger.tracked(self._memory.account)
        states = await self._memory.conversations(ids)
        hot, cold = self._overdue(states.values(), now)
        self._polls += 1
        most = self._reads_per_poll
        spared = most // COLD_SHARE or int(self._polls % COLD_SHARE == 0)
        chosen = hot[: most - min(spared, len(cold))]
        chosen += cold[: most - len(chosen)]
        # also those whose read will fail: they wait for their next turn like all others
        self._read_at.update(dict.fromkeys(chosen, now))
        return [states[one] for one in chosen]

    def _overdue(
        self, states: Iterable[ConversationState], now: float
    ) -> tuple[list[ConversationId], list[ConversationId]]:
        """Those due now, longest first: where somebody writes, and the others.

        How long is counted in pauses; what this process has not read yet waited for two.
        """
        hot: dict[ConversationId, float] = {}
        cold: dict[ConversationId, float] = {}
        for state in states:
            one = state.conversation.id
            pause = self._pause_s(state)
            waited = (now - self._read_at[one]) / pause if one in self._read_at else 2.0
            if waited >= 1.0:
                (hot if pause == HEAT[0][1] else cold)[one] = waited
        return (
            sorted(hot, key=hot.__getitem__, reverse=True),
            sorted(cold, key=cold.__getitem__, reverse=True),
        )

    def _pause_s(self, state: ConversationState) -> float:
        now = platform_now(self._gateway, self._clock)
        row = state.conversation
        seen = [state.last_customer_at, state.last_person_at, row.last_message_at, row.created_at]
        last = max((at for at in seen if at is not None), default=None)
        quiet = timedelta.max if last is None else now - last
        return next(pause for bound, pause in HEAT if quiet <= bound)

    async def _find_conversations(self) -> int:
        """Conversations of contacts not seen before are tracked; at first start as history."""
        first = CONTACT_BASELINE not in self._memory.memos
        # the time before the list is read: who comes while it is being read is new
        begun = platform_now(self._gateway, self._clock) - CLOCK_SLACK
        rows, unreadable = await read_until(
            self._contacts,
            lambda row: row.id in self._known,
            limit=CONTACT_PAGE,
            most=CONTACTS_TRACKED if not self._known else 10 * CONTACTS_TRACKED,
        )
        history = first and self._start.needs_baseline
        for contact in reversed(rows):
            found = await self._track(contact, history=history)
            self._known.add(contact.id)
            if not found and not history:
                self._alone[contact.id] = (contact, 0, self._clock.monotonic() + ALONE_S[0])
        await self._ask_again()
        if first:
            memo = {CONTACT_BASELINE: begun.isoformat()}
            await self._ledger.remember(self._memory.account, memo)
            self._memory.memos.update(memo)
        return unreadable

    async def _ask_again(self) -> None:
        """New contacts that had no conversation yet are asked for one again, a few times."""
        now = self._clock.monotonic()
        for contact, asked, due in list(self._alone.values()):
            if due > now:
                continue
            found = await self._track(contact, history=False, again=True)
            if found or asked + 1 >= len(ALONE_S):
                del self._alone[contact.id]
            else:
                self._alone[contact.id] = (contact, asked + 1, now + ALONE_S[asked + 1])

    async def _contacts(self, skip: int, limit: int) -> Page[Contact]:
        self._requests += 1
        return await self._gateway.contacts(skip, limit)

    async def _track(self, contact: Contact, *, history: bool, again: bool = False) -> bool:
        """The contact's conversations are tracked; whether it has any."""
        state = await self._memory.contact(contact.id)
        if state is not None and _is_tracked(state) and not (history or again):
            return True
        self._requests += 1
        try:
            rows = await self._gateway.contact_conversations(contact.id)
        except GatewayError as error:
            if error.fault is Fault.ABSENT:
                return False  # deleted between the two reads, or not all there yet
            raise
        known = await self._memory.conversations(row.id for row in rows)
        states = tuple(
            self._state(replace(row, contact_id=row.contact_id or contact.id), history=history)
            for row in rows
            if row.id not in known
        )
        remembered = await self._memory.contact(contact.id) or ContactState(id=contact.id)
        remembered = replace(remembered, contact=contact, tracked=True)
        # from here to the ledger without an await: see `Memory`
        self._memory.put(*states)
        self._memory.put_contacts(remembered)
        await self._ledger.receive(
            Receipt(account=self._memory.account, conversations=states, contacts=(remembered,))
        )
        return bool(rows)

    def _state(self, row: Conversation, *, history: bool) -> ConversationState:
        return as_history(row) if history else self._messages.first_seen(row)


def _is_tracked(state: ContactState) -> bool:
    """The contact's conversations are known: they were looked for, or it wrote in one."""
    return state.tracked or state.first_message_id is not None
