"""What iMBRACE's answers hold, leniently: unknown fields are ignored, missing ones are None.

Only what a row cannot do without has a type here; a row where that is wrong is left out by its
reader. Texts nobody depends on are `Any` and pass through `text`. Two document styles exist,
presented (`id`) and raw (`_id`, `public_id`). Source: facts §3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct, field

EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


class Row(Struct, kw_only=True):
    """A document of either style."""

    id: str | None = None
    public_id: str | None = None
    mongo_id: str | None = field(default=None, name="_id")

    @property
    def any_id(self) -> str:
        """The first id there is, "" if none."""
        return self.id or self.public_id or self.mongo_id or ""

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids there are; they may name different things. Source: facts §4.2."""
        return tuple(found for found in (self.id, self.public_id, self.mongo_id) if found)


class Kept(Row, kw_only=True):
    """A document that is kept whole: fields without a name here are there for rules too."""

    document: dict[str, Any] = field(default_factory=dict)


class ContactRow(Kept, kw_only=True):
    """A contact. Source: facts §4.1; texts are "" when empty, `updated_at` may be null."""

    organization_id: Any = None
    business_unit_id: Any = None
    channel_type: Any = None
    display_name: Any = None
    first_name: Any = None
    last_name: Any = None
    email: Any = None
    phone_number: Any = None
    area_code: Any = None
    language: Any = None
    gender: Any = None
    remark: Any = None
    avatar_url: Any = None
    time_zone: Any = None
    company_name: Any = None
    location: Any = None
    title: Any = None
    birthday: Any = None
    created_at: Any = None
    updated_at: Any = None
    last_seen: Any = None


class MessageRow(Row, kw_only=True):
    """A message. Source: facts §7.2, §8.1, §9; `content.text` may be missing or no text."""

    conversation_id: str | None = None
    sender: str | None = field(default=None, name="from")
    type: str | None = None
    content: dict[str, Any] | str | None = None
    created_at: str | None = None


class Stub(Row, kw_only=True):
    """A message, team, user or membership as other rows mention it."""

    name: Any = None
    user_id: Any = None
    is_bot: Any = None
    created_at: Any = None


class ConversationPart(Row, kw_only=True):
    """The conversation inside a row of a contact's conversations. Source: facts §4.2."""

    contact_id: str | None = None
    name: Any = None
    status: Any = None
    mode: Any = None
    channel_type: Any = None
    timestamp: Any = None
    created_at: Any = None
    updated_at: Any = None


class ConversationRow(Kept, kw_only=True):
    """A (team) conversation in any list or detail. Source: facts §4.2, §5.2, §7.1, §7.6, §7.7."""

    conversation_id: str | None = None
    contact_id: str | None = None
    team_id: Any = None
    name: Any = None
    status: Any = None
    mode: Any = None
    channel_type: Any = None
    assigned_to: Any = None
    timestamp: Any = None
    last_message_at: Any = None
    created_at: Any = None
    updated_at: Any = None
    conversation: ConversationPart | None = None
    contact: dict[str, Any] | None = None
    latest_message: Stub | None = None
    available_team_conversations: list[Stub] | None = None
    teams: list[Stub] | None = None
    team: Any = None
    users: Any = None


class NotificationRow(Row, kw_only=True):
    """A notification. Source: facts §5.1."""

    title: Any = None
    content: Any = None
    sender: Any = field(default=None, name="from")
    type: Any = None
    action_to: dict[str, Any] | None = None
    recipient: Any = None
    is_read: Any = None
    created_at: Any = None
    channel_type: Any = None


class FileRow(Row, kw_only=True):
    """A file of a contact: a message; `type` says image for everything. Source: facts §4.7."""

    content: dict[str, Any] | None = None
    sender: str | None = field(default=None, name="from")
    type: str | None = None
    created_at: Any = None


class CommentRow(Row, kw_only=True):
    """An internal note. Source: facts §4.5; no sample shows one, so all is open."""

    content: Any = None
    message_id: Any = None
    created_at: Any = None


class Hits(Struct, kw_only=True):
    """What Meilisearch found. Source: facts §7.4, §7.5; the totals are not to be relied on."""

    rows: tuple[dict[str, Any], ...] = ()
    offset: int = 0
    total: int = 0


class PhoneLinks(Struct, kw_only=True):
    """The conversations of one phone number, newest link first. Source: facts §8.2."""

    phone_number: str
    links: tuple[str, ...] = ()
    conversation_ids: tuple[str, ...] = ()


def text(value: Any) -> str:
    """The text of a value that should be one; numbers as they are written, anything else ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def moment(value: Any) -> datetime | None:
    """An aware time in UTC; None for what is none. Source: facts §3 (ISO-8601).

    A time outside `EARLIEST` to `LATEST` is none either: no deadline could be added to it.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return found if EARLIEST <= found <= LATEST else None
