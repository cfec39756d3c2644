"""Endpoints of team conversations: lists, detail, and what people do in them.

Source: facts §5.2 and §7.6; none of these is in the seed documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worker.sandbox import documents
from worker.sandbox.call import NO_BODY, Call, Refusal, absent, cut, invalid
from worker.sandbox.records import Conversation
from worker.sandbox.views import in_view

_STATUSES = frozenset({"active", "closed", "pending", "spam", "open", "resolved", "archived"})
_SPELLINGS = {"resolved": "closed", "archived": "closed"}  # Source: facts §7.6, SDK


def row(call: Call, record: Conversation) -> dict[str, Any]:
    """A row of the conversation list; the newer generation writes its id bare."""
    world = call.world
    listed: dict[str, Any] = {
        "object_name": "team_conversation_user",
        "id": record.bare_id if call.newer else world.tcu_of(record, call.caller.id),
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "conversation_id": record.id,
        "contact_id": record.contact_id,
        "team_id": record.team_id,
        "channel_id": record.channel_id,
        "channel_type": record.channel_type,
        "name": record.name,
        "status": _status(call, record),
        "mode": record.mode,
        "is_ready": True,
        "is_agent_joined": record.ever_joined,
        "assigned_to": record.assigned_to,
        "timestamp": record.shown_at,
        "created_at": record.created_at,
        "updated_at": record.shown_at,
        "users": None,
    }
    if call.newer and record.dated:
        listed["last_message_at"] = record.shown_at
    if call.switches.latest_message_in_list:
        listed |= documents.latest_messages(world, record)
    return listed


def _status(call: Call, record: Conversation) -> str:
    return "open" if call.newer and record.status == "active" else record.status


def detail(call: Call, record: Conversation) -> dict[str, Any]:
    """One conversation from the caller's standpoint, with `is_joined` and the team's roster."""
    world = call.world
    team = world.teams[record.team_id]
    whole = row(call, record) | documents.latest_messages(world, record)
    whole["id"] = world.tcu_of(record, call.caller.id)
    whole["updated_at"] = record.updated_at
    whole["timestamp"] = record.messages[-1].created_at if record.messages else record.created_at
    whole["is_joined"] = call.caller.id in record.joined
    whole["users"] = [documents.user(world.users[member]) for member in team.members]
    if record.contact_id in world.contacts:
        whole["contact"] = documents.contact(world, world.contacts[record.contact_id])
    return whole


def list_conversations(call: Call) -> Any:
    """The list, most recently moved first; `view` and `channel_types` narrow it."""
    world = call.world
    world.settle_movements()
    skip, limit = call.bounds()
    view = call.query.get("view", "all")
    types = {value for name, value in call.pairs if name == "channel_types"}
    team = call.query.get("team_id", "")
    rows: Iterable[Conversation] = reversed(world.shown.values())
    count = len(world.shown)
    if call.query.get("q", world.business_unit_id) != world.business_unit_id:
        rows, count = (), 0
    elif view != "all" or types or team:
        narrowed = [
            record
            for record in rows
            if in_view(record, view, call.caller.id)
            and (not types or record.channel_type in types)
            and (not team or record.team_id == team)
        ]
        rows, count = narrowed, len(narrowed)
    return call.envelope([row(call, record) for record in cut(rows, skip, limit)], count, skip)


def list_by_conversation(call: Call) -> Any:
    """The old list: with `type=conversation_id` the one row, on the newer generation none."""
    if call.query.get("type") != "conversation_id":
        return list_conversations(call)
    found = call.world.addresses.get(call.query.get("q", ""))
    rows = [row(call, found)] if found is not None and not call.newer else []
    return call.envelope(rows, len(rows), 0)


def search_conversations(call: Call) -> Any:
    """Conversations whose name contains `q`; the newer generation pages by `offset` alone."""
    world = call.world
    world.settle_movements()
    ignores = call.switches.search_ignores_skip
    ignores = call.newer if ignores is None else ignores
    skip_name = "offset" if ignores or "offset" in call.query else "skip"
    skip, limit = call.bounds(skip_name=skip_name)
    wanted = call.query.get("q", "").casefold()
    found = [
        record for record in reversed(world.shown.values()) if wanted in record.name.casefold()
    ]
    page = [row(call, record) for record in found[skip : skip + limit]]
    return call.envelope(page, len(found), skip)


def outstanding(call: Call) -> Any:
    """The queue: open conversations that nobody has joined."""
    skip, limit = call.bounds()
    found = [
        record
        for record in reversed(call.world.shown.values())
        if not record.joined and record.status not in {"closed", "spam"}
    ]
    page = [row(call, record) for record in found[skip : skip + limit]]
    return call.envelope(page, len(found), skip)


def get_conversation(call: Call) -> Any:
    """The detail by `tcu_`; the newer generation takes `conv_` and bare ids too."""
    address = call.parameters["address"]
    if not call.newer and not address.startswith("tcu_"):
        raise absent()
    return detail(call, call.conversation(address))


def get_teams_of_conversation(call: Call) -> Any:
    """From a conversation to its `tcu_` ids."""
    record = call.conversation(call.parameters["conversation"])
    rows = [
        {"id": tcu, "conversation_id": record.id, "team_id": record.team_id, "user_id": member}
        for member, tcu in record.tcus.items()
    ]
    return {"data": rows, "conversation": documents.raw_conversation(call.world, record)}


def get_users(call: Call) -> Any:
    """Who could be invited."""
    record = call.conversation(call.parameters["address"])
    members = call.world.teams[record.team_id].members
    return {"data": [documents.user(call.world.users[member]) for member in members]}


def _named(call: Call, *names: str) -> Conversation:
    for name in names:
        if address := call.text(name):
            return call.conversation(address)
    raise invalid()


def join(call: Call) -> Any:
    """The caller is in it; the mode changes for everyone. Only a `tcu_` is known to work."""
    record = _named(call, "team_conversation_id")
    mode = call.text("mode") or "manual"
    if mode not in {"manual", "hybrid", "automation"}:
        raise invalid()
    call.world.join(record, call.caller.id, mode)
    call.record("join", record.id, mode=mode)
    return detail(call, record)


def leave(call: Call) -> Any:
    """The caller is out of it, and the mode is automation again."""
    record = _named(call, "team_conversation_id")
    call.world.leave(record, call.caller.id)
    call.record("leave", record.id)
    return detail(call, record)


def grab(call: Call) -> Any:
    """The caller has claimed it; 404 when somebody else was faster."""
    record = _named(call, "id")
    if record.joined:
        raise absent()
    call.world.join(record, call.caller.id)
    call.record("grab", record.id)
    return detail(call, record)


def update_status(call: Call) -> Any:
    """Closed or active again; `id` is a `tcu_`, the SDK's `conversation_id` works too."""
    status = call.text("status")
    if status not in _STATUSES:
        raise Refusal(400, {"code": 400, "message": "Invalid status value"})
    record = _named(call, "id", "conversation_id")
    call.world.set_status(record, _SPELLINGS.get(status, "active" if status == "open" else status))
    call.record("status", record.id, status=record.status)
    return detail(call, record)


