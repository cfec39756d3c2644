"""Everything a rule may look at, frozen: matching and planning are pure functions over this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from worker.calendars import Calendar
from worker.model.chat import Contact, Conversation, Message, Notification
from worker.model.event import Event, EventKind
from worker.model.flow import Known
from worker.model.noun import Noun
from worker.model.state import Menu
from worker.model.text import MessageText


class Pick(Noun, frozen=True):
    """An option chosen from a menu; `menu` is "" where the menu was not this worker's."""

    menu: str
    title: str
    payload: str


class Names(Noun, frozen=True):
    """What a rule set gives to conditions and templates beside the event.

    `calendars`: opening hours by name.
    """

    vars: Mapping[str, Any] = msgspec.field(default_factory=dict)
    calendars: Mapping[str, Calendar] = msgspec.field(default_factory=dict)


class Facts(Noun, frozen=True, kw_only=True):
    """What is known when an event is planned.

    Args:
        now: platform time.
        kinds: the event's kinds (a picked quick reply is also `message.received`).
        message: the one that decides: the last of `messages`.
        messages: the burst, oldest first; one element without a burst.
        text: `message` normalised once; None without a message.
        contact, conversation, tags: None when unknown (reading them failed): conditions on
            them are undecided.
        first_message: None when unknown.
        vars: file-level names; a rule's own are laid over them when its templates are filled.
        calendars: opening hours by name.
        found: what the rule's conditions before this one found, and its steps; empty for its first.
        steps: how steps of the rule that waited have ended.
    """

    now: datetime
    event: Event
    kinds: frozenset[EventKind]
    message: Message | None = None
    messages: tuple[Message, ...] = ()
    text: MessageText | None = None
    pick: Pick | None = None
    menu: Menu | None = None
    contact: Contact | None = None
    conversation: Conversation | None = None
    notification: Notification | None = None
    tags: frozenset[str] | None = None
    first_message: bool | None = None
    vars: Mapping[str, Any] = msgspec.field(default_factory=dict)
    calendars: Mapping[str, Calendar] = msgspec.field(default_factory=dict)
    found: Mapping[str, Any] = msgspec.field(default_factory=dict)
    steps: Known = msgspec.field(default_factory=dict)

    def knowing(self, found: Mapping[str, Any]) -> Facts:
        """The same, for the conditions after one that found this."""
        return msgspec.structs.replace(self, found={**self.found, **found}) if found else self
