"""The neutral names of what rules see: closed lists, and the values behind them.

The same names serve conditions (`contact: {language: th}`) and templates
(`{{ contact.language }}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.conditions.opening import openings
from worker.model.chat import CONTACT_TEXTS, Contact, Conversation, Message, Notification
from worker.model.event import Event
from worker.model.facts import Facts
from worker.text.language import script_language
from worker.text.offered import Many, Shape

MESSAGE: Mapping[str, Shape] = {
    **dict.fromkeys(("id", "type", "text", "payload", "title", "url", "caption"), "text"),
    "created_at": "time",
    "language": "text",
}
EVENT: Mapping[str, Shape] = {
    "id": "text",
    "kind": "text",
    "at": "time",
    "messages": Many(MESSAGE),
    "channel": "text",
    "changed": Many("text"),
    "since": "time",
}
CONVERSATION: Mapping[str, Shape] = {
    **dict.fromkeys(("id", "name", "status", "mode", "channel", "team", "assigned_to"), "text"),
    "created_at": "time",
    "last_message_at": "time",
    "extra": None,
}
CONTACT: Mapping[str, Shape] = {
    **dict.fromkeys(("id", *CONTACT_TEXTS), "text"),
    "tags": Many("text"),
    "created_at": "time",
    "updated_at": "time",
    "last_seen": "time",
    "extra": None,
}
NOTIFICATION: Mapping[str, Shape] = {
    "id": "text",
    "type": "number",
    **dict.fromkeys(("type_name", "title", "content", "from", "channel"), "text"),
    "read": "bool",
    "created_at": "time",
    "extra": None,
}
RULE: Mapping[str, Shape] = {"id": "text", "description": "text", "priority": "number"}

WRITABLE = frozenset(CONTACT_TEXTS)
"""Contact fields that `update_contact` may change."""

NOTIFICATION_TYPES: Mapping[str, int] = {
    "crm_assigned": 101,
    "conversation_new": 201,
    "conversation_grab": 202,
    "conversation_invited": 203,
    "conversation_assigned": 204,
    "team_invited": 301,
    "team_join_requested": 302,
    "team_invite_approved": 303,
    "team_join_approved": 304,
    "team_admin_can_leave": 305,
}


def contact_values(contact: Contact, tags: frozenset[str] | None) -> Mapping[str, Any]:
    """The contact by its neutral names; tags in alphabetical order."""
    values = {name: getattr(contact, name) for name in CONTACT if name != "tags"}
    if tags is not None:
        values["tags"] = sorted(tags)
    return values


def conversation_values(conversation: Conversation) -> Mapping[str, Any]:
    """The conversation by its neutral names."""
    return {name: getattr(conversation, name) for name in CONVERSATION}


def notification_values(notification: Notification) -> Mapping[str, Any]:
    """The notification by its neutral names."""
    values = {name: getattr(notification, name) for name in NOTIFICATION if name != "from"}
    return {**values, "from": notification.sender}


def message_values(message: Message) -> Mapping[str, Any]:
    """The message by its neutral names; `language` is what its script says, else ""."""
    values = {name: getattr(message, name) for name in MESSAGE if name != "language"}
    return {**values, "language": script_language(message.text) or ""}


def _event_values(event: Event, facts: Facts) -> Mapping[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind.value,
        "at": event.at,
        "messages": [message_values(message) for message in facts.messages],
        "channel": channel_of(facts),
        "changed": list(event.changed),
        "since": event.since,
    }


def channel_of(facts: Facts) -> str:
    """The channel of the conversation, else of the notification or the contact; "" if unknown."""
    for holder in (facts.conversation, facts.notification, facts.contact):
        if holder is not None and holder.channel:
            return holder.channel
    return ""


def view(facts: Facts, **more: Any) -> Mapping[str, Any]:
    """The facts by their neutral names; what is unknown is left out, so that naming it fails.

    Args:
        more: further roots: `vars`, `found`, `rule`, …
    """
    values: dict[str, Any] = {
        "event": _event_values(facts.event, facts),
        "now": facts.now,
        "vars": facts.vars,
        "calendars": openings(facts),
        "found": facts.found,
        "steps": facts.steps,
        **more,
    }
    if facts.message is not None:
        values["message"] = message_values(facts.message)
    if facts.contact is not None:
        values["contact"] = contact_values(facts.contact, facts.tags)
    if facts.conversation is not None:
        values["conversation"] = conversation_values(facts.conversation)
    if facts.notification is not None:
        values["notification"] = notification_values(facts.notification)
    return values
