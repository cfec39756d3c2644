"""Calls about messages, and every documented body. Source: seed 1 §§5-8; facts §§7.2-7.5."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.answers import (
    Call,
    Listing,
    converted,
    listing,
    mapping,
    parsed,
    unreadable,
)
from worker.gateways.imbrace.protocol import Prefix, ask, get, page, segment, upload, write
from worker.gateways.imbrace.protocol_contacts import url_of
from worker.gateways.imbrace.wire import Hits, MessageRow
from worker.model.chat import QuickReply
from worker.model.http import Request, Response, Upload
from worker.model.noun import Noun


class Address(Noun, frozen=True):
    """Where a message goes or is read: either id, better both. Source: facts §7.2, §7.3."""

    conversation_id: str = ""
    team_conversation_id: str = ""


class TextBody(Noun, frozen=True, tag_field="type", tag="text"):
    """Plain text."""

    text: str


class MediaBody(Noun, frozen=True):
    """A file by its URL. `type`: `image`, `file` or `pdf`."""

    type: str
    url: str
    caption: str = ""


class QuickReplyBody(Noun, frozen=True, tag_field="type", tag="quick_reply"):
    """A customer's choice: what a button says when it is pressed."""

    title: str
    payload: str


class MessageTemplateBody(Noun, frozen=True, tag_field="type", tag="message_template"):
    """A stored template with its text."""

    template_id: str
    text: str


class WhatsappTemplateBody(Noun, frozen=True, tag_field="type", tag="whatsapp.template"):
    """A WhatsApp template; the only way to write after 24 h of silence there."""

    template_id: str
    variables: tuple[str, ...] = ()


class ResponseBody(Noun, frozen=True):
    """Text with buttons. Only its stored form is documented; `content` is allowed on the way in."""

    text: str
    options: tuple[QuickReply, ...]

    def fields(self) -> dict[str, Any]:
        """The body, in the form it is stored in. Source: seed 2 §1; facts §7.3."""
        options = [
            {"id": number, "content_type": "text", "title": one.title, "payload": one.payload}
            for number, one in enumerate(self.options)
        ]
        return {
            "type": "response",
            "content": {"title": "", "text": self.text, "quick_replies": options},
        }


MessageBody = (
    TextBody
    | MediaBody
    | QuickReplyBody
    | MessageTemplateBody
    | WhatsappTemplateBody
    | ResponseBody
)


def messages(prefix: Prefix, address: Address, skip: int, limit: int) -> Call[Listing[MessageRow]]:
    """A conversation's messages, newest first; unknown selectors are ignored, so all are sent."""
    selectors: list[tuple[str, str]] = []
    if address.team_conversation_id:
        selectors += [("type", "team_conversation_id"), ("q", address.team_conversation_id)]
    if address.conversation_id:
        selectors.append(("conversation_id", address.conversation_id))
    request = get(
        "messages.list",
        f"{prefix.v1}/conversation_messages",
        (*selectors, *page(skip, limit)),
    )
    return Call(request, listing(request, MessageRow))


def send(prefix: Prefix, address: Address, body: MessageBody) -> Call[MessageRow]:
    """The message is stored; all but its id is optional in the answer. 200, not 201."""
    addressed: dict[str, Any] = {}
    if address.conversation_id:
        addressed["conversation_id"] = address.conversation_id
    if address.team_conversation_id:
        addressed["team_conversation_id"] = address.team_conversation_id
    said = body.fields() if isinstance(body, ResponseBody) else msgspec.to_builtins(body)
    path = f"{prefix.v1}/conversation_messages"
    request = write("POST", "messages.send", path, addressed | said)
    return Call(request, lambda response: _stored(request, response))


def refused_type(error: GatewayError, body: MessageBody) -> GatewayError:
    """The error of a send, told apart: a type that is not taken here is `UNSUPPORTED`.

    Only for buttons: a text refused with the same words is a wrong text. Source: facts §7.3.
    """
    if (
        isinstance(body, ResponseBody)
        and error.fault is Fault.REJECTED
        and error.status == HTTPStatus.BAD_REQUEST
    ):
        words = str(error).lower()
        if "invalid message type" in words or "message type" in words:
            return GatewayError(
                Fault.UNSUPPORTED,
                "messages.send: quick replies are not taken here",
                took_effect=TookEffect.NO,
                status=400,
            )
    return error


def upload_file(prefix: Prefix, name: str, content: bytes, media_type: str) -> Call[str]:
    """A file for a message; its URL. Source: facts §4.6."""
    request = upload(
        "messages.upload",
        f"{prefix.v1}/conversation_messages/_fileupload",
        Upload("file", name, content, media_type),
    )
    return Call(request, lambda response: url_of(request, response))


def search(prefix: Prefix, organization_id: str, words: str, limit: int) -> Call[Hits]:
    """Messages of the whole organisation that match; the index may lag. Source: seed 1 §7."""
    path = f"{prefix.backend}/meilisearch/{segment(organization_id)}/search"
    request = ask("messages.search", path, {"limit": limit, "q": words})
    return Call(request, lambda response: _hits(request, response, "hits"))


def fetch(prefix: Prefix, organization_id: str, wanted: str, limit: int) -> Call[Hits]:
    """Documents of the index under a filter expression. Source: seed 1 §8."""
    path = f"{prefix.backend}/meilisearch/{segment(organization_id)}/fetch"
    request = ask("messages.fetch", path, {"filter": wanted, "limit": limit})
    return Call(request, lambda response: _hits(request, response, "results"))


def _stored(request: Request, response: Response) -> MessageRow:
    body = parsed(response)
    if isinstance(body, dict) and isinstance(body.get("data"), dict) and "id" not in body:
        body = body["data"]
    row = converted(body, MessageRow)
    if row is None or not row.any_id:
        raise unreadable(request, response, "the message was answered without its id")
    return row


def _hits(request: Request, response: Response, name: str) -> Hits:
    wrapped = mapping(request, response).get("message")
    rows = wrapped.get(name) if isinstance(wrapped, dict) else None
    if not isinstance(wrapped, dict) or not isinstance(rows, list):
        raise unreadable(request, response, "the answer holds no results")
    total = wrapped.get("total", wrapped.get("estimatedTotalHits"))
    offset = wrapped.get("offset")
    return Hits(
        rows=tuple(row for row in rows if isinstance(row, dict)),
        offset=offset if isinstance(offset, int) else 0,
        total=total if isinstance(total, int) else 0,
    )
