"""Customers whom nobody answers: what the worker does about them, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.model.action import IntentState
from worker.model.event import EventKind
from worker.model.verdict import Reason
from worker.sandbox.switches import Switches

MINUTE = 60.0
CHAIN = """
rules:
  - id: sorry
    when: { conversation.waiting: { for: 15m } }
    do:
      - reply: { text: { en: "We are late, sorry: {{ message.text }}", th: "ขออภัยค่ะ" } }
  - id: alarm
    when: { conversation.waiting: { for: 30m } }
    do:
      - note: "Nobody answered since {{ event.at }}"
      - tag: unanswered
"""
GREETS = """
  - id: greet
    when: message.received
    settle: 0s
    do: [{ reply: "Thank you, we read this soon" }]
"""


def reasons(place: Place, rule: str) -> list[Reason]:
    """What the rule said to each event it was asked about."""
    return [
        one.reason
        for stored in place.ledger._events.values()
        for one in (stored.trace.rules if stored.trace else ())
        if one.rule == rule
    ]


def waited(place: Place) -> list[str]:
    """Ids of the events about waiting, by the last part: how long."""
    return [
        stored.event.id.rpartition(":")[2]
        for stored in place.ledger._events.values()
        if stored.event.kind is EventKind.CONVERSATION_WAITING
    ]


def notes(place: Place, one: str) -> int:
    """How many notes stand in the conversation."""
    return len(place.stage.transcript(one)["comments"])


def test_who_keeps_writing_waits_no_longer_for_it(tmp_path: Path) -> None:
    """Measured from the last message, the most urgent customers would wait the longest."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            for _ in range(7):
                await place.passes(2 * MINUTE)
                place.stage.customer_says(one, "anybody?")
            assert place.texts(one) == []
            await place.passes(MINUTE + 10)
            assert place.texts(one) == ["We are late, sorry: anybody?"]
            assert notes(place, one) == 0
            await place.passes(15 * MINUTE)
            assert notes(place, one) == 1
            await place.passes(60 * MINUTE)
        assert place.texts(one) == ["We are late, sorry: anybody?"]
        assert notes(place, one) == 1
        assert waited(place) == ["15m", "30m"]

    play(CHAIN, scenario, tmp_path)


def test_an_answer_ends_the_waiting_and_a_new_question_begins_it_anew(tmp_path: Path) -> None:
    """A customer would be apologised to after the answer, or only once in a lifetime."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "first")
            await place.passes(10 * MINUTE)
            place.stage.agent_says(one, "here I am")
            await place.passes(60 * MINUTE)
            assert waited(place) == []
            place.stage.customer_says(one, "second")
            await place.passes(14 * MINUTE)
            assert place.texts(one) == []
            await place.passes(2 * MINUTE)
        assert place.texts(one) == ["We are late, sorry: second"]

    play(CHAIN, scenario, tmp_path)


def test_the_apology_is_in_the_customers_language(tmp_path: Path) -> None:
    """The last message says which, as it does for any answer."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation(language="th")
            place.stage.customer_says(one, "มีใครอยู่ไหมคะ")
            await place.passes(16 * MINUTE)
        assert place.texts(one) == ["ขออภัยค่ะ"]

    play(CHAIN, scenario, tmp_path)


def test_a_greeting_by_the_worker_is_no_answer(tmp_path: Path) -> None:
    """A machine that greets everybody would hide that no person ever comes."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(40 * MINUTE)
        assert place.texts(one) == ["Thank you, we read this soon", "We are late, sorry: hello?"]
        assert notes(place, one) == 1

    play(CHAIN + GREETS, scenario, tmp_path)


@pytest.mark.parametrize(("greets", "sent"), [("", 1), (GREETS, 1)])
def test_a_greeting_by_the_worker_is_an_answer_where_the_rule_says_so(
    tmp_path: Path, greets: str, sent: int
) -> None:
    """`automatic: counts`: only who got nothing at all is written to."""
    rules = """
rules:
  - id: forgotten
    when: { conversation.waiting: { for: 5m, automatic: counts } }
    do: [{ reply: "Nobody is here yet" }]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(60 * MINUTE)
        assert len(place.texts(one)) == sent
        assert (place.texts(one) == ["Nobody is here yet"]) is (not greets)

    play(rules + greets, scenario, tmp_path)


