"""The neutral names of what rules see: closed lists, and the values behind them.

The same names serve conditions (`contact: {language: th}`) and templates
(`{{ contact.language }}`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from worker.conditions.opening import openings
from worker.model.chat import CONTACT_TEXTS, Contact, Conversation, Message, Notification
from worker.model.facts import Facts
from worker.text.language import script_language
from worker.text.moments import LANGUAGE
from worker.text.offered import Lookup, Many, Shape

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
    "extra": Lookup(),
}
CONTACT: Mapping[str, Shape] = {
    **dict.fromkeys(("id", *CONTACT_TEXTS), "text"),
    "tags": Many("text"),
    "created_at": "time",
    "updated_at": "time",
    "last_seen": "time",
    "extra": Lookup(),
}
NOTIFICATION: Mapping[str, Shape] = {
    "id": "text",
    "type": "number",
    **dict.fromkeys(("type_name", "title", "content", "from", "channel"), "text"),
    "read": "bool",
    "created_at": "time",
    "extra": Lookup(),
}
RULE: Mapping[str, Shape] = {"id": "text", "description": "text", "priority": "number"}

MEANT: Mapping[str, Mapping[str, str]] = {
    "contact": {
        "name": "display_name",
        "full_name": "display_name",
        "surname": "last_name",
        "phone": "phone_number",
        "mobile": "phone_number",
        "company": "company_name",
        "address": "location",
        "note": "remark",
        "notes": "remark",
        "avatar": "avatar_url",
        "timezone": "time_zone",
    },
    "message": {"body": "text", "content": "text", "time": "created_at", "at": "created_at"},
    "conversation": {"assignee": "assigned_to", "agent": "assigned_to", "title": "name"},
    "notification": {"body": "content", "text": "content", "sender": "from"},
}
"""Other words for fields, as other platforms and people call them."""

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


def _event_values(facts: Facts) -> Mapping[str, Any]:
    event = facts.event
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


class View(Mapping[str, Any]):
    """The facts by their neutral names, each made when it is first asked for: templates name few.

    What is unknown is left out, so that naming it fails.
    """

    def __init__(self, facts: Facts, language: str = "", **more: Any) -> None:
        """`language`: BCP 47, of the text that is filled; "" where its letters tell. `more`: other
        roots, such as `vars` or `rule`.
        """
        self.facts = facts
        self.language = language
        self._more = more
        self._made = dict(more)

    def told_in(self, language: str) -> View:
        """The same, for a text in this language."""
        return View(self.facts, language, **self._more)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _ROOTS[name](self)
        made = self._made[name]
        if made is None:
            raise KeyError(name)
        return made

    def __iter__(self) -> Iterator[str]:
        return (name for name in {**_ROOTS, **self._more} if name in self)

    def __len__(self) -> int:
        return sum(1 for _name in self)


_ROOTS: Mapping[str, Callable[[View], Any]] = {
    "event": lambda view: _event_values(view.facts),
    "now": lambda view: view.facts.now,
    "vars": lambda view: view.facts.vars,
    "calendars": lambda view: openings(view.facts, view.language),
    "found": lambda view: view.facts.found,
    "steps": lambda view: view.facts.steps,
    "message": lambda view: (it := view.facts.message) and message_values(it),
    "contact": lambda view: (it := view.facts.contact) and contact_values(it, view.facts.tags),
    "conversation": lambda view: (it := view.facts.conversation) and conversation_values(it),
    "notification": lambda view: (it := view.facts.notification) and notification_values(it),
    LANGUAGE: lambda view: view.language or None,
}

ROOTS = frozenset({*_ROOTS, "rule"} - {LANGUAGE})
"""First names of what templates can name."""
