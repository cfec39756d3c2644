"""Calls of the server gateway, `/3rd`, with an `api_` token. Source: seed 2; facts §8."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from worker.gateways.imbrace.answers import Call, Listing, listing, parsed, unreadable
from worker.gateways.imbrace.protocol import get, page, segment
from worker.gateways.imbrace.wire import MessageRow, PhoneLinks, text
from worker.model.http import Request, Response


def messages(conversation_id: str, skip: int, limit: int) -> Call[Listing[MessageRow]]:
    """A conversation's messages, newest first."""
    path = f"/3rd/conversations/{segment(conversation_id)}/messages"
    request = get("third.messages", path, page(skip, limit))
    return Call(request, listing(request, MessageRow), third=True)


def links(phone_numbers: tuple[str, ...], organization_id: str) -> Call[tuple[PhoneLinks, ...]]:
    """Chat links per phone number, in full international digits without a plus."""
    numbers = tuple(("phone_numbers", number) for number in phone_numbers)
    request = get(
        "third.links",
        "/3rd/conversations/links",
        (*numbers, ("organization_id", organization_id)),
    )
    return Call(request, lambda response: _links(request, response), third=True)


def _links(request: Request, response: Response) -> tuple[PhoneLinks, ...]:
    """Both documented shapes: an array of links, or rows with a conversation id in `data`."""
    body = parsed(response)
    rows = body.get("data") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise unreadable(request, response, "the answer is no list of links")
    return tuple(_phone(row) for row in rows if isinstance(row, dict))


def _phone(row: dict[str, Any]) -> PhoneLinks:
    listed = row.get("conversation_links")
    rows = listed if isinstance(listed, list) else []
    found = [text(one.get("link")) for one in rows if isinstance(one, dict)]
    ids = [_conversation_of(link) for link in found] + [text(row.get("conversation_id"))]
    return PhoneLinks(
        phone_number=text(row.get("phone_number")),
        links=tuple(link for link in found if link),
        conversation_ids=tuple(dict.fromkeys(one for one in ids if one)),
    )


def _conversation_of(link: str) -> str:
    try:
        return parse_qs(urlsplit(link).query).get("conv_id", [""])[0]
    except ValueError:
        return ""