def update_name(call: Call) -> Any:
    """The conversation has another name."""
    record = _named(call, "id", "conversation_id")
    name = call.text("name")
    if not name:
        raise invalid()
    record.name = name
    call.world.touch(record)
    call.record("name", record.id, name=name)
    return detail(call, record)


def assign(call: Call) -> Any:
    """A person of the team is responsible, and is told so (204)."""
    record = _named(call, "conversation_id")
    user_id = call.text("team_user_id") or call.text("user_id")
    team_id = call.text("team_id") or record.team_id
    if user_id not in call.world.users or team_id not in call.world.teams:
        raise invalid()
    call.world.assign(record, team_id, user_id)
    call.record("assign", record.id, team_id=team_id, user_id=user_id)
    return detail(call, record)


def unassign(call: Call) -> Any:
    """Nobody is responsible."""
    record = _named(call, "conversation_id")
    record.assigned_to = ""
    call.world.touch(record)
    call.record("unassign", record.id)
    return detail(call, record)


def add_comment(call: Call) -> Any:
    """An internal note stands beside a message; customers do not see it."""
    record = call.conversation(call.parameters["conversation"])
    message = call.world.messages.get(call.parameters["message"])
    if message is None or message.conversation_id != record.id:
        raise absent()
    content = call.text("content")
    labels = call.mapping().get("labels", [])
    if not content or not isinstance(labels, list):
        raise invalid()
    note = call.world.comment(record, message.id, call.caller.id, content, labels)
    call.record("comment", record.id, note.id, message=message.id, content=content)
    return documents.comment(note)


def change_comment(call: Call) -> Any:
    """The note says something else."""
    record = call.conversation(call.parameters["conversation"])
    for note in record.comments:
        if note.id == call.parameters["comment"]:
            note.content = call.text("content") or note.content
            return documents.comment(note)
    raise absent()


def remove_comment(call: Call) -> Any:
    """The note is gone."""
    record = call.conversation(call.parameters["conversation"])
    record.comments = [note for note in record.comments if note.id != call.parameters["comment"]]
    return NO_BODY
