"""The seam to a chat platform. Every method may raise `GatewayError`; reads may be repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from worker.model.chat import Contact, Conversation, Message, Notification, QuickReply
from worker.model.ids import AccountId, ContactId, MessageId, NotificationId, UserId
from worker.model.noun import Noun

T = TypeVar("T")


class Capability(StrEnum):
    """What a platform may or may not be able to do."""

    SEND = "send"
    QUICK_REPLIES = "quick_replies"
    ATTACHMENTS = "attachments"
    UPDATE_CONTACT = "update_contact"
    DISMISS = "dismiss"
    MARK_READ = "mark_read"
    NOTE = "note"
    ASSIGN = "assign"
    CLOSE = "close"
    REOPEN = "reopen"
    JOIN = "join"
    LEAVE = "leave"


NOBODY = UserId("")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token is. Empty text: not learned (yet)."""

    account: AccountId
    user_id: UserId = NOBODY
    organization_id: str = ""
    business_unit_id: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list, newest first. `skip` continues it; None: this was the last page.

    `unreadable` rows had wrong types and were left out.
    """

    rows: tuple[T, ...]
    skip: int | None
    unreadable: int = 0


class Outgoing(Noun, frozen=True, kw_only=True):
    """One message to send: `text`, `response` (with quick replies), `image`, `file` or `pdf`."""

    type: str = "text"
    text: str = ""
    url: str = ""
    caption: str = ""
    quick_replies: tuple[QuickReply, ...] = ()


class Sent(Noun, frozen=True):
    """The platform's word that a message was stored."""

    message_id: MessageId
    created_at: datetime | None = None


class Gateway(Protocol):
    """One account of one platform.

    Attributes:
        capabilities: what it can do.
        conversations_sorted: the conversation list last read was in the order of movement.
        clock_offset_s: platform time minus our wall clock, learned from its `Date` headers.
    """

    capabilities: frozenset[Capability]
    identity: Identity
    conversations_sorted: bool
    clock_offset_s: float

    async def open(self) -> Identity:
        """The prefix is probed where asked; ids are learned as far as the platform tells them."""
        ...

    async def close(self) -> None:
        """Connections are closed."""
        ...

    async def conversations(self, skip: int = 0, limit: int = 50) -> Page[Conversation]:
        """Part of the account's conversation list, most recently moved first.

        Raises:
            GatewayError: `UNSUPPORTED` where the account has no list that shows movement.
        """
        ...

    async def notifications(self, skip: int = 0, limit: int = 50) -> Page[Notification]:
        """Part of the notifications of the token's user, newest first."""
        ...

    async def contacts(self, skip: int = 0, limit: int = 50) -> Page[Contact]:
        """Part of the contacts, newest first."""
        ...

    async def contact(self, contact_id: ContactId) -> Contact:
        """The contact as it is now."""
        ...

    async def contact_conversations(self, contact_id: ContactId) -> tuple[Conversation, ...]:
        """All conversations of a contact."""
        ...

    async def conversation(self, conversation: Conversation) -> Conversation:
        """The conversation read anew."""
        ...

    async def resolve(self, notification: Notification) -> Conversation | None:
        """The conversation a notification is about, without side effects; None if it names none."""
        ...

    async def messages(
        self, conversation: Conversation, skip: int = 0, limit: int = 50
    ) -> Page[Message]:
        """Part of a conversation's messages, newest first."""
        ...

    async def send(self, conversation: Conversation, outgoing: Outgoing) -> Sent:
        """The message is stored at the platform."""
        ...

    async def upload(self, name: str, content: bytes, media_type: str) -> str:
        """The file is stored at the platform; its URL."""
        ...

    async def update_contact(self, contact_id: ContactId, fields: Mapping[str, str]) -> Contact:
        """Only `fields` (neutral names) are changed; the rest is as it was."""
        ...

    async def mark_read(self, notifications: Sequence[NotificationId]) -> None:
        """They are read."""
        ...

    async def dismiss(self, notifications: Sequence[NotificationId]) -> None:
        """They are out of the list."""
        ...

    async def dismiss_all(self, kind: str = "") -> None:
        """`kind`: `conversations`, `assigns`, `teams` or "" for everything."""
        ...

    async def join(self, conversation: Conversation) -> None:
        """The token's user is in the conversation."""
        ...

    async def leave(self, conversation: Conversation) -> None:
        """The token's user is out of it."""
        ...

    async def set_status(self, conversation: Conversation, status: str) -> None:
        """`status`: `active` or `closed`."""
        ...

    async def assign(self, conversation: Conversation, team: str, user: str) -> None:
        """The user of the team is responsible for it."""
        ...

    async def note(self, conversation: Conversation, message_id: MessageId, text: str) -> None:
        """An internal note stands at a message of the conversation; customers do not see it."""
        ...
