"""Promises that no single room keeps alone: rules that change under way, clocks, restarts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.model.ids import AccountId
from worker.sandbox.switches import Switches

PLAIN = """
rules:
  - id: any
    when: message.received
    do:
      - reply: "Our answer"
"""


def test_an_opt_out_counts_though_the_customer_writes_on(tmp_path: Path) -> None:
    """Of a burst the last message decides; `stop` in an earlier one would be overheard."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "stop")
            await place.passes(0.5)
            place.stage.customer_says(one, "thanks")
            await place.passes(30)
            place.stage.customer_says(one, "price?")
            await place.passes(30)
        (confirmation,) = place.texts(one)
        assert "no more automatic messages" in confirmation

    play(PLAIN, scenario, tmp_path)


def test_a_delay_is_as_long_as_written_whatever_the_platforms_clock(tmp_path: Path) -> None:
    """A platform ten minutes ahead would keep a customer waiting ten minutes for a `delay: 5s`."""
    rules = PLAIN.replace('"Our answer"', '{ text: "Our answer", delay: 5s }')

    async def scenario(place: Place) -> None:
        place.stage.set_clock(600.0)
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "price?")
            await place.passes(3)
            assert place.texts(one) == []
            await place.passes(20)
            assert place.texts(one) == ["Our answer"]

    play(rules, scenario, tmp_path)


def test_a_delayed_reply_does_not_hold_up_later_answers(tmp_path: Path) -> None:
    """One `delay: 1h` would leave the customer's next questions unanswered until they are stale."""
    rules = """
rules:
  - id: later
    when: message.received
    if: [ { text: { mentions: later } } ]
    do:
      - reply: { text: "As promised", delay: 1h }
      - reply: "And more"
  - id: now
    when: message.received
    do: [ { reply: "At once" } ]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "write to me later")
            await place.passes(30)
            place.stage.customer_says(one, "one more question")
            await place.passes(30)
            assert place.texts(one) == ["At once"]
        await place.passes(11 * 60)  # longer than the limits look back
        async with place.worker():
            place.stage.customer_says(one, "another question")
            await place.passes(30)
            assert place.texts(one) == ["At once", "At once"]
            await place.passes(3600)
        assert place.texts(one)[2:] == ["As promised", "And more"]

    play(rules, scenario, tmp_path)


CONDITIONAL = """
vars: { word: yes-please }
rules:
  - id: steps
    when: message.received
    vars: { other: x }
    do:
      - reply: { text: "First", delay: 20s }
      - reply: "Second"
        if: [ { expr: "vars.word in message.text" } ]
"""


@pytest.mark.parametrize(
    ("changed", "said", "expected"),
    [
        (CONDITIONAL, "yes-please", ["First", "Second"]),
        (CONDITIONAL, "no", ["First"]),
        ("rules: []", "yes-please", ["First", "Second"]),
        ("rules: []", "no", ["First"]),
        (CONDITIONAL.replace("vars.word in", "'o' in"), "no", ["First"]),
    ],
)
def test_rules_under_way_finish_with_the_version_that_planned_them(
    tmp_path: Path, changed: str, said: str, expected: list[str]
) -> None:
    """A step's condition would be asked of other rules, or of none once its rule is deleted."""

    async def scenario(place: Place) -> None:
        async with place.worker(watch=True):
            one = place.conversation()
            place.stage.customer_says(one, said)
            await place.passes(6)
            place.rules.write_text(changed, "utf-8")
            await place.passes(60)
        assert place.texts(one) == expected

    play(CONDITIONAL, scenario, tmp_path)


@pytest.mark.parametrize(("changed", "expected"), [(False, ["First", "Second"]), (True, ["First"])])
def test_a_conditional_step_survives_a_restart_only_with_its_condition(
    tmp_path: Path, expected: list[str], *, changed: bool
) -> None:
    """A step's condition would be forgotten with the process, and the step done anyway."""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        async with place.worker():
            place.stage.customer_says(one, "yes-please")
            await place.passes(6)
        if changed:
            place.rules.write_text("rules: []", "utf-8")
        async with place.worker():
            await place.passes(60)
        assert place.texts(one) == expected

    play(CONDITIONAL, scenario, tmp_path)


def test_what_was_refused_before_a_long_stop_is_not_sent_after_it(tmp_path: Path) -> None:
    """A customer would get an answer to a question of last night."""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        place.gateway.faults.add("POST conversation_messages: 429-before")
        async with place.worker():
            place.stage.customer_says(one, "price?")
            await place.passes(20)
        place.gateway.faults.clear()
        await place.passes(5 * 3600)
        async with place.worker():
            await place.passes(120)
        assert place.texts(one) == []

    play(PLAIN, scenario, tmp_path)


