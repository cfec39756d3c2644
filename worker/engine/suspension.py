"""What a step leaves behind that waits: its row, and the mark in its conversation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec
from msgspec.structs import replace

from worker.calendars import Calendar
from worker.model.action import Intent, IntentState
from worker.model.flow import ASK, SUSPENDING, Flow, FlowMark, FlowOutcome, Timer
from worker.model.state import ConversationState
from worker.model.verdict import Reason

OWN_CONDITION = frozenset({Reason.CONDITION.value, Reason.UNDECIDED.value})
"""A step that is skipped for these reasons does not stop the steps after it."""


def suspended(intent: Intent, now: datetime, calendars: Mapping[str, Calendar]) -> Timer | None:
    """The row that the settled intent leaves; None: the rule does not go on after it.

    A step that was not done because of its own condition, or that failed where the rule goes on
    after failures, lets the rest go on at once.

    Args:
        now: platform time of the settling.
        calendars: opening hours in force. A time in a calendar that is gone passes as any other.
    """
    if intent.kind not in SUSPENDING or "flow" not in intent.work:
        return None
    flow = msgspec.convert(intent.work["flow"], Flow)
    if intent.state is IntentState.DONE:
        begun = intent.claimed_at or now
        if intent.kind == ASK:
            flow = replace(flow, asked_at=begun)
        return _timer(intent, _due(flow, begun, calendars), flow)
    if intent.state is IntentState.SKIPPED and intent.reason in OWN_CONDITION:
        return _timer(intent, now, replace(flow, outcome=FlowOutcome.SKIPPED))
    if intent.state is IntentState.DEAD and intent.guards.continue_on_error:
        return _timer(intent, now, replace(flow, outcome=FlowOutcome.FAILED))
    return None


def _due(flow: Flow, begun: datetime, calendars: Mapping[str, Calendar]) -> datetime:
    length = timedelta(seconds=flow.wait_s)
    calendar = calendars.get(flow.calendar)
    due = calendar.add_open(begun, length) if calendar is not None else None
    return due or begun + length


def _timer(intent: Intent, due_at: datetime, flow: Flow) -> Timer:
    return Timer(
        key=intent.key,
        account=intent.account,
        kind=cast('Literal["wait", "ask"]', intent.kind),
        due_at=due_at,
        flow=flow,
        conversation_id=intent.conversation_id,
        contact_id=intent.contact_id,
    )


def marked(state: ConversationState, timer: Timer) -> ConversationState:
    """The state with the mark of a flow that waits; one that goes on at once has none."""
    if timer.flow.outcome is not None or any(mark.key == timer.key for mark in state.flows):
        return state
    mark = FlowMark(
        key=timer.key,
        rule_id=timer.flow.rule_id,
        kind=timer.kind,
        about=timer.flow.about,
        step=timer.flow.step,
        until=timer.flow.until,
        visible=timer.flow.visible,
        person_ends=timer.flow.person_ends,
    )
    return replace(state, flows=(*state.flows, mark))
