"""Actions that wait for a person, settled by hand while the worker runs; old history dropped."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.virtual_worker import Place, play
from worker.model.action import Intent, IntentState
from worker.model.hand import Act
from worker.model.ids import IntentKey, MessageId
from worker.runtime.by_hand import BY_HAND, REFUSED, decision

REPLY = """
rules:
  - id: price
    when: message.received
    settle: 0s
    if: [{ text: { contains: price } }]
    do: [{ reply: Our price list }]
"""
SHORT_MEMORY = """
defaults:
  limits: [{ max: 9, within: 1m, per: conversation }, { max: 9, within: 1m, per: contact }]
rules:
  - id: price
    when: message.received
    settle: 0s
    allow_unsafe: true
    if: [{ text: { contains: price } }]
    do: [{ reply: Our price list }]
"""
MENU = """
rules:
  - id: menu
    when: message.received
    settle: 0s
    if: [{ text: { equals: menu } }]
    do: [{ reply: { text: Pick one, menu: main, quick_replies: [Prices, Hours] } }]
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: Hours } }
    settle: 0s
    do: [{ reply: We open at nine }]
"""
NO_SENDING = "send_message: 400"


async def _dead(place: Place, text: str = "price?") -> tuple[str, Intent]:
    """The platform refused the answer for good."""
    conversation = place.conversation()
    await place.passes(10)
    place.gateway.faults.add(NO_SENDING)
    place.stage.customer_says(conversation, text)
    await place.passes(30)
    place.gateway.faults.clear()
    (intent,) = place.intents
    assert intent.state is IntentState.DEAD
    return conversation, intent


async def _by_hand(place: Place, intent: Intent, act: Act, message: str | None = None) -> str:
    """The worker's answer to a decision."""
    number = await place.ledger.ask(decision(intent, act, place.clock.now(), message))
    await place.passes(5)
    answer = await place.ledger.answered(number)
    assert answer is not None
    return answer


async def _state(place: Place, intent: Intent) -> Intent:
    stored = await place.ledger.intent(intent.key)
    assert stored is not None
    return stored


def test_a_dead_action_is_done_after_all_when_a_person_says_so(tmp_path: Path) -> None:
    """Without it, an outage's lost answers could only be typed by hand."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place)
            await place.passes(1200)  # long after its deadline: it must not be stale at once
            assert "retried" in await _by_hand(place, intent, Act.RETRY)
            await place.passes(20)
            assert place.texts(conversation) == ["Our price list"]
            assert (await _state(place, intent)).state is IntentState.DONE
            # the worker knows the message as its own: the next question is answered as before
            place.stage.customer_says(conversation, "and the price of that?")
            await place.passes(20)
            assert len(place.texts(conversation)) == 2

    play(REPLY, scenario, tmp_path)


def test_a_retry_asks_the_guards_again(tmp_path: Path) -> None:
    """A colleague who has answered meanwhile is not talked over by an old answer."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place)
            place.stage.agent_says(conversation, "Hello, this is Mei")
            await place.passes(10)
            await _by_hand(place, intent, Act.RETRY)
            await place.passes(20)
            assert place.texts(conversation) == []
            assert (await _state(place, intent)).reason == "human"

    play(REPLY, scenario, tmp_path)


@pytest.mark.parametrize(
    ("act", "state", "reason"),
    [(Act.DROP, IntentState.SKIPPED, BY_HAND), (Act.CONFIRM, IntentState.DONE, "")],
)
def test_what_is_dropped_or_confirmed_is_never_sent(
    tmp_path: Path, act: Act, state: IntentState, reason: str
) -> None:
    """The person has answered already: the customer must not hear it again, after a restart too."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place)
            await _by_hand(place, intent, act, "msg_1" if act is Act.CONFIRM else None)
            now = await _state(place, intent)
            assert (now.state, now.reason) == (state, reason)
            assert now.result_id == (MessageId("msg_1") if act is Act.CONFIRM else None)
        async with place.worker():
            await place.passes(60)
            assert place.texts(conversation) == []

    play(REPLY, scenario, tmp_path)


def test_what_waits_for_nobody_is_refused_with_its_state(tmp_path: Path) -> None:
    """Two people at once: the second one is told, and nothing is sent twice."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place)
            await _by_hand(place, intent, Act.RETRY)
            await place.passes(20)
            answer = await _by_hand(place, intent, Act.RETRY)
            assert answer.startswith(REFUSED)
            assert "is done" in answer
            unknown = await place.ledger.ask(
                decision(replace(intent, key=IntentKey("f" * 32)), Act.DROP, place.clock.now())
            )
            await place.passes(5)
            assert "there is no action" in str(await place.ledger.answered(unknown))
            assert place.texts(conversation) == ["Our price list"]

    play(REPLY, scenario, tmp_path)


