"""Facts for one event: what is remembered, and what must be read from the platform first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from worker.actions.menu import pick
from worker.clock import Clock
from worker.engine.standing import Going, Standing
from worker.errors import Fault, GatewayError
from worker.model.chat import Conversation, Message
from worker.model.event import Event, EventKind
from worker.model.facts import Facts, Names
from worker.model.gateway import Gateway
from worker.model.ids import ContactId
from worker.model.ledger import Ledger, Receipt
from worker.model.noun import Noun
from worker.model.state import ContactState, ConversationState
from worker.runtime.flows import Flows
from worker.sources.memory import Memory
from worker.sources.start import platform_now
from worker.text.normalise import LONGEST_READ, normalise

CONTACT_FRESH_S = 300.0
"""A contact's record is read anew after this: names and languages change rarely."""


OF_CONTACTS = frozenset({EventKind.CONTACT_CREATED, EventKind.CONTACT_UPDATED})
OLDEST = datetime.min.replace(tzinfo=UTC)


class Gathered(Noun, frozen=True):
    """Everything a decision is made from.

    `contact_read`: the contact whose record was just read anew, to be stored with the decision.
    """

    events: tuple[Event, ...]
    facts: Facts
    standing: Standing
    contact_read: ContactId | None = None
    going: Going | None = None
    """The flow that the event lets go on."""


