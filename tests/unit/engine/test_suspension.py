"""What a settled step leaves behind that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.build import NOW, conversation_state, event, message
from tests.unit.ledger.nouns import intent
from worker.calendars import Calendar
from worker.calendars.spans import Span
from worker.engine.suspension import marked, suspended
from worker.model.action import Intent, IntentState
from worker.model.flow import Flow, FlowOutcome
from worker.model.ids import EventId, RuleId


def step(state: IntentState, **more: Any) -> Intent:
    """A question that was settled so."""
    flow = Flow(
        script="s",
        rule_id=RuleId("greet"),
        about=EventId("message:msg_1"),
        position=0,
        rest=(1,),
        step="name",
        wait_s=3600.0,
    )
    made = intent(event(message()), kind="ask", work={"flow": msgspec.to_builtins(flow)})
    return replace(made, state=state, claimed_at=NOW, **more)


def test_the_time_counts_from_the_call_and_not_from_its_settling() -> None:
    """After a crash the question is read back minutes later; its time began when it was asked."""
    timer = suspended(step(IntentState.DONE), NOW + timedelta(minutes=9), {})
    assert timer is not None
    assert timer.due_at == NOW + timedelta(hours=1)
    assert timer.flow.asked_at == NOW


def test_only_opening_hours_count_where_a_calendar_is_named() -> None:
    """A callback within two hours means two hours with somebody there."""
    calendar = Calendar(name="shop", zone=ZoneInfo("UTC"), weekly=((Span(540, 660),),) * 7)
    asked = step(IntentState.DONE)
    flow = {**asked.work["flow"], "calendar": "shop"}
    asked = replace(
        asked, work={"flow": flow}, claimed_at=datetime(2026, 10, 5, 10, 30, tzinfo=UTC)
    )
    timer = suspended(asked, NOW, {"shop": calendar})
    assert timer is not None
    assert timer.due_at == datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
    gone = suspended(asked, NOW, {})
    assert gone is not None
    assert gone.due_at == datetime(2026, 10, 5, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settled", "outcome"),
    [
        (step(IntentState.SKIPPED, reason="condition"), FlowOutcome.SKIPPED),
        (step(IntentState.SKIPPED, reason="undecided"), FlowOutcome.SKIPPED),
        (step(IntentState.SKIPPED, reason="human"), None),
        (step(IntentState.SKIPPED, reason="by_hand"), None),
        (step(IntentState.DEAD), None),
        (step(IntentState.IN_DOUBT), None),
        (step(IntentState.RETRYING), None),
    ],
)
def test_a_question_that_was_not_asked(settled: Intent, outcome: FlowOutcome | None) -> None:
    """Left out by its own condition, the rule goes on at once; withheld or refused, it ends."""
    timer = suspended(settled, NOW, {})
    assert (timer.flow.outcome if timer else None) == outcome
    if timer is not None:
        assert timer.due_at == NOW
        state = conversation_state()
        assert marked(state, timer) is state


def test_a_failure_that_the_rule_goes_on_after_lets_the_rest_go_on() -> None:
    """`continue_on_error` is also for questions."""
    guards = step(IntentState.DEAD).guards
    failed = step(IntentState.DEAD, guards=replace(guards, continue_on_error=True))
    timer = suspended(failed, NOW, {})
    assert timer is not None
    assert timer.flow.outcome is FlowOutcome.FAILED


def test_the_mark_stands_in_the_conversation_once() -> None:
    """Two marks of one row would let the rule go on twice."""
    timer = suspended(step(IntentState.DONE), NOW, {})
    assert timer is not None
    state = marked(conversation_state(), timer)
    assert [mark.key for mark in state.flows] == [timer.key]
    assert marked(state, timer) is state