def test_two_rules_of_one_moment_do_not_both_write(tmp_path: Path) -> None:
    """What the one says is an automatic answer to the other."""
    rules = """
rules:
  - id: first
    when: { conversation.waiting: { for: 5m } }
    do: [{ reply: one }]
  - id: second
    when: { conversation.waiting: { for: 5m, automatic: counts } }
    do: [{ reply: two }]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(20 * MINUTE)
        assert place.texts(one) == ["one"]
        assert reasons(place, "second") == [Reason.CONDITION]

    play(rules, scenario, tmp_path)


def test_an_answer_that_no_poll_has_seen_keeps_everything_back(tmp_path: Path) -> None:
    """A note that nobody answered, below the answer, makes people stop reading notes."""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_messages=timedelta(seconds=60)):
            one = place.conversation()
            await place.passes(60)
            place.stage.customer_says(one, "hello?")
            await place.passes(14 * MINUTE + 52)  # what is known may be five seconds old
            place.stage.agent_says(one, "just in time")
            await place.passes(40 * MINUTE)
        assert place.texts(one) == []
        assert notes(place, one) == 0
        assert {row.state for row in place.intents} <= {IntentState.SKIPPED}

    play(CHAIN, scenario, tmp_path)


def test_a_restart_neither_forgets_nor_repeats(tmp_path: Path) -> None:
    """Whoever waited when the process died would wait for ever, or be written to at each start."""

    async def scenario(place: Place) -> None:
        async with place.doomed_worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(5 * MINUTE)
        await place.passes(12 * MINUTE)
        async with place.doomed_worker():
            await place.passes(30)
            assert place.texts(one) == ["We are late, sorry: hello?"]
        for _ in range(3):
            async with place.worker():
                await place.passes(30)
        async with place.worker():
            await place.passes(15 * MINUTE)
        assert place.texts(one) == ["We are late, sorry: hello?"]
        assert notes(place, one) == 1
        assert waited(place) == ["15m", "30m"]

    play(CHAIN, scenario, tmp_path)


def test_what_people_did_while_the_worker_was_stopped_is_known_first(tmp_path: Path) -> None:
    """At each start everybody who was answered meanwhile would be called unanswered."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            answered, asked = place.conversation(), place.conversation()
            place.stage.customer_says(answered, "hello?")
            await place.passes(5 * MINUTE)
        place.stage.agent_says(answered, "yes?")
        place.stage.customer_says(asked, "written while nobody looked")
        await place.passes(17 * MINUTE)
        async with place.worker():
            await place.passes(30)
            assert waited(place) == ["15m"]
        assert place.texts(answered) == []
        assert place.texts(asked) == ["We are late, sorry: written while nobody looked"]

    play(CHAIN, scenario, tmp_path)


def test_after_a_long_stop_it_is_recorded_and_too_late(tmp_path: Path) -> None:
    """An apology for yesterday helps nobody; why there is none is on record."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(5 * MINUTE)
        await place.passes(24 * 60 * MINUTE)
        async with place.worker():
            await place.passes(60)
        assert place.texts(one) == []
        assert reasons(place, "sorry") == [Reason.STALE] == reasons(place, "alarm")

    play(CHAIN, scenario, tmp_path)


def test_a_rule_that_is_new_helps_those_it_still_can(tmp_path: Path) -> None:
    """Saving a file must not write to everybody whom only a machine answered last week."""

    async def scenario(place: Place) -> None:
        rules = place.rules.read_text("utf-8")
        place.rules.write_text("rules: []", "utf-8")
        async with place.worker(watch=True):
            long_ago, just_over, not_yet = (place.conversation() for _ in range(3))
            place.stage.customer_says(long_ago, "a")
            await place.passes(3 * 60 * MINUTE)
            place.stage.customer_says(just_over, "b")
            await place.passes(15 * MINUTE)
            place.stage.customer_says(not_yet, "c")
            await place.passes(5 * MINUTE)
            place.rules.write_text(rules, "utf-8")
            await place.passes(60)
            assert place.texts(just_over) == ["We are late, sorry: b"]
            assert place.texts(not_yet) == []
            await place.passes(10 * MINUTE)
        assert place.texts(long_ago) == []
        assert place.texts(not_yet) == ["We are late, sorry: c"]
        assert sorted(waited(place)) == ["15m", "15m", "30m"]

    play(CHAIN, scenario, tmp_path)


@pytest.mark.parametrize(("start_from", "sent"), [("now", 0), ("beginning", 1)])
def test_history_does_not_wait_unless_it_is_asked_for(
    tmp_path: Path, start_from: str, sent: int
) -> None:
    """The first start would apologise to everybody in the list."""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        place.stage.customer_says(one, "before the worker came")
        await place.passes(5 * MINUTE)
        async with place.worker(start_from=start_from):
            await place.passes(20 * MINUTE)
            assert len(place.texts(one)) == sent
            again = place.conversation()
            place.stage.customer_says(again, "after it came")
            await place.passes(16 * MINUTE)
        assert len(place.texts(again)) == 1

    play(CHAIN, scenario, tmp_path)


def test_a_closed_conversation_waits_for_nobody_until_the_customer_writes(tmp_path: Path) -> None:
    """What people settled by telephone would be escalated; a new question would be forgotten."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(10 * MINUTE)
            place.stage.set_status(one, "closed")
            await place.passes(60 * MINUTE)
            place.stage.set_status(one, "active")
            await place.passes(60 * MINUTE)
            assert waited(place) == []
            place.stage.set_status(one, "closed")
            await place.passes(60)
            place.stage.customer_says(one, "one more thing")
            await place.passes(16 * MINUTE)
        assert place.texts(one) == ["We are late, sorry: one more thing"]

    play(CHAIN, scenario, tmp_path, switches=Switches(reopen_on_customer_message=True))


