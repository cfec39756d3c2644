"""What happened on the platform, seen once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.model.chat import Message, Notification
from worker.model.flow import Resumed
from worker.model.ids import AccountId, ContactId, ConversationId, EventId


class EventKind(StrEnum):
    """The event kinds a rule's `when` can name (rules.md §3), and one that no rule names."""

    MESSAGE_RECEIVED = "message.received"
    QUICK_REPLY_PICKED = "quick_reply.picked"
    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_WAITING = "conversation.waiting"
    CONTACT_CREATED = "contact.created"
    CONTACT_UPDATED = "contact.updated"
    NOTIFICATION_CREATED = "notification.created"
    SCHEDULE = "schedule"
    FLOW_RESUMED = "flow.resumed"
    """A rule that waited goes on: its steps are planned, no other rule is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `id` comes from the platform's id, so seeing it again is harmless.

    A picked quick reply is stored as `message.received`: whether a message is a pick is decided
    when it is planned, against the last menu sent.

    Args:
        id: `message:<id>`, `conversation:<id>`, `notification:<id>`, `timer:<key>`, `contact:<id>`
            and, for the changes of a contact, `contact:<id>:<number>`.
        at: when it happened, by the platform's clock.
        history: it was there before the worker first started: recorded, never answered.
        changed: the contact's fields that changed, for `contact.updated`.
    """

    id: EventId
    account: AccountId
    kind: EventKind
    at: datetime
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None
    message: Message | None = None
    notification: Notification | None = None
    history: bool = False
    resumed: Resumed | None = None
    changed: tuple[str, ...] = ()
