"""Views of the conversation list and the counts over them. Source: seed 1 §§1-3; facts §6."""

from __future__ import annotations

from typing import Any

from worker.sandbox.call import Call, labelled_not_found
from worker.sandbox.records import Conversation
from worker.sandbox.world import CHANNEL_TYPES

_BY_STATUS = {
    "closed": "closed",
    "spam": "spam",
    "rep_needed": "rep needed",
    "pending": "pending",
    "soon_to_be": "soon to be",
    "overdue": "overdue",
}


def in_view(record: Conversation, view: str, user_id: str) -> bool:
    """The conversation belongs to the view; statuses have spaces where views have underscores."""
    if view == "yours":
        return user_id in record.joined or record.assigned_to == user_id
    if view in {"all", "team", "online"}:
        return view != "online"
    return record.status == _BY_STATUS.get(view)


def views_count(call: Call) -> Any:
    """Conversations per view and per team, plus a literal `null` for those of no team."""
    if call.query.get("q", call.world.business_unit_id) != call.world.business_unit_id:
        raise labelled_not_found()
    records = call.world.conversations.values()
    counts = {"all": len(records), "yours": 0, "closed": 0, "spam": 0, "online": 0}
    counts |= {"rep_needed": 0, "pending": 0, "soon_to_be": 0, "overdue": 0}
    views = {status: view for view, status in _BY_STATUS.items()}
    teams = dict.fromkeys(call.world.teams, 0)
    for record in records:
        if in_view(record, "yours", call.caller.id):
            counts["yours"] += 1
        if record.status in views:
            counts[views[record.status]] += 1
        teams[record.team_id] += 1
    return counts | teams | {"null": 0}


def channel_count(call: Call) -> Any:
    """Conversations per channel type in one view."""
    view = call.query.get("view", "all")
    return _per_channel(
        [
            record
            for record in call.world.conversations.values()
            if in_view(record, view, call.caller.id)
        ]
    )


def team_channel_count(call: Call) -> Any:
    """Conversations per channel type of one team; an unknown team is a 400 that says Not Found."""
    team_id = call.query.get("team_id", "")
    if team_id not in call.world.teams:
        raise labelled_not_found()
    return _per_channel(
        [record for record in call.world.conversations.values() if record.team_id == team_id]
    )


def _per_channel(records: list[Conversation]) -> dict[str, int]:
    counts = dict.fromkeys(CHANNEL_TYPES, 0)
    for record in records:
        counts[record.channel_type] = counts.get(record.channel_type, 0) + 1
    counts["all"] = len(records)
    return counts
