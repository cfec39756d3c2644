"""From iMBRACE's documents to neutral nouns: pure; no naming of the platform goes further."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from worker.gateways.imbrace.wire import (
    ContactRow,
    ConversationRow,
    MessageRow,
    NotificationRow,
    Stub,
    moment,
    text,
)
from worker.model.chat import (
    CONTACT_TEXTS,
    DO_NOT_DISTURB,
    Contact,
    Conversation,
    Message,
    Notification,
    QuickReply,
    Sender,
)
from worker.model.ids import ContactId, ConversationId, MessageId, NotificationId

TYPE_NAMES: Final = {
    101: "crm_assigned",
    201: "conversation_new",
    202: "conversation_grab",
    203: "conversation_invited",
    204: "conversation_assigned",
    301: "team_invited",
    302: "team_join_requested",
    303: "team_invite_approved",
    304: "team_join_approved",
    305: "team_admin_can_leave",
}
"""Source: facts §5.1."""

_STATUS_WORDS: Final = {"open": "active", "resolved": "closed", "archived": "closed"}
"""The newer generation's and the SDK's words for the same. Source: facts §7.7."""

_KNOWN_BOT: Final = "u_imbrace_bot"  # Source: facts §3, §7.1
_OTHER_PREFIXES: Final = ("tcu_", "toc_", "con_", "msg_", "not_", "ch_", "u_", "pub_", "t_", "bu_")
_LONGEST_CODE: Final = 9  # digits
_DEEPEST: Final = 16  # levels of a document without a neutral name
_IDENTITY: Final = frozenset({"id", "_id", "public_id", "object_name", "doc_name", "action"})
_CONTACT_NAMED: Final = frozenset(
    {*CONTACT_TEXTS, *_IDENTITY, "channel_type", "created_at", "updated_at", "last_seen"}
)

_CONVERSATION_NAMED: Final = frozenset(
    {
        *_IDENTITY,
        "conversation_id",
        "contact_id",
        "name",
        "status",
        "mode",
        "channel_type",
        "assigned_to",
        "timestamp",
        "last_message_at",
        "created_at",
        "updated_at",
    }
)


def conversation_id(value: str | None) -> ConversationId | None:
    """The id as it is sent, with `conv_`; None for an id of something else.

    The newer generation shows the same conversation as a bare UUID too. Source: facts §3.
    """
    if not value or value.startswith(_OTHER_PREFIXES):
        return None
    return ConversationId(value if value.startswith("conv_") else f"conv_{value}")


def contact(row: ContactRow) -> Contact:
    """The contact; what has no neutral name is in `extra`, empty values left out."""
    texts: dict[str, Any] = {name: text(getattr(row, name)) for name in CONTACT_TEXTS}
    return Contact(
        id=ContactId(row.any_id),
        **texts,
        channel=text(row.channel_type),
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        last_seen=moment(row.last_seen),
        # the platform has no flag for it: people write the tag into the remark
        do_not_disturb=f"#{DO_NOT_DISTURB}" in texts["remark"].casefold().split(),
        extra={
            name: _shallow(value)
            for name, value in row.document.items()
            if name not in _CONTACT_NAMED and value not in ("", None, {}, [])
        },
    )


def sender(author: str, contact_id: str, bots: AbstractSet[str]) -> Sender:
    """Who wrote it, as far as the id tells. Source: facts §9."""
    if not author:
        return Sender.UNKNOWN
    if author == contact_id or author.startswith("con_"):
        return Sender.CUSTOMER
    if author.startswith("pub_") or author == _KNOWN_BOT or author in bots:
        return Sender.BOT
    return Sender.TEAM if author.startswith("u_") else Sender.UNKNOWN


def message(row: MessageRow, conversation: Conversation, bots: AbstractSet[str]) -> Message:
    """The message; `content` is an object by documentation, a bare text in some rows."""
    content = row.content if isinstance(row.content, dict) else {"text": row.content}
    said = content.get("text")
    if isinstance(said, dict):
        said = said.get("text")
    author = row.sender or ""
    return Message(
        id=MessageId(row.any_id),
        conversation_id=conversation_id(row.conversation_id) or conversation.id,
        sender=sender(author, conversation.contact_id or "", bots),
        sender_id=author,
        type=row.type or "text",
        text=text(said),
        payload=text(content.get("payload")),
        title=text(content.get("title")),
        url=text(content.get("url")),
        caption=text(content.get("caption")) or text(content.get("name")),
        quick_replies=_options(content.get("quick_replies")),
        created_at=moment(row.created_at),
    )


def notification(row: NotificationRow) -> Notification:
    """The notification; its address is a `tcu_`, a `toc_` (a queue entry, never grabbed), or ""."""
    code = text(row.type)
    known = code.isascii() and code.isdigit() and len(code) <= _LONGEST_CODE
    number = int(code) if known else 0
    action_to = row.action_to or {}
    address = text(action_to.get("team_conversation_user_id"))
    return Notification(
        id=NotificationId(row.any_id),
        type=number,
        type_name=TYPE_NAMES.get(number, ""),
        title=text(row.title),
        content=text(row.content),
        sender=text(row.sender),
        channel=text(row.channel_type),
        read=row.is_read is True,
        created_at=moment(row.created_at),
        conversation_address=address or text(action_to.get("team_own_conversation_id")),
        extra={"action_to": _shallow(action_to), "recipient": text(row.recipient)},
    )


def conversation(row: ConversationRow, user_id: str = "") -> Conversation | None:
    """The conversation of a row of any list; None where it names none.

    Args:
        user_id: the token's user, whose own address is preferred; "" if not known.

    The ids of one row may name different things: `_id` a conversation, `public_id` a `tcu_`, `id`
    either or a bare UUID. Source: facts §4.2, §5.2, §3.
    """
    part = row.conversation
    named = [row.conversation_id, part.any_id if part else None]
    named += [found for found in row.ids if found.startswith("conv_")]
    named += row.ids
    found_id = next(filter(None, map(conversation_id, named)), None)
    if found_id is None:
        return None
    who = row.contact_id or (part.contact_id if part else None) or _embedded_id(row.contact)
    latest = row.latest_message
    last_at = (
        moment(row.last_message_at)
        or (moment(latest.created_at) if latest else None)
        or moment(row.timestamp)
        or (moment(part.timestamp) if part else None)
    )
    updated_at = moment(part.updated_at) if part else moment(row.updated_at)
    latest_id = latest.any_id if latest else ""
    status = text(row.status) or (text(part.status) if part else "")
    return Conversation(
        id=found_id,
        contact_id=ContactId(who) if who else None,
        address=next(iter(addresses(row, user_id)), ""),
        name=text(row.name) or (text(part.name) if part else ""),
        status=_STATUS_WORDS.get(status, status),
        mode=text(row.mode) or (text(part.mode) if part else ""),
        channel=text(row.channel_type) or (text(part.channel_type) if part else ""),
        team=_team(row),
        assigned_to=_user(row.assigned_to),
        created_at=moment(part.created_at if part else row.created_at),
        last_message_at=last_at,
        moved="|".join((_written(last_at), _written(updated_at), latest_id)),
        moved_at=max(filter(None, (last_at, updated_at)), default=None),
        latest_message_id=MessageId(latest_id) if latest_id else None,
        extra=_beyond(row),
    )


def completed(found: Conversation, known: Conversation) -> Conversation:
    """What was found; what it leaves out, and cannot have lost, is as it was known."""
    return replace(
        found,
        contact_id=found.contact_id or known.contact_id,
        address=known.address or found.address,
        name=found.name or known.name,
        channel=found.channel or known.channel,
        team=found.team or known.team,
        created_at=found.created_at or known.created_at,
        last_message_at=found.last_message_at or known.last_message_at,
    )


def addresses(row: ConversationRow, user_id: str = "") -> tuple[str, ...]:
    """Every `tcu_` of a row: this user's, then the row's own, then others'. Source: facts §5.2."""
    members = row.available_team_conversations or []
    mine = [one.any_id for one in members if user_id and one.user_id == user_id]
    named = (*mine, *row.ids, *(one.any_id for one in members))
    return tuple(dict.fromkeys(found for found in named if found.startswith("tcu_")))


