"""What a decision saw besides its events: written down with it, and read back to decide anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from worker.actions.menu import pick
from worker.engine.standing import Going
from worker.model.chat import Contact, Conversation
from worker.model.event import Event, EventKind
from worker.model.facts import Facts, Names
from worker.model.flow import Flow, Timer
from worker.model.ids import IntentKey, RuleId
from worker.model.rule import RuleSet
from worker.model.state import ContactState, ConversationState, Menu, Unanswered
from worker.text.normalise import LONGEST_READ, normalise


def context_of(
    facts: Facts,
    ruleset: RuleSet,
    conversation: ConversationState | None,
    contact: ContactState | None,
    flows: Sequence[Going] = (),
) -> Mapping[str, Any]:
    """All that decided besides the event itself, so that the decision can be made again."""
    standing: dict[str, Any] = {}
    if conversation is not None:
        standing = {
            "last_person_at": conversation.last_person_at,
            "silent_until": conversation.silent_until,
            "silent_until_closed": conversation.silent_until_closed or None,
        }
        if facts.event.since is not None:
            standing["awaits_person"] = conversation.awaits_person
            standing["awaits_answer"] = conversation.awaits_answer
    if contact is not None:
        standing["opted_out_at"] = contact.opted_out_at
    context: dict[str, Any] = {
        "ruleset": ruleset.version,
        "contact": facts.contact,
        "conversation": facts.conversation,
        "tags": None if facts.tags is None else sorted(facts.tags),
        "first_message": facts.first_message,
        "pick": facts.pick,
        "menu": facts.menu,
        "messages": [message.id for message in facts.messages],
        "standing": {name: value for name, value in standing.items() if value is not None},
    }
    if flows:
        context["flows"] = [_waiting(going.timer) for going in flows]
    return context


def _waiting(timer: Timer) -> Mapping[str, Any]:
    """What of a flow matters to rules that are asked while it waits."""
    flow = timer.flow
    return {"key": timer.key, "kind": timer.kind, "rule": flow.rule_id, "until": flow.until}


TALK = "talk"
"""In the context: the rule whose open question took the message."""


def of_a_flow(events: Sequence[Event], context: Mapping[str, Any]) -> bool:
    """The decision was about a rule that waited, and not about which rule answers."""
    return TALK in context or any(one.kind is EventKind.FLOW_RESUMED for one in events)


class _Standing(msgspec.Struct, frozen=True):
    last_person_at: datetime | None = None
    silent_until: datetime | None = None
    silent_until_closed: bool = False
    awaits_person: Unanswered | None = None
    awaits_answer: Unanswered | None = None
    opted_out_at: datetime | None = None


class _Waiting(msgspec.Struct, frozen=True):
    key: IntentKey
    kind: Literal["wait", "ask"]
    rule: RuleId
    until: tuple[str, ...] = ()

    def going(self, event: Event) -> Going:
        """The flow, as far as other rules ask about it: it cannot go on from here."""
        flow = Flow(
            script="", rule_id=self.rule, about=event.id, position=0, rest=(), until=self.until
        )
        timer = Timer(
            key=self.key,
            account=event.account,
            kind=self.kind,
            due_at=None,
            flow=flow,
            conversation_id=event.conversation_id,
            contact_id=event.contact_id,
        )
        return Going(timer=timer, rule=None)


class _Context(msgspec.Struct, frozen=True):
    contact: Contact | None = None
    conversation: Conversation | None = None
    tags: tuple[str, ...] | None = None
    first_message: bool | None = None
    menu: Menu | None = None
    standing: _Standing | None = None
    flows: tuple[_Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a decision was made from, but for the rules and for what rules had done before.

    Args:
        event: the deciding one of `events`, with the conversation and contact found for it.
        flows: what waited in the conversation.
    """

    event: Event
    events: tuple[Event, ...]
    at: datetime
    conversation: ConversationState | None
    contact: ContactState | None
    first_message: bool | None
    flows: tuple[Going, ...] = ()


def seen(events: Sequence[Event], at: datetime, context: Mapping[str, Any]) -> Seen:
    """What was seen, of a decision on `events` (the deciding one last) and its recorded context.

    Raises:
        ValueError: the context is not one that `context_of` wrote.
    """
    told = msgspec.convert(context, _Context)
    standing = told.standing or _Standing()
    event = events[-1]
    if event.conversation_id is None and told.conversation is not None:
        event = replace(
            event,
            conversation_id=told.conversation.id,
            contact_id=told.conversation.contact_id,
        )
    conversation = contact = None
    if told.conversation is not None:
        conversation = ConversationState(
            conversation=told.conversation,
            opened=True,
            last_person_at=standing.last_person_at,
            silent_until=standing.silent_until,
            silent_until_closed=standing.silent_until_closed,
            awaits_person=standing.awaits_person,
            awaits_answer=standing.awaits_answer,
            menu=told.menu,
        )
    if event.contact_id is not None:
        contact = ContactState(
            id=event.contact_id,
            contact=told.contact,
            tags=frozenset(told.tags or ()),
            opted_out_at=standing.opted_out_at,
        )
    return Seen(
        event=event,
        events=(*events[:-1], event),
        at=at,
        conversation=conversation,
        contact=contact,
        first_message=told.first_message,
        flows=tuple(one.going(event) for one in told.flows),
    )


def facts_of(past: Seen, names: Names) -> Facts:
    """The facts that rules are asked about; `names` are the rule set's own."""
    event, conversation, contact = past.event, past.conversation, past.contact
    message = event.message
    menu = conversation.menu if conversation is not None else None
    arrived = event.kind is EventKind.MESSAGE_RECEIVED
    picked = pick(menu, message, past.at) if arrived and message is not None else None
    return Facts(
        now=past.at,
        event=event,
        kinds=frozenset({event.kind, EventKind.QUICK_REPLY_PICKED} if picked else {event.kind}),
        message=message,
        messages=tuple(one.message for one in past.events if one.message is not None),
        text=normalise(message.words[:LONGEST_READ]) if message is not None else None,
        pick=picked,
        menu=menu,
        contact=contact.contact if contact is not None else None,
        conversation=conversation.conversation if conversation is not None else None,
        notification=event.notification,
        tags=contact.tags if contact is not None else None,
        first_message=past.first_message,
        vars=names.vars,
        calendars=names.calendars,
    )
