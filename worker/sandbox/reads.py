"""Reads that span conversations or need only a third party's token: search and `/3rd`.

Source: seed 1 §§7-8, seed 2; facts §7.4, §7.5 and §8.
"""

from __future__ import annotations

import re
from typing import Any

from worker.sandbox import documents
from worker.sandbox.call import Call, Refusal, absent, cut, invalid
from worker.sandbox.records import Conversation, Message

_FILTER = re.compile(r"^\s*([\w.]+)\s*=\s*(.+?)\s*$")
_SEARCH_LIMIT = 100
_LINK = "https://webapp.sandbox.test/chatroom-routing?conv_id="


def _whole(call: Call, name: str, default: int) -> int:
    found = call.mapping().get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise invalid()
    return found


def _own_organization(call: Call) -> None:
    if call.parameters["organization"] != call.world.organization_id:
        raise Refusal(403, {"code": 40003, "message": "Insufficient permission"})


def _all_messages(call: Call) -> list[Message]:
    now = call.world.clock.monotonic()
    return [found for found in call.world.messages.values() if found.visible_at <= now]


def search(call: Call) -> Any:
    """Messages whose text contains `q`, raw, wrapped in `message`; not in order of time."""
    _own_organization(call)
    wanted = call.text("q")
    limit, offset = _whole(call, "limit", _SEARCH_LIMIT), _whole(call, "offset", 0)
    folded = wanted.casefold()
    hits = [found for found in _all_messages(call) if folded in _text_of(found.content).casefold()]
    return {
        "success": True,
        "message": {
            "hits": [
                documents.raw_message(call.world, hit) | {"fields_timestamp": {}}
                for hit in cut(hits, offset, limit)
            ],
            "query": wanted,
            "processingTimeMs": 0,
            "limit": limit,
            "offset": offset,
            "estimatedTotalHits": len(hits),
        },
    }


def _text_of(content: Any) -> str:
    text = content.get("text", "") if isinstance(content, dict) else ""
    return text if isinstance(text, str) else ""


def fetch(call: Call) -> Any:
    """Messages that have a field of this value; the filter is required."""
    _own_organization(call)
    found = _FILTER.match(call.text("filter"))
    if found is None:
        raise invalid()
    name, value = found[1], found[2].strip("'\"")
    limit, offset = _whole(call, "limit", 20), _whole(call, "offset", 0)
    rows = [documents.raw_message(call.world, row) for row in _all_messages(call)]
    rows = [row for row in rows if str(row.get(name, "")) == value]
    return {
        "success": True,
        "message": {
            "results": rows[offset : offset + limit],
            "offset": offset,
            "limit": limit,
            "total": len(rows),
        },
    }


def third_messages(call: Call) -> Any:
    """The conversation's messages, raw, newest first."""
    conversation_id = call.parameters["conversation"]
    if not conversation_id:
        raise Refusal(400, {"message": "conversation_id is required"})
    record = call.world.conversations.get(conversation_id)
    if record is None:
        raise absent("Conversation not found")
    skip, limit = call.bounds()
    now = call.world.clock.monotonic()
    page = cut(record.newest(now), skip, limit)
    count = record.visible(now)
    return {
        "items": [documents.raw_message(call.world, row) for row in page],
        "count": count,
        "total": len(page),
        "has_more": skip + len(page) < count,
    }


def third_links(call: Call) -> Any:
    """Links to the conversations of each phone number, newest first; a bare array."""
    numbers = [value for name, value in call.pairs if name == "phone_numbers"]
    if not numbers:
        raise Refusal(400, {"message": "phone_numbers is required"})
    organization = call.query.get("organization_id", "")
    if not organization:
        raise Refusal(400, {"message": "organization_id is required"})
    if organization != call.world.organization_id:
        details = {"expected": call.world.organization_id, "received": organization}
        message = "Forbidden - organization mismatch"
        raise Refusal(403, {"message": message, "details": details})
    rows = [
        {"phone_number": number, "conversation_links": _links(call, number)} for number in numbers
    ]
    if call.switches.links_404_when_none and not any(row["conversation_links"] for row in rows):
        raise absent("No conversations found for the provided phone numbers")
    return rows


def _links(call: Call, number: str) -> list[dict[str, str]]:
    found: list[Conversation] = []
    for contact in call.world.contacts.values():
        local = contact.fields["phone_number"]
        if local and number in {local, contact.fields["area_code"] + local}:
            found += [call.world.conversations[known] for known in contact.conversations]
    found.sort(key=lambda record: record.created_at, reverse=True)
    return [{"link": _LINK + record.id, "created_at": record.created_at} for record in found]