def bots_of(users: Any) -> frozenset[str]:
    """User ids a detail marks as bots."""
    if not isinstance(users, list):
        return frozenset()
    return frozenset(
        text(user.get("id") or user.get("_id") or user.get("public_id"))
        for user in users
        if isinstance(user, dict) and user.get("is_bot") is True
    )


def _shallow(value: Any, depth: int = 0) -> Any:
    """The value without what is nested deeper than anybody asks for.

    Such a document can be read and yet not be written again: each is a call in a call.
    """
    if not isinstance(value, dict | list):
        return value
    if depth == _DEEPEST:
        return None
    if isinstance(value, list):
        return [_shallow(part, depth + 1) for part in value]
    return {name: _shallow(part, depth + 1) for name, part in value.items()}


def _beyond(row: ConversationRow) -> dict[str, Any]:
    """Plain values without a neutral name, of the row and of the conversation inside it."""
    inner = row.document.get("conversation")
    found = {**(inner if isinstance(inner, dict) else {}), **row.document}
    return {
        name: value
        for name, value in found.items()
        if name not in _CONVERSATION_NAMED
        and isinstance(value, (str, int, float, bool))
        and value != ""
    }


def _embedded_id(document: Mapping[str, Any] | None) -> str:
    if document is None:
        return ""
    return next(filter(None, (text(document.get(k)) for k in ("id", "public_id", "_id"))), "")


def _team(row: ConversationRow) -> str:
    if isinstance(row.team, dict):
        return text(row.team.get("name")) or _embedded_id(row.team)
    members: list[Stub] = row.teams or []
    first = members[0] if members else None
    return text(row.team) or (text(first.name) if first else "") or text(row.team_id)


def _user(value: Any) -> str:
    if isinstance(value, dict):
        return _embedded_id(value) or text(value.get("user_id"))
    if isinstance(value, list):
        return _user(value[0]) if value else ""
    return text(value)


def _written(value: datetime | None) -> str:
    return value.isoformat() if value else ""


def _options(value: Any) -> tuple[QuickReply, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        QuickReply(text(option.get("title")), text(option.get("payload")))
        for option in value
        if isinstance(option, dict) and text(option.get("title"))
    )
