"""Calls about conversations. Source: seed 1 §§1-4; facts §§5.2, 6, 7.1, 7.6."""

from __future__ import annotations

from worker.gateways.imbrace.answers import Call, Listing, acknowledged, listing, mapping, one
from worker.gateways.imbrace.protocol import Prefix, get, page, segment, write
from worker.gateways.imbrace.wire import CommentRow, ConversationRow
from worker.model.http import Request, Response

Counts = dict[str, int]


def view_counts(prefix: Prefix, business_unit_id: str) -> Call[Counts]:
    """Conversations per view and per team; `null` is no team. Source: seed 1 §1."""
    query = (("type", "business_unit_id"), ("q", business_unit_id))
    request = get(
        "conversations.view_counts", f"{prefix.v2}/team_conversations/_views_count", query
    )
    return Call(request, lambda response: _counts(request, response))


def channel_counts(prefix: Prefix, view: str = "all") -> Call[Counts]:
    """Conversations per channel type. Source: seed 1 §2."""
    path = f"{prefix.v2}/channels/_conv_count"
    request = get("conversations.channel_counts", path, (("view", view),))
    return Call(request, lambda response: _counts(request, response))


def team_channel_counts(prefix: Prefix, team_id: str) -> Call[Counts]:
    """Conversations of one team per channel type. Source: seed 1 §3."""
    path = f"{prefix.v1}/channels/_conv_count"
    request = get("conversations.team_channel_counts", path, (("team_id", team_id),))
    return Call(request, lambda response: _counts(request, response))


def create(prefix: Prefix) -> Call[ConversationRow]:
    """A new conversation of the contact whose token this is. Source: seed 1 §4."""
    request = Request(
        method="POST",
        path=f"{prefix.backend}/conversation",
        writes=True,
        endpoint="conversations.create",
    )
    return Call(request, one(request, ConversationRow))


def team_conversations(
    root: str, business_unit_id: str, skip: int, limit: int, view: str = "all"
) -> Call[Listing[ConversationRow]]:
    """The conversation list. Source: facts §7.6.

    Args:
        root: the second version's prefix; there is more than one spelling.
        business_unit_id: "" where it is not known.
    """
    unit = (("type", "business_unit_id"), ("q", business_unit_id)) if business_unit_id else ()
    query = (*unit, ("view", view), *page(skip, limit))
    request = get("conversations.list", f"{root}/team_conversations", query)
    return Call(request, listing(request, ConversationRow))


def search(
    prefix: Prefix, business_unit_id: str, words: str, skip: int, limit: int
) -> Call[Listing[ConversationRow]]:
    """Conversations by name, last moved first.

    The newer generation ignores `skip` and pages by `offset`: both are sent. Source: facts §2.
    """
    unit = (("business_unit_id", business_unit_id),) if business_unit_id else ()
    query = (*unit, ("type", "text"), ("q", words), *page(skip, limit), ("offset", str(skip)))
    request = get("conversations.search", f"{prefix.v1}/team_conversations/_search", query)
    return Call(request, listing(request, ConversationRow))


def detail(prefix: Prefix, address: str) -> Call[ConversationRow]:
    """One conversation by `tcu_`; the newer generation takes `conv_` too. Source: facts §5.2 a."""
    path = f"{prefix.v1}/team_conversations/{segment(address)}"
    request = get("conversations.detail", path)
    return Call(request, one(request, ConversationRow))


def memberships(prefix: Prefix, conversation_id: str) -> Call[Listing[ConversationRow]]:
    """From `conv_` to its team conversations. Source: facts §5.2, the front end."""
    path = f"{prefix.v1}/conversations/{segment(conversation_id)}"
    request = get("conversations.memberships", path)
    return Call(request, listing(request, ConversationRow))


def join(prefix: Prefix, address: str, mode: str = "") -> Call[None]:
    """The token's user is in it; its mode changes for everyone. Only a `tcu_` is known to work."""
    body = {"team_conversation_id": address} | ({"mode": mode} if mode else {})
    path = f"{prefix.v1}/team_conversations/_join"
    request = write("POST", "conversations.join", path, body)
    return Call(request, acknowledged(request))


def leave(prefix: Prefix, address: str) -> Call[None]:
    """The token's user is out of it; its mode returns to automation."""
    path = f"{prefix.v1}/team_conversations/_leave"
    body = {"team_conversation_id": address}
    request = write("POST", "conversations.leave", path, body)
    return Call(request, acknowledged(request))


def set_status(prefix: Prefix, address: str, status: str, conversation_id: str = "") -> Call[None]:
    """Closed, or active again. `id` is the front end's field, `conversation_id` the SDK's."""
    body = {"id": address, "status": status}
    if conversation_id:
        body["conversation_id"] = conversation_id
    path = f"{prefix.v1}/team_conversations/_update_status"
    request = write("POST", "conversations.set_status", path, body)
    return Call(request, acknowledged(request))


def assign(prefix: Prefix, conversation_id: str, team_id: str, user_id: str) -> Call[None]:
    """A member is responsible. `team_user_id` is the front end's field, `user_id` the SDK's."""
    body = {
        "conversation_id": conversation_id,
        "team_id": team_id,
        "team_user_id": user_id,
        "user_id": user_id,
    }
    path = f"{prefix.v1}/team_conversations/assign_team_member"
    request = write("POST", "conversations.assign", path, body)
    return Call(request, acknowledged(request))


def unassign(prefix: Prefix, conversation_id: str, team_id: str, user_id: str) -> Call[None]:
    """The member is not responsible any more."""
    body = {"conversation_id": conversation_id, "team_id": team_id, "user_id": user_id}
    path = f"{prefix.v1}/team_conversations/remove_team_member"
    request = write("POST", "conversations.unassign", path, body)
    return Call(request, acknowledged(request))


def add_comment(
    prefix: Prefix, conversation_id: str, message_id: str, words: str
) -> Call[CommentRow | None]:
    """An internal note at a message. `content` is the field of front end and specification."""
    path = (
        f"{prefix.v1}/conversations/{segment(conversation_id)}"
        f"/conversation_messages/{segment(message_id)}/comments"
    )
    request = write("POST", "conversations.comment", path, {"content": words})
    return Call(request, acknowledged(request, empty=False))


def _counts(request: Request, response: Response) -> Counts:
    return {
        name: value
        for name, value in mapping(request, response).items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