def test_a_silenced_conversation_is_noted_and_not_written_to(tmp_path: Path) -> None:
    """Who was handed over waits all the same, and colleagues must hear of it."""
    rules = (
        CHAIN
        + """
  - id: person
    when: message.received
    if: [{ text: person }]
    settle: 0s
    do: [{ hand_over: { for: 2h } }]
"""
    )

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "a person please")
            await place.passes(40 * MINUTE)
        assert place.texts(one) == []
        assert reasons(place, "sorry") == [Reason.HANDED_OVER]
        assert notes(place, one) == 1

    play(rules, scenario, tmp_path)


def test_the_last_message_picks_nothing_and_stops_nothing(tmp_path: Path) -> None:
    """The event speaks of an old message: a menu would be picked from twice."""
    rules = """
rules:
  - id: menu
    when: message.received
    settle: 0s
    if: [{ text: { equals: menu } }]
    do: [{ reply: { text: Pick, menu: main, quick_replies: [Prices, Hours] } }]
  - id: hours
    when: { quick_reply.picked: { menu: main } }
    do: [{ reply: "We open at nine" }]
  - id: sorry
    when: { conversation.waiting: { for: 15m } }
    do: [{ reply: "You said {{ message.text }}" }]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "menu")
            await place.passes(30)
            place.stage.customer_says(one, "2")
            await place.passes(20 * MINUTE)
        assert place.texts(one)[1:] == ["We open at nine", "You said 2"]

    play(rules, scenario, tmp_path)


@pytest.mark.parametrize("ahead_s", [600.0, -600.0])
def test_waiting_is_measured_by_the_platforms_clock(tmp_path: Path, ahead_s: float) -> None:
    """Ten minutes between two clocks would be ten minutes too early or too late."""

    async def scenario(place: Place) -> None:
        place.stage.set_clock(ahead_s)
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(14 * MINUTE + 50)
            assert place.texts(one) == []
            await place.passes(15)
        assert len(place.texts(one)) == 1

    play(CHAIN, scenario, tmp_path)


def test_a_wall_clock_that_is_set_moves_nobodys_waiting(tmp_path: Path) -> None:
    """An administrator who sets the clock would write to everybody at once."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(5 * MINUTE)
            place.clock.jump(timedelta(hours=1))
            place.stage.set_clock(-3600.0)  # the platform's own clock stays
            await place.passes(9 * MINUTE)
            assert place.texts(one) == []
            await place.passes(2 * MINUTE)
        assert len(place.texts(one)) == 1

    play(CHAIN, scenario, tmp_path)


def test_two_hundred_who_wait_are_each_written_to_once(tmp_path: Path) -> None:
    """A team meeting lets everybody cross at once: nobody may be lost in the crowd."""

    async def scenario(place: Place) -> None:
        async with place.worker(requests_per_minute=60_000):
            many = []
            for _ in range(200):
                many.append(place.conversation())
                place.stage.customer_says(many[-1], "hello?")
            await place.passes(5 * MINUTE)
            for one in many[::10]:
                place.stage.agent_says(one, "yes?")
            await place.passes(12 * MINUTE)
            counts = [len(place.texts(one)) for one in many]
            assert counts == [int(number % 10 != 0) for number in range(200)]
        async with place.worker(requests_per_minute=60_000):
            await place.passes(60)
        assert [len(place.texts(one)) for one in many] == counts

    play(CHAIN, scenario, tmp_path)


def test_who_waits_is_found_without_a_conversation_list(tmp_path: Path) -> None:
    """An account with the public documents' calls alone has the same customers."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one, two = place.conversation(), place.conversation()
            place.stage.customer_says(one, "hello?")
            place.stage.customer_says(two, "hello?")
            await place.passes(10 * MINUTE)
            place.stage.agent_says(two, "yes?")
            await place.passes(8 * MINUTE)
        assert [len(place.texts(name)) for name in (one, two)] == [1, 0]

    play(CHAIN, scenario, tmp_path, switches=Switches(team_list=False))


def test_a_rule_in_shadow_is_told_and_does_nothing(tmp_path: Path) -> None:
    """A chain of escalations is watched for a week before it goes live."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello?")
            await place.passes(40 * MINUTE)
        assert place.texts(one) == []
        assert notes(place, one) == 0
        assert reasons(place, "sorry") == [Reason.SHADOW] == reasons(place, "alarm")

    play("defaults: { state: shadow }\n" + CHAIN, scenario, tmp_path)