def test_a_confirmed_menu_waits_for_its_pick(tmp_path: Path) -> None:
    """The customer sees the buttons: pressing one must not be taken for an ordinary message."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place, "menu")
            await _by_hand(place, intent, Act.CONFIRM)
            place.stage.customer_says(conversation, "Hours")
            await place.passes(20)
            assert place.texts(conversation) == ["We open at nine"]

    play(MENU, scenario, tmp_path)


def test_a_decision_made_while_no_worker_runs_is_carried_out_by_the_next(tmp_path: Path) -> None:
    """A decision that was put down just before a restart must not be lost with it."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            conversation, intent = await _dead(place)
        await place.ledger.ask(decision(intent, Act.RETRY, place.clock.now()))
        async with place.worker():
            await place.passes(20)
            assert place.texts(conversation) == ["Our price list"]

    play(REPLY, scenario, tmp_path)


def test_history_is_dropped_in_time_and_nothing_is_answered_again(tmp_path: Path) -> None:
    """The store must stay bounded, and old messages on the platform must stay old."""

    async def scenario(place: Place) -> None:
        async with place.worker(keep_history=timedelta(minutes=5)):
            conversation = place.conversation()
            place.stage.customer_says(conversation, "price?")
            await place.passes(1000)
            assert (await place.ledger.summary()).intents == {}
            other = place.conversation()
            place.stage.customer_says(other, "price?")
            await place.passes(30)
        async with place.worker(keep_history=timedelta(minutes=5)):
            place.stage.customer_says(conversation, "thanks")
            await place.passes(30)
            assert place.texts(conversation) == ["Our price list"]
            place.stage.customer_says(conversation, "one more: the price of that?")
            await place.passes(30)
            assert len(place.texts(conversation)) == 2
            assert place.texts(other) == ["Our price list"]

    play(SHORT_MEMORY, scenario, tmp_path)


def test_what_waits_for_a_person_is_logged_with_the_command(tmp_path: Path) -> None:
    """Whoever reads the log at night is told what to do, not only that something is wrong."""
    lines: list[MutableMapping[str, Any]] = []

    async def scenario(place: Place) -> None:
        with capture_logs() as captured:
            async with place.worker():
                _, intent = await _dead(place)
                (held,) = [line for line in captured if line["event"] == "intent.held"]
                assert held["log_level"] == "warning"
                assert f"worker actions show {intent.key}" in held["settle"]
                lines.append(held)

    play(REPLY, scenario, tmp_path)
    assert lines[0]["state"] == "dead"


def test_a_limit_that_looks_further_back_after_a_change_finds_what_was_sent(
    tmp_path: Path,
) -> None:
    """An author who tightens a limit must not give every customer a fresh allowance."""

    async def scenario(place: Place) -> None:
        async with place.worker(watch=True):
            conversation = place.conversation()
            place.stage.customer_says(conversation, "price?")
            await place.passes(600)
            tight = SHORT_MEMORY.replace("max: 9, within: 1m", "max: 1, within: 1h")
            place.rules.write_text(tight, "utf-8")
            await place.passes(10)
            place.stage.customer_says(conversation, "price?")
            await place.passes(60)
            assert place.texts(conversation) == ["Our price list"]

    play(SHORT_MEMORY, scenario, tmp_path)
