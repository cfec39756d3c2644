"""What the sandbox holds: contacts, conversations, messages, notifications, people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class User:
    """One account of the team; a bot user has `bot`."""

    id: str
    name: str
    token: str
    bot: bool = False


@dataclass(slots=True)
class Team:
    """One team; `mode` is `public` (everyone is told) or `grab` (somebody must claim)."""

    id: str
    name: str
    mode: str = "public"
    members: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Contact:
    """One customer on one channel; `fields` are the presented document's, without ids and times."""

    id: str
    channel_id: str
    channel_type: str
    fields: dict[str, Any]
    created_at: str
    updated_at: str | None = None
    last_seen: str = ""
    conversations: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """One message as stored; `visible_at` is the monotonic time from which lists show it."""

    id: str
    conversation_id: str
    sender: str
    type: str
    content: Any
    created_at: str
    visible_at: float = 0.0


@dataclass(slots=True)
class Comment:
    """An internal note on a message."""

    id: str
    conversation_id: str
    message_id: str
    author: str
    content: str
    labels: list[str]
    created_at: str


@dataclass(slots=True)
class Conversation:
    """One conversation.

    Args:
        own_tcu: the `tcu_` of its row in a contact's conversations.
        tcus: each member's own `tcu_` for it.
        shown_at: what the conversation list says of its last movement; lags behind `updated_at`
            where the switch says so.
        dated: the row tells `last_message_at` (measured: about four of five do).
    """

    id: str
    contact_id: str
    channel_id: str
    channel_type: str
    team_id: str
    name: str
    own_tcu: str
    created_at: str
    updated_at: str
    shown_at: str
    status: str = "active"
    mode: str | None = None
    tcus: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    customer_messages: list[Message] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    joined: set[str] = field(default_factory=set)
    ever_joined: bool = False
    assigned_to: str = ""
    grab_id: str = ""
    dated: bool = True

    @property
    def bare_id(self) -> str:
        """The id as lists of the newer generation write it: without `conv_`."""
        return self.id.removeprefix("conv_")

    def visible(self, now: float) -> int:
        """How many of its messages lists show at this monotonic time (the oldest ones)."""
        count = len(self.messages)
        while count and self.messages[count - 1].visible_at > now:
            count -= 1
        return count

    def newest(self, now: float) -> Iterator[Message]:
        """The messages lists show, newest first."""
        for index in range(self.visible(now) - 1, -1, -1):
            yield self.messages[index]


@dataclass(slots=True)
class Notification:
    """One entry of one person's notification list."""

    id: str
    recipient: str
    type: int
    title: str
    content: str
    sender: str
    channel_type: str
    action_to: dict[str, str]
    created_at: str
    is_read: bool = False
