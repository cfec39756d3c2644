"""New messages of one conversation become events and a new state. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from worker.model.chat import Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ContactId, EventId, MessageId
from worker.model.noun import Noun
from worker.model.state import ContactState, ConversationState
from worker.sources.unanswered import Waits

KEPT_RECENT = 60
"""Message ids remembered per conversation: more than a page, so that an overlap is known."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Intake(Noun, frozen=True):
    """What one read of a conversation brought; stored in one transaction."""

    state: ConversationState
    events: tuple[Event, ...]
    contact: ContactState | None

    @property
    def asks(self) -> bool:
        """There is something in it that rules are asked about."""
        return any(event.set_aside is None for event in self.events)


def is_history(state: ConversationState, message: Message) -> bool:
    """The message was there before the worker first looked."""
    if message.id == state.history_id:
        return True
    return (
        state.history_until is not None
        and message.created_at is not None
        and message.created_at <= state.history_until
    )


def take_in(
    account: AccountId,
    state: ConversationState,
    fresh: Sequence[Message],
    rows: Sequence[Message],
    *,
    ours: frozenset[MessageId],
    contact: ContactState | None,
    now: datetime,
    ended: bool = False,
) -> Intake:
    """Events for new messages, oldest first; who wrote last is in the new state.

    Args:
        fresh: messages not known, newest first.
        rows: all messages read, newest first; who wrote in them counts also where they are history.
        ours: those of them that this worker sent.
        contact: what is remembered of the conversation's contact; None: nothing.
        now: platform time, for messages without one.
        ended: the conversation was closed since it was last read: nobody in it waits any more.
    """
    unseen = frozenset(message.id for message in fresh)
    # oldest first; ties keep the order of the page
    ordered = list(reversed(rows))
    ordered.sort(key=lambda message: message.created_at or now)
    conversation = state.conversation
    events: list[Event] = []
    if not state.opened:
        events.append(_opened(account, conversation, now))
    last_customer, last_person = state.last_customer_at, state.last_person_at
    waits = Waits.of(state)
    contact_id = conversation.contact_id
    for message in ordered:
        at = message.created_at or now
        if message.sender is Sender.CUSTOMER:
            contact_id = contact_id or ContactId(message.sender_id)
            last_customer = max(last_customer or EPOCH, at)
            if message.id in unseen:
                waits.asked(message, at, last_person)
        elif message.id in ours or message.sender is Sender.BOT:
            waits.by_machine(at)
        elif message.sender is Sender.TEAM:
            last_person = max(last_person or EPOCH, at)
            waits.by_person(at)
        if message.id in unseen:
            event = _said(account, conversation, contact_id, message, at)
            events.append(replace(event, ours=message.id in ours))
    recent = tuple(dict.fromkeys([*(one.id for one in reversed(ordered)), *state.recent]))
    state = replace(
        (Waits() if ended else waits).put(state),
        conversation=replace(conversation, contact_id=contact_id),
        recent=recent[: max(KEPT_RECENT, len(ordered))],
        opened=True,
        last_customer_at=last_customer,
        last_person_at=last_person,
    )
    first = next((one.message.id for one in events if one.message and one.set_aside is None), None)
    if contact_id is None or first is None:
        return Intake(state, tuple(events), None)
    known = contact or ContactState(id=contact_id)
    if known.first_message_id is not None:
        return Intake(state, tuple(events), None)
    # a conversation with history had earlier messages, seen by nobody here
    earlier = state.history_until is not None or state.history_id is not None
    known = replace(known, first_message_id=MessageId("") if earlier else first)
    return Intake(state, tuple(events), known)


def _opened(account: AccountId, conversation: Conversation, now: datetime) -> Event:
    return Event(
        id=EventId(f"conversation:{conversation.id}"),
        account=account,
        kind=EventKind.CONVERSATION_OPENED,
        at=conversation.created_at or now,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
    )


def _said(
    account: AccountId,
    conversation: Conversation,
    contact_id: ContactId | None,
    message: Message,
    at: datetime,
) -> Event:
    return Event(
        id=EventId(f"message:{message.id}"),
        account=account,
        kind=EventKind.MESSAGE_RECEIVED
        if message.sender is Sender.CUSTOMER
        else EventKind.MESSAGE_SENT,
        at=at,
        conversation_id=conversation.id,
        contact_id=contact_id,
        message=message,
    )
