"""What a chat platform holds, in neutral words: the same for every platform.

Unknown texts are "", unknown times None. What a platform has beyond these names is in `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from worker.model.ids import ContactId, ConversationId, MessageId, NotificationId
from worker.model.noun import Noun

DO_NOT_DISTURB = "do-not-disturb"
"""The tag by which a contact is opted out."""


class Sender(StrEnum):
    """Who wrote a message, as far as the message itself tells."""

    CUSTOMER = "customer"
    TEAM = "team"  # a user account: a person, or this worker (told apart by the ids it sent)
    BOT = "bot"  # a bot user or a publisher
    UNKNOWN = "unknown"  # no author stored: neither a customer nor a person


class QuickReply(Noun, frozen=True):
    """One option of a menu."""

    title: str
    payload: str


class Message(Noun, frozen=True, kw_only=True):
    """One message of a conversation. `created_at` is the platform's time."""

    id: MessageId
    conversation_id: ConversationId
    sender: Sender
    sender_id: str = ""
    type: str = "text"
    text: str = ""
    payload: str = ""
    title: str = ""
    url: str = ""
    caption: str = ""
    quick_replies: tuple[QuickReply, ...] = ()
    created_at: datetime | None = None

    @property
    def words(self) -> str:
        """What is said, whatever the type: the text, the option's title, or the caption."""
        return self.text or self.title or self.caption


class Conversation(Noun, frozen=True, kw_only=True):
    """One conversation as last read.

    Args:
        address: what else the platform needs to address it (iMBRACE: the `tcu_` id); "" if unknown.
        assigned_to: user id, "" when nobody.
        moved: opaque text that changes whenever the platform's list shows movement.
        latest_message_id: the newest message's id where a list row tells it.
    """

    id: ConversationId
    contact_id: ContactId | None = None
    address: str = ""
    name: str = ""
    status: str = ""
    mode: str = ""
    channel: str = ""
    team: str = ""
    assigned_to: str = ""
    created_at: datetime | None = None
    last_message_at: datetime | None = None
    moved: str = ""
    moved_at: datetime | None = None
    latest_message_id: MessageId | None = None
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Contact(Noun, frozen=True, kw_only=True):
    """One customer on one channel."""

    id: ContactId
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone_number: str = ""
    area_code: str = ""
    language: str = ""
    gender: str = ""
    remark: str = ""
    avatar_url: str = ""
    time_zone: str = ""
    company_name: str = ""
    location: str = ""
    title: str = ""
    birthday: str = ""
    channel: str = ""
    do_not_disturb: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_seen: datetime | None = None
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)


CONTACT_TEXTS = tuple(
    one.name for one in fields(Contact) if one.default == "" and one.name != "channel"
)
"""What people write down of a contact: all its texts but the ids."""


class Notification(Noun, frozen=True, kw_only=True):
    """One entry of the account's notification list.

    Args:
        type: the platform's numeric code; 0 if none.
        type_name: its name, "" for a code nobody documented.
        conversation_address: what resolves to a conversation, "" where it names none.
    """

    id: NotificationId
    type: int = 0
    type_name: str = ""
    title: str = ""
    content: str = ""
    sender: str = ""
    channel: str = ""
    read: bool = False
    created_at: datetime | None = None
    conversation_address: str = ""
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)