def test_a_dead_step_stops_its_rule_after_a_restart_too(tmp_path: Path) -> None:
    """`continue_on_error: false` would hold until the process ends."""
    rules = """
rules:
  - id: two
    when: message.received
    do:
      - reply: "First"
      - reply: { text: "Second", delay: 20s }
"""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        place.gateway.faults.add("POST conversation_messages: 400-before count=1")
        async with place.worker():
            place.stage.customer_says(one, "price?")
            await place.passes(10)
        async with place.worker():
            await place.passes(60)
        assert place.texts(one) == []

    play(rules, scenario, tmp_path)


def test_of_too_many_replies_the_first_are_sent_in_their_order(tmp_path: Path) -> None:
    """A limit would cut a rule's replies at random places: the customer reads an end without a
    beginning.
    """
    steps = "".join(f'      - reply: "Part {number}"\n' for number in range(1, 7))
    rules = f"rules:\n  - id: many\n    when: message.received\n    do:\n{steps}"

    async def scenario(place: Place) -> None:
        async with place.worker():
            ones = [place.conversation() for _ in range(5)]
            for one in ones:
                place.stage.customer_says(one, "price?")
            await place.passes(60)
        for one in ones:
            assert place.texts(one) == ["Part 1", "Part 2", "Part 3"]

    play(rules, scenario, tmp_path)


def test_rules_changed_while_the_worker_starts_are_loaded(tmp_path: Path) -> None:
    """An edit in the second between loading and watching would wait for the next edit."""

    async def scenario(place: Place) -> None:
        opened = place.ledger.open

        async def open_slowly() -> None:
            await opened()
            place.rules.write_text(PLAIN.replace("Our answer", "Newer"), "utf-8")

        place.ledger.open = open_slowly  # type: ignore[method-assign]
        async with place.worker(watch=True):
            one = place.conversation()
            place.stage.customer_says(one, "price?")
            await place.passes(30)
        assert place.texts(one) == ["Newer"]

    play(PLAIN, scenario, tmp_path)


def test_the_ledger_tells_when_each_source_was_last_read(tmp_path: Path) -> None:
    """`worker status` beside a running worker could not tell a quiet day from a dead poll."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            await place.passes(60)
            memo = await place.ledger.memo(AccountId("imbrace"))
            read = {name: memo.get(f"polled.{name}", "") for name in ("messages", "notifications")}
            assert all(
                place.clock.now() - datetime.fromisoformat(at) < timedelta(seconds=20)
                for at in read.values()
            )
            assert memo["rules.version"]

    play(PLAIN, scenario, tmp_path)


@pytest.mark.parametrize("detail", [True, False])
@pytest.mark.parametrize("change", ["closed", "spam", "automation"])
def test_without_a_conversation_list_closing_is_noticed_all_the_same(
    tmp_path: Path, change: str, *, detail: bool
) -> None:
    """Where each conversation is read by itself, its messages alone would pass for all of it."""

    async def scenario(place: Place) -> None:
        place.gateway.faults.add("* search_conversations: 404-before")
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await place.passes(300)
            assert place.texts(one) == ["Our answer"]
            if change == "automation":
                place.stage.set_mode(one, "automation")
            else:
                place.stage.set_status(one, change)
            place.stage.customer_says(one, "price?")
            await place.passes(120)
        assert place.texts(one) == ["Our answer"]
        assert place.gateway.requests.counts["search_conversations"] < 10

    play(PLAIN, scenario, tmp_path, switches=Switches(team_list=False, team_detail=detail))


def test_without_a_conversation_list_a_hand_over_ends_when_it_is_closed(tmp_path: Path) -> None:
    """Nobody would tell the worker that the colleague is done: silence for ever."""
    rules = """
rules:
  - id: person
    when: message.received
    if: [ { text: { mentions: person } } ]
    do:
      - hand_over: true
  - id: any
    when: message.received
    do: [ { reply: "Our answer" } ]
"""

    async def scenario(place: Place) -> None:
        place.gateway.faults.add("* search_conversations: 404-before")
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "a person please")
            await place.passes(120)
            place.stage.set_status(one, "closed")
            await place.passes(120)
            place.stage.set_status(one, "active")
            before = len(place.texts(one))
            place.stage.customer_says(one, "price?")
            await place.passes(120)
        assert len(place.texts(one)) == before + 1

    play(rules, scenario, tmp_path, switches=Switches(team_list=False))
