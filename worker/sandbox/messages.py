"""Endpoints of messages: who picks which conversation, and each type's way in and out.

Source: seed 1 §§4-6; facts §7.1-7.3. An agent names the conversation; a contact's
token stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from worker.sandbox import documents
from worker.sandbox.call import Call, Kind, Refusal, cut, invalid
from worker.sandbox.contacts import channel_type_of
from worker.sandbox.records import Contact, Conversation, Message
from worker.sandbox.world import BOT_ID

_WITH_URL = frozenset({"image", "file", "pdf", "audio", "video", "csv", "whatsapp.sticker"})
_SELECTOR_MISSING = {"code": 400, "message": "conversation_id required"}


def create_conversation(call: Call) -> Any:
    """A new conversation of the contact the token stands for. 200, not 201."""
    contact = _contact_of(call)
    conversation = call.world.open_conversation(contact)
    call.record("create_conversation", conversation.id, contact.id)
    return _own_conversation(call, conversation)


def get_own_conversation(call: Call) -> Any:
    """The newest conversation of the contact the token stands for, made when there is none."""
    contact = _contact_of(call)
    if contact.conversations:
        return _own_conversation(call, call.world.conversations[contact.conversations[-1]])
    return create_conversation(call)


def _contact_of(call: Call) -> Contact:
    if call.caller.kind is Kind.CONTACT:
        return call.world.contacts[call.caller.id]
    if call.caller.kind is Kind.CHANNEL:
        return call.world.add_contact(channel_type_of(call), {})
    named = call.body.get("contact_id", "") if isinstance(call.body, dict) else ""
    return call.contact(str(named), invalid)


def _own_conversation(call: Call, record: Conversation) -> dict[str, Any]:
    world = call.world
    return {
        "object_name": "conversation",
        "id": record.id,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "channel_id": record.channel_id,
        "channel_type": record.channel_type,
        "contact_id": record.contact_id,
        "status": record.status,
        "name": record.name,
        "timestamp": record.updated_at,
        "users": [documents.user(world.users[BOT_ID])],
    }


def list_messages(call: Call) -> Any:
    """The chosen conversation's messages, newest first."""
    skip, limit = call.bounds(strict=True)
    conversation = _selected(call)
    if conversation is None:
        if call.newer:
            raise Refusal(400, dict(_SELECTOR_MISSING))
        if call.switches.bare_list_refused:
            raise invalid("Invalid request parameters")
        return call.envelope([], 0, skip)
    now = call.world.clock.monotonic()
    page = cut(conversation.newest(now), skip, limit)
    listed = call.envelope(
        [documents.message(call.world, row) for row in page], conversation.visible(now), skip
    )
    if "nested" in listed and call.caller.kind is not Kind.CONTACT:
        senders = {row.sender for row in page} & call.world.users.keys()
        users = {sender: documents.user(call.world.users[sender]) for sender in sorted(senders)}
        listed["nested"] = {"users": users}
    return listed


def _selected(call: Call) -> Conversation | None:
    if call.caller.kind is Kind.CONTACT:
        return _latest_of(call)
    address = call.query.get("conversation_id", "")
    if not address and not call.newer and call.query.get("type") == "team_conversation_id":
        address = call.query.get("q", "")
    return call.conversation(address) if address else None


def _latest_of(call: Call) -> Conversation | None:
    known = call.world.contacts[call.caller.id].conversations
    return call.world.conversations[known[-1]] if known else None


def send_message(call: Call) -> Any:
    """The message is stored as the caller's. 200, not 201; no key makes a repeat harmless."""
    body = call.mapping()
    conversation = _addressed(call, body)
    kind = body.get("type", "text" if call.newer else None)
    if not isinstance(kind, str):
        raise _bad_content()
    if call.switches.send_needs_join and call.caller.id not in conversation.joined | {
        conversation.contact_id
    }:
        raise Refusal(403, {"code": 40003, "message": "Insufficient permission"})
    content = _content(kind, body, conversation, call)
    sender = "" if call.empty_sender else call.caller.id
    message = call.world.write(conversation, sender, kind, content)
    call.record("send", conversation.id, message.id, type=kind, content=content, sender=sender)
    return _answer(call, conversation, message)


def _addressed(call: Call, body: Mapping[str, Any]) -> Conversation:
    if call.caller.kind is Kind.CONTACT:
        own = _latest_of(call)
        if own is None:
            raise invalid()
        return own
    address = body.get("conversation_id") or (
        "" if call.newer else body.get("team_conversation_id")
    )
    if not isinstance(address, str) or not address:
        raise Refusal(400, dict(_SELECTOR_MISSING))
    conversation = call.world.addresses.get(address)
    if conversation is None:
        raise unknown_conversation(call)
    return conversation


def unknown_conversation(call: Call) -> Refusal:
    """How a send to no conversation is refused. Source: facts §2, measured on v2: 500, not 404."""
    default = HTTPStatus.INTERNAL_SERVER_ERROR if call.newer else HTTPStatus.BAD_REQUEST
    status = call.switches.unknown_conversation_status or default
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refusal(status, {"message": "Internal Server Error"})
    if status == HTTPStatus.BAD_REQUEST:
        return invalid()
    return Refusal(status, {"code": 40004, "message": "Not Found"})


def _bad_content() -> Refusal:
    return invalid("Invalid message type or content")


def _content(
    kind: str, body: Mapping[str, Any], conversation: Conversation, call: Call
) -> dict[str, Any]:
    """What is stored for a body: flat on the way in, an object on the way out."""
    inner = body.get("content")
    given = inner if isinstance(inner, dict) else body
    if kind == "text":
        return {"text": _required(given, "text")}
    if kind in _WITH_URL:
        url = _required(given, "url")
        return {"url": url, "caption": _optional(given, "caption"), "extension": _extension(url)}
    if kind == "quick_reply":
        return {
            "title": _required(given, "title"),
            "payload": _optional(given, "payload"),
            "description": _optional(given, "description"),
        }
    if kind == "response" and conversation.channel_type not in call.switches.response_refused_on:
        return {
            "title": _optional(given, "title"),
            "text": _required(given, "text"),
            "quick_replies": _quick_replies(given.get("quick_replies")),
        }
    if kind == "message_template":
        _required(given, "template_id")
        return {"text": _optional(given, "text")}
    if kind == "whatsapp.template" and conversation.channel_type == "whatsapp":
        variables = given.get("variables", [])
        if not isinstance(variables, list):
            raise _bad_content()
        return {"text": _required(given, "template_id"), "variables": variables}
    raise _bad_content()


def _required(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise _bad_content()
    return found


def _optional(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name, "")
    return found if isinstance(found, str) else ""


def _extension(url: str) -> str:
    name = url.partition("?")[0].rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else ""


def _quick_replies(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise _bad_content()
    stored = []
    for number, option in enumerate(given):
        if not isinstance(option, dict):
            raise _bad_content()
        title = _required(option, "title")
        payload = _optional(option, "payload") or title
        stored.append({"id": number, "content_type": "text", "title": title, "payload": payload})
    return stored


def _answer(call: Call, conversation: Conversation, message: Message) -> dict[str, Any]:
    if call.switches.brief_send_answer:
        return {"id": message.id, "conversation_id": conversation.id}
    return {
        **documents.message(call.world, message),
        "channel_id": conversation.channel_id,
        "channel_type": conversation.channel_type,
    }
