"""What colleagues do, to the rules that wait in their conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.build import ACCOUNT, NOW, conversation_state
from worker.model.event import Event
from worker.model.flow import FlowMark, FlowOutcome
from worker.model.ids import EventId, IntentKey, RuleId
from worker.model.state import ConversationState
from worker.model.verdict import Reason
from worker.sources.intake import Intake
from worker.sources.signs import with_signs


def mark(name: str, **more: Any) -> FlowMark:
    """A flow that waits."""
    return FlowMark(
        key=IntentKey(name),
        rule_id=RuleId("flow"),
        kind="wait",
        about=EventId("message:msg_1"),
        **more,
    )


def noticed(before: ConversationState, after: ConversationState) -> Intake:
    """What a read brought that changed the one into the other."""
    return with_signs(ACCOUNT, Intake(after, (), None), before, NOW)


def outcomes(events: tuple[Event, ...]) -> list[tuple[str, FlowOutcome, Reason | None]]:
    """By timer: how it goes on or ends."""
    return [
        (one.resumed.timer, one.resumed.outcome, one.resumed.reason)
        for one in events
        if one.resumed is not None
    ]


ALL = (
    mark("awaits", until=("agent.replied",)),
    mark("seen"),
    mark("unseen", visible=False),
    mark("deaf", person_ends=False),
    mark("ends", until=("conversation.closed",), visible=False),
)


def test_a_colleagues_message_ends_what_customers_would_see() -> None:
    """Each flow by its own terms: awaited, ended, or no matter of theirs."""
    before = conversation_state(flows=ALL)
    intake = noticed(before, conversation_state(flows=ALL, last_person_at=NOW))
    assert outcomes(intake.events) == [
        ("awaits", FlowOutcome.AGENT_REPLIED, None),
        ("seen", FlowOutcome.CANCELLED, Reason.HUMAN),
    ]
    assert [one.key for one in intake.state.flows] == ["unseen", "deaf", "ends"]


def test_a_closing_ends_what_customers_would_see_and_is_told_to_who_awaits_it() -> None:
    """A follow-up in a closed conversation opens it again for nobody."""
    before = conversation_state(flows=ALL)
    intake = noticed(before, conversation_state(flows=ALL, status="closed"))
    assert outcomes(intake.events) == [
        ("awaits", FlowOutcome.CANCELLED, Reason.CLOSED),
        ("seen", FlowOutcome.CANCELLED, Reason.CLOSED),
        ("deaf", FlowOutcome.CANCELLED, Reason.CLOSED),
        ("ends", FlowOutcome.CONVERSATION_CLOSED, None),
    ]


def test_what_is_known_already_is_no_sign() -> None:
    """Lists repeat: a colleague's old message must not end each new question."""
    known = conversation_state(flows=ALL, last_person_at=NOW - timedelta(hours=1), status="closed")
    assert noticed(known, known) == Intake(known, (), None)
