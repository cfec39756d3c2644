"""What would be otherwise by now, had other rules acted: silences, menus, tags, contact fields.

A replay sees each decision's recorded facts. Where other rules did something else before, these
facts would be others, and the difference is laid over them until something else changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from worker.actions import ACTIONS_BY_KIND
from worker.conditions.fields import WRITABLE
from worker.engine.recorded import Seen
from worker.model.action import Intent
from worker.model.chat import Contact
from worker.model.ids import IntentKey
from worker.model.state import ContactState, ConversationState, Menu

SAME_TIME = timedelta(minutes=15)
"""Two times this close are one: an action is done a little after it was planned."""

_CONVERSATION = ("silent_until", "silent_until_closed", "menu")

_REMEMBERED = 4

State = TypeVar("State", ConversationState, Contact)


@dataclass(frozen=True, slots=True)
class Effects:
    """The intents of one decision that took effect, by the two rule sets."""

    live: Mapping[IntentKey, Intent]
    ours: Mapping[IntentKey, Intent]

    @property
    def agree(self) -> bool:
        """Both did the same."""
        return self.live.keys() == self.ours.keys() and all(
            self.live[key].work == one.work for key, one in self.ours.items()
        )


@dataclass(slots=True)
class _Laid:
    """`fields`: by name, what it would be, and as what it may be recorded meanwhile: as it was
    before the live rules acted, or after that.
    """

    fields: dict[str, tuple[Any, tuple[Any, ...]]] = field(default_factory=dict)
    more_tags: frozenset[str] = frozenset()
    fewer_tags: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        return not (self.fields or self.more_tags or self.fewer_tags)

    def over(self, state: State) -> State:
        """The state as it would be; what something else changed since then counts as recorded."""
        for name, (_, known) in list(self.fields.items()):
            if not any(_same(getattr(state, name), one) for one in known):
                del self.fields[name]
        changes: dict[str, Any] = {name: ours for name, (ours, _) in self.fields.items()}
        return replace(state, **changes) if changes else state

    def differ(self, names: Iterable[str], ours: object, before: object, live: object) -> None:
        """These fields differ from now on, or no longer.

        Args:
            before: as recorded; `live`: as it is once the live rules' actions are done.
        """
        for name in names:
            own, recorded = getattr(ours, name), (getattr(before, name), getattr(live, name))
            if _same(own, recorded[1]):
                self.fields.pop(name, None)
                continue
            _, known = self.fields.get(name, (own, ()))
            new = tuple(one for one in recorded if not any(_same(one, old) for old in known))
            self.fields[name] = (own, (*known, *new)[-_REMEMBERED:])


class Divergence:
    """The difference, conversation by conversation and contact by contact: only where there is
    one.
    """

    def __init__(self) -> None:
        self._conversations: dict[str, _Laid] = {}
        self._contacts: dict[str, _Laid] = {}
        self._opted: dict[str, tuple[datetime | None, datetime | None]] = {}

    def laid_over(self, seen: Seen) -> Seen:
        """What would have been seen."""
        conversation, contact = seen.conversation, seen.contact
        if conversation is not None:
            laid = self._conversations.get(conversation.conversation.id)
            if laid is not None:
                if conversation.conversation.status == "closed":
                    laid.fields.pop("silent_until_closed", None)  # that is when it ends
                conversation = laid.over(conversation)
        if contact is not None:
            contact = self._contact(contact)
        return replace(seen, conversation=conversation, contact=contact)

    def _contact(self, state: ContactState) -> ContactState:
        laid = self._contacts.get(state.id)
        if laid is not None:
            tags = (state.tags | laid.more_tags) - laid.fewer_tags
            contact = None if state.contact is None else laid.over(state.contact)
            state = replace(state, tags=tags, contact=contact)
        opted = self._opted.get(state.id)
        if opted is not None:
            if _same(state.opted_out_at, opted[1]):
                state = replace(state, opted_out_at=opted[0])
            else:
                del self._opted[state.id]
        return state

    def acted(self, seen: Seen, ours: Seen, effects: Effects) -> None:
        """Both rule sets have acted on one event.

        Args:
            seen: as recorded; `ours` as it would have been seen.
        """
        if effects.agree and seen == ours:
            return
        if seen.conversation is not None and ours.conversation is not None:
            name = seen.conversation.conversation.id
            laid = self._conversations.setdefault(name, _Laid())
            laid.differ(
                _CONVERSATION,
                _after(ours.conversation, ours, effects.ours),
                seen.conversation,
                _after(seen.conversation, seen, effects.live),
            )
            if laid.empty:
                del self._conversations[name]
        if seen.contact is not None and ours.contact is not None:
            self._contact_differs(
                _contact_after(ours.contact, ours, effects.ours),
                seen.contact,
                _contact_after(seen.contact, seen, effects.live),
            )

    def _contact_differs(
        self, ours: ContactState, before: ContactState, live: ContactState
    ) -> None:
        laid = self._contacts.setdefault(ours.id, _Laid())
        laid.more_tags, laid.fewer_tags = ours.tags - live.tags, live.tags - ours.tags
        if ours.contact is not None and before.contact is not None and live.contact is not None:
            laid.differ(sorted(WRITABLE), ours.contact, before.contact, live.contact)
        if laid.empty:
            del self._contacts[ours.id]

    def opted(self, contact: ContactState, ours: datetime | None, live: datetime | None) -> None:
        """After one event the contact has opted out, or not: by our rules, and by the live ones."""
        if _same(ours, live):
            self._opted.pop(contact.id, None)
        else:
            self._opted[contact.id] = (ours, live)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) <= SAME_TIME
    if isinstance(one, Menu) and isinstance(other, Menu):
        return (one.name, one.options) == (other.name, other.options)
    return bool(one == other)


def _after(
    state: ConversationState, seen: Seen, intents: Mapping[IntentKey, Intent]
) -> ConversationState:
    for intent in intents.values():
        desk = _Desk(replace(intent, attempt=1), state, seen.contact, seen.at)
        left = ACTIONS_BY_KIND[intent.kind].aftermath(intent.work, desk)  # type: ignore[arg-type]
        state = left.conversation or state
    return state


def _contact_after(
    state: ContactState, seen: Seen, intents: Mapping[IntentKey, Intent]
) -> ContactState:
    for intent in intents.values():
        desk = _Desk(replace(intent, attempt=1), seen.conversation, state, seen.at)
        left = ACTIONS_BY_KIND[intent.kind].aftermath(intent.work, desk)  # type: ignore[arg-type]
        state = left.contact or state
        if intent.kind == "update_contact" and state.contact is not None:
            state = replace(state, contact=_updated(state.contact, intent.work))
    return state


def _updated(contact: Contact, work: Mapping[str, Any]) -> Contact:
    keep = work["only_if_empty"]
    changes = {
        name: value
        for name, value in work["fields"].items()
        if not (keep and getattr(contact, name))
    }
    return replace(contact, **changes)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an action's aftermath looks at."""

    intent: Intent
    conversation: ConversationState | None
    contact: ContactState | None
    now: datetime
