"""Customers say whether they want to be written to at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from tests.build import (
    CONTACT,
    CONVERSATION,
    NOW,
    Says,
    Sends,
    World,
    conversation_state,
    facts,
    message,
    rule,
    rule_set,
)
from worker.engine.opting import OPT_IN_RULE, OPT_OUT_RULE, PAUSE
from worker.engine.plan import decide
from worker.model.chat import Contact
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import EventId, IntentKey, RuleId
from worker.model.ledger import Planned, VisibleSend
from worker.model.state import ContactState

RULES = rule_set(
    rule("a"),
    stop_phrases=Says("stop"),
    stop_confirmation=Sends("bye"),
    start_phrases=Says("start"),
    start_confirmation=Sends("hello again"),
)


def out(**more: object) -> ContactState:
    """A contact that opted out an hour ago."""
    return ContactState(id=CONTACT, opted_out_at=NOW - timedelta(hours=1), **more)  # type: ignore[arg-type]


def decided(about: Facts, world: World) -> Planned:
    """The decision, with the world as it is afterwards."""
    planned = decide(about, [EventId("message:msg_1")], RULES.rules, RULES, world.standing)
    world.history.fired(planned.firings)
    world.contact = planned.contact or world.contact
    return planned


def acts(planned: Planned) -> list[tuple[str, str]]:
    """Which rule says what."""
    return [(one.rule_id, one.work["text"]) for one in planned.intents]


def test_who_opted_out_is_back_with_one_confirmation() -> None:
    """The way out is found by accident; there must be one back."""
    world = World(contact=out())
    planned = decided(facts("start"), world)
    assert acts(planned) == [(OPT_IN_RULE, "hello again")]
    assert planned.trace.note == "opted in"
    assert planned.contact is not None
    assert planned.contact.opted_out_at is None
    assert not planned.intents[0].guards.despite_opt_out
    assert planned.intents[0].guards.limits == RULES.limits
    assert acts(decided(facts("hello"), world)) == [("a", "hello")]


def test_start_is_an_ordinary_word_for_everybody_else() -> None:
    """Many menus begin with `start`."""
    assert acts(decided(facts("start"), World())) == [("a", "hello")]


@pytest.mark.parametrize(
    "contact",
    [
        out(tags=frozenset({"do-not-disturb"})),
        out(contact=Contact(id=CONTACT, do_not_disturb=True)),
    ],
)
def test_what_people_silenced_stays_silent(contact: ContactState) -> None:
    """A tag is a person's decision: a word of the customer does not undo it, nor promise so."""
    world = World(contact=contact)
    planned = decided(facts("start"), world)
    assert planned.intents == ()
    assert "silent all the same" in planned.trace.note
    assert acts(decided(facts("hello"), world)) == []


def test_a_tag_alone_is_no_opt_out_to_come_back_from() -> None:
    """The rules are asked, and say why they are silent."""
    world = World(contact=ContactState(id=CONTACT, tags=frozenset({"do-not-disturb"})))
    planned = decided(facts("start"), world)
    assert planned.contact is None
    assert [one.reason for one in planned.trace.rules] == ["opted_out"]


@pytest.mark.parametrize(
    ("texts", "rule_id"),
    [
        (("stop", "start"), None),
        (("start", "stop"), OPT_OUT_RULE),
        (("stop", "thanks"), OPT_OUT_RULE),
    ],
)
def test_the_newest_wish_of_a_burst_counts(texts: tuple[str, ...], rule_id: str | None) -> None:
    """Who takes it back in the next breath has taken it back."""
    about = facts(texts[-1])
    said = [message(text, name=f"msg_{number}") for number, text in enumerate(texts[:-1], 10)]
    assert about.message is not None
    about = changed(about, messages=(*said, about.message))
    planned = decided(about, World())
    assert [one for one, _ in acts(planned)] == [rule_id or "a"]


def test_two_machines_that_say_stop_and_start_end() -> None:
    """Each confirmation would be answered by the other's next word, for ever."""
    world = World()
    sent = 0
    for turn in range(20):
        about = changed(
            facts("stop" if turn % 2 == 0 else "start"), now=NOW + timedelta(seconds=turn)
        )
        sent += len(decided(about, world).intents)
    assert sent == 2
    later = changed(facts("stop"), now=NOW + PAUSE + timedelta(minutes=1))
    assert len(decided(later, world).intents) == 1


def test_coming_back_is_confirmed_within_the_limits() -> None:
    """What is no answer to a wish for silence is a message like any other."""
    world = World(contact=out())
    world.history.sending(
        VisibleSend(
            IntentKey(f"k{n}"), NOW - timedelta(minutes=n), CONVERSATION, CONTACT, RuleId("r")
        )
        for n in range(3)
    )
    planned = decided(facts("start"), world)
    assert planned.intents == ()
    assert planned.trace.note.startswith("opted in; not confirmed: limit")
    assert planned.contact is not None
    assert planned.contact.opted_out_at is None


def test_beside_a_person_nothing_is_confirmed() -> None:
    """The colleague who is writing reads it too."""
    world = World(contact=out(), conversation=conversation_state(last_person_at=NOW))
    planned = decided(facts("start"), world)
    assert planned.intents == ()
    assert planned.trace.note.startswith("opted in; not confirmed: human")


def test_an_event_that_speaks_of_an_old_message_opts_nobody_out() -> None:
    """A customer who waits and once said stop would opt out again and again."""
    about = facts("stop")
    event = changed(about.event, kind=EventKind.CONVERSATION_WAITING)
    about = changed(about, event=event, kinds=frozenset({event.kind}))
    planned = decided(about, World())
    assert planned.contact is None
    assert planned.trace.note == ""
