"""Whatever stands in names, titles, times and extra fields, every condition and action answers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.fuzz.mutate import ODD
from worker.actions import ACTIONS
from worker.conditions import CONDITIONS
from worker.engine.match import ask
from worker.engine.segment import Begun, numbered, segment
from worker.gateways.imbrace.lenient import decoded
from worker.gateways.imbrace.wire import EARLIEST, LATEST
from worker.model.action import RenderError
from worker.model.chat import Contact, Conversation, Message, Notification, Sender
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    MessageId,
    NotificationId,
)
from worker.model.rule import Rule
from worker.ruleset.load import check_rules
from worker.text.normalise import normalise

NOW: Final = datetime(2026, 10, 5, 3, tzinfo=UTC)
TIMES: Final = (None, EARLIEST, LATEST, NOW)
ORDINARY: Final = ("an", "vi", "2", "web", "how much", "18:00", "+85291234567", "a@b.example")
VALUES: Final = tuple(decoded(json.dumps(one).encode()) for one in ODD)
"""As a reader gives them."""

TEXTS: Final = tuple(one for one in VALUES if isinstance(one, str))
NAMES: Final = Path(__file__).parents[2] / "rules" / "names.yaml"
_KINDS: Final = ("message.received", "notification.created")
_MORE: Final = (
    "contact: {created_at: {older_than: 7d}}",
    "contact: {last_seen: {after: '2026-01-01'}}",
    "contact: {extra.a: {gt: 5}}",
    "contact: {extra.a: {contains: x}}",
    "contact: {extra.a: {in: [1, x]}}",
    "contact: {language: {matches: 'v+'}}",
    "conversation: {age: {gt: 5m}}",
    "expr: contact.extra.a > 3",
)
_FILLED: Final = "{{ contact.extra.a }} {{ message.created_at }} {{ contact.birthday | upper }}"


def every_rule(folder: Path) -> tuple[Rule, ...]:
    """A rule for each example of each condition and action, and for comparisons that could fail."""
    (folder / "names.yaml").write_text(NAMES.read_text("utf-8"), "utf-8")
    bodies = [
        f"    if:\n      - {example}\n    do:\n      - reply: '{_FILLED if kind else 'Hello'}'\n"
        for kind, examples in enumerate([(e for c in CONDITIONS for e in c.examples), _MORE])
        for example in examples
    ]
    bodies += [f"    do:\n      - {example}\n" for action in ACTIONS for example in action.examples]
    return tuple(rule for body in bodies for rule in _rules(folder, body))


def _rules(folder: Path, body: str) -> Iterator[Rule]:
    for kind in _KINDS:
        text = f"rules:\n  - id: a\n    when: {kind}\n{body}"
        (folder / "rules.yaml").write_text(text, "utf-8")
        ruleset, _ = check_rules(folder)
        if ruleset is not None:
            yield from ruleset.rules
            return


def odd_facts(rng: random.Random) -> Facts:
    """One event in which half of everything is odd."""

    def text() -> str:
        return rng.choice(TEXTS if rng.random() < 0.5 else ORDINARY)

    def texts(*names: str) -> dict[str, Any]:
        return {name: text() for name in names}

    told = rng.random() < 0.3
    message = Message(
        id=MessageId("msg_1"),
        conversation_id=ConversationId("conv_1"),
        sender=Sender.CUSTOMER,
        created_at=rng.choice(TIMES),
        **texts("type", "text", "payload", "title", "url", "caption"),
    )
    notification = Notification(
        id=NotificationId("not_1"),
        type=rng.choice((0, 201, 999)),
        created_at=rng.choice(TIMES),
        extra={"action_to": rng.choice(VALUES)},
        **texts("title", "content", "sender", "channel"),
    )
    kind = EventKind.NOTIFICATION_CREATED if told else EventKind.MESSAGE_RECEIVED
    event = Event(
        id=EventId("message:msg_1"),
        account=AccountId("imbrace"),
        kind=kind,
        at=rng.choice(TIMES) or NOW,
        conversation_id=ConversationId("conv_1"),
        contact_id=ContactId("con_1"),
        message=None if told else message,
        notification=notification if told else None,
    )
    contact = Contact(
        id=ContactId("con_1"),
        created_at=rng.choice(TIMES),
        last_seen=rng.choice(TIMES),
        extra={"a": rng.choice(VALUES), text(): rng.choice(VALUES)},
        **texts("display_name", "first_name", "last_name", "email", "phone_number", "language"),
        **texts("gender", "remark", "time_zone", "company_name", "birthday", "channel"),
    )
    conversation = Conversation(
        id=ConversationId("conv_1"),
        created_at=rng.choice(TIMES),
        last_message_at=rng.choice(TIMES),
        extra={"a": rng.choice((1, "x", 2.5, True))},
        **texts("name", "status", "mode", "channel", "team", "assigned_to"),
    )
    return Facts(
        now=NOW,
        event=event,
        kinds=frozenset({kind}),
        message=event.message,
        messages=() if told else (message,),
        text=None if told else normalise(message.text),
        contact=rng.choice((contact, contact, None)),
        conversation=rng.choice((conversation, conversation, None)),
        notification=event.notification,
        tags=frozenset({text()}),
    )


def fuzz_facts(facts: Facts, rules: tuple[Rule, ...]) -> None:
    """Every rule has an answer, and every action a work or the reason why not."""
    for rule in rules:
        asked = ask(facts, rule)
        with suppress(RenderError):
            begun = Begun(about=facts.event.id, found=asked.found)
            segment(facts, rule, numbered(rule.steps), begun)