class Gatherer:
    """Makes facts of events.

    Attributes:
        flows: rules that wait.
    """

    flows: Flows

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        first_seen: Callable[[Conversation], ConversationState],
    ) -> None:
        """`first_seen`: the state of a conversation that nobody here has seen."""
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._first_seen = first_seen

    async def gather(self, events: Sequence[Event], names: Names, *, patient: bool) -> Gathered:
        """Facts on a burst of events of one conversation; the last one decides.

        Args:
            names: what the rule set gives beside the event.
            patient: a read that fails for a passing reason is raised, to be tried again; otherwise
                the fact is left out, and conditions on it are undecided.

        Raises:
            GatewayError: a read failed, and `patient`.
        """
        event = events[-1]
        conversation = await self._conversation(event, patient=patient)
        if conversation is not None and event.conversation_id is None:
            event = replace(
                event,
                conversation_id=conversation.conversation.id,
                contact_id=conversation.conversation.contact_id,
            )
        contact, contact_read = await self._contact(event.contact_id, patient=patient)
        going, picked = None, None
        if event.resumed is not None:
            event, picked = await self.flows.about(event)
            going = await self.flows.going(event)
        burst = (*events[:-1], event)
        flows = await self.flows.waiting(conversation)
        facts = self._facts(burst, conversation, contact, names)
        if event.resumed is not None:
            facts = replace(facts, pick=picked)
        standing = Standing(
            conversation=conversation, contact=contact, history=self._memory.history, flows=flows
        )
        return Gathered(burst, facts, standing, contact_read, going)

    def at_hand(self, events: Sequence[Event], names: Names) -> Gathered | None:
        """The same, where all of it is in memory and fresh; None: something must be read first."""
        event = events[-1]
        if event.conversation_id is None or event.contact_id is None or event.resumed is not None:
            return None
        conversation = self._memory.remembered(event.conversation_id)
        contact = self._memory.remembered_contact(event.contact_id)
        if conversation is None or conversation.flows or contact is None or not contact.contact:
            return None
        age_s = self._memory.contact_age_s(event.contact_id, self._clock.monotonic())
        if event.kind in OF_CONTACTS or age_s >= CONTACT_FRESH_S:
            return None
        burst = tuple(events)
        standing = Standing(
            conversation=conversation, contact=contact, history=self._memory.history
        )
        return Gathered(burst, self._facts(burst, conversation, contact, names), standing)

    async def remembered(self, event: Event, names: Names) -> Facts:
        """Facts on an event without asking the platform: what is not remembered is unknown."""
        conversation = contact = None
        if event.conversation_id is not None:
            conversation = await self._memory.conversation(event.conversation_id)
        if event.contact_id is not None:
            contact = await self._memory.contact(event.contact_id)
        if event.resumed is None:
            return self._facts((event,), conversation, contact, names)
        event, picked = await self.flows.about(event)
        return replace(self._facts((event,), conversation, contact, names), pick=picked)

    def _facts(
        self,
        events: tuple[Event, ...],
        conversation: ConversationState | None,
        contact: ContactState | None,
        names: Names,
    ) -> Facts:
        event = events[-1]
        now = platform_now(self._gateway, self._clock)
        message = event.message
        menu = conversation.menu if conversation is not None else None
        arrived = event.kind is EventKind.MESSAGE_RECEIVED  # others only speak of a message
        picked = pick(menu, message, now) if arrived and message is not None else None
        messages = tuple(one.message for one in events if one.message is not None)
        return Facts(
            now=now,
            event=event,
            kinds=frozenset({event.kind, EventKind.QUICK_REPLY_PICKED} if picked else {event.kind}),
            message=message,
            messages=messages,
            text=normalise(message.words[:LONGEST_READ]) if message is not None else None,
            pick=picked,
            menu=menu,
            contact=contact.contact if contact is not None else None,
            conversation=conversation.conversation if conversation is not None else None,
            notification=event.notification,
            tags=contact.tags if contact is not None else None,
            first_message=_is_first(contact, messages),
            vars=names.vars,
            calendars=names.calendars,
        )

    async def _conversation(self, event: Event, *, patient: bool) -> ConversationState | None:
        if event.conversation_id is not None:
            return await self._memory.conversation(event.conversation_id)
        try:
            row = await self._found(event)
            return None if row is None else await self._known(row)
        except GatewayError as error:
            if patient and _passing(error):
                raise
            return None

    async def _found(self, event: Event) -> Conversation | None:
        """The conversation an event is about that names none itself.

        A contact's is the one that moved last.
        """
        if event.notification is not None and event.notification.conversation_address:
            return await self._gateway.resolve(event.notification)
        if event.kind in OF_CONTACTS and event.contact_id is not None:
            rows = await self._gateway.contact_conversations(event.contact_id)
            row = max(rows, key=lambda one: one.moved_at or OLDEST, default=None)
            return row and replace(row, contact_id=row.contact_id or event.contact_id)
        return None

    async def _known(self, row: Conversation) -> ConversationState:
        known = await self._memory.conversation(row.id)
        if known is not None:
            return known
        state = self._first_seen(row)
        self._memory.put(state)
        await self._ledger.receive(Receipt(account=self._memory.account, conversations=(state,)))
        return state

    async def _contact(
        self, one: ContactId | None, *, patient: bool
    ) -> tuple[ContactState | None, ContactId | None]:
        """The contact's state, and its id if its record was read from the platform just now."""
        if one is None:
            return None, None
        state = await self._memory.contact(one) or ContactState(id=one)
        begun, moment = self._clock.monotonic(), self._memory.writes.moment
        if self._memory.contact_age_s(one, begun) < CONTACT_FRESH_S and state.contact is not None:
            return state, None
        try:
            contact = await self._gateway.contact(one)
        except GatewayError as error:
            if patient and _passing(error):
                raise
            return state, None
        if not self._memory.writes.quiet_since(one, moment) and state.contact is not None:
            # older than what this worker has written, or is writing
            return self._memory.remembered_contact(one) or state, None
        self._memory.contact_read(one, begun)
        return self._memory.merge_contact(state, replace(state, contact=contact)), one


def _passing(error: GatewayError) -> bool:
    return error.fault not in (Fault.ABSENT, Fault.REJECTED, Fault.UNSUPPORTED)


def _is_first(contact: ContactState | None, messages: Sequence[Message]) -> bool | None:
    if contact is None or contact.first_message_id is None:
        return None
    return any(one.id == contact.first_message_id for one in messages)
