"""What happened on the platform, seen once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from worker.model.chat import Message, Notification
from worker.model.flow import Resumed
from worker.model.ids import AccountId, ContactId, ConversationId, EventId
from worker.model.noun import Noun
from worker.model.verdict import Reason


class EventKind(StrEnum):
    """The event kinds a rule's `when` can name, and those that no rule names."""

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
    MESSAGE_SENT = "message.sent"
    """A message of our own side: this worker's, another bot's, a colleague's. No rule is asked."""


RULE_KINDS = frozenset(EventKind) - {EventKind.FLOW_RESUMED, EventKind.MESSAGE_SENT}
"""The kinds that a rule can name."""


class Event(Noun, frozen=True, kw_only=True):
    """One thing that happened; `id` comes from the platform's id, so seeing it again is harmless.

    A picked quick reply is stored as `message.received`: whether a message is a pick is decided
    when it is planned, against the last menu sent.

    Args:
        id: `message:<id>`, `conversation:<id>`, `notification:<id>`, `timer:<key>`, `contact:<id>`
            and, for the changes of a contact, `contact:<id>:<number>`; of waiting, the
            conversation, the first unanswered message and for how long; of a schedule, cron line,
            zone and time.
        at: when it happened, by the platform's clock; a waiting time was over, a schedule was due.
        message: of waiting, the customer's last one.
        parameters: those of the triggers it is for (`Trigger.parameters`), for kinds that happen
            only because rules name them; empty for others.
        since: of waiting, when the first unanswered message was written.
        history: it was there before the worker first started: recorded, never answered.
        ours: this worker sent the message.
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
    ours: bool = False
    resumed: Resumed | None = None
    changed: tuple[str, ...] = ()
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    since: datetime | None = None

    @property
    def set_aside(self) -> Reason | None:
        """Why it is only recorded, and no rule asked; None: rules are asked."""
        if self.history:
            return Reason.BACKLOG
        return Reason.OWN_MESSAGE if self.kind is EventKind.MESSAGE_SENT else None
