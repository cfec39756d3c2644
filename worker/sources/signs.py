"""What colleagues do in a conversation, to the rules that wait there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from worker.engine.flow import cancelled, marked_event
from worker.engine.guards import SILENT_STATUSES
from worker.model.event import Event
from worker.model.flow import FlowMark, FlowOutcome
from worker.model.ids import AccountId
from worker.model.state import ConversationState
from worker.model.verdict import Reason
from worker.sources.intake import EPOCH, Intake


def with_signs(
    account: AccountId, intake: Intake, before: ConversationState, now: datetime
) -> Intake:
    """The intake with an event for each rule that goes on or ends by what was read.

    Args:
        before: the conversation as it was known before the reading.
        now: platform time.
    """
    state = intake.state
    if not state.flows:
        return intake
    signs = tuple(_signs(before, state))
    if not signs:
        return intake
    events: list[Event] = []
    left: list[FlowMark] = []
    for mark in state.flows:
        event = _event(account, mark, signs, state, now)
        if event is None:
            left.append(mark)
        else:
            events.append(event)
    state = replace(state, flows=tuple(left))
    return replace(intake, state=state, events=(*intake.events, *events))


def _signs(before: ConversationState, after: ConversationState) -> Iterator[FlowOutcome]:
    if (after.last_person_at or EPOCH) > (before.last_person_at or EPOCH):
        yield FlowOutcome.AGENT_REPLIED
    status = after.conversation.status
    if status in SILENT_STATUSES and status != before.conversation.status:
        yield FlowOutcome.CONVERSATION_CLOSED


def _event(
    account: AccountId,
    mark: FlowMark,
    signs: tuple[FlowOutcome, ...],
    state: ConversationState,
    now: datetime,
) -> Event | None:
    """What becomes of the flow; None: it goes on waiting."""
    conversation = state.conversation
    awaited = next((sign for sign in signs if sign.value in mark.until), None)
    outcome = awaited or FlowOutcome.CANCELLED
    event = marked_event(account, mark, outcome, now, conversation.id, conversation.contact_id)
    if awaited is not None:
        return event
    if FlowOutcome.CONVERSATION_CLOSED in signs and mark.visible:
        return cancelled(event, Reason.CLOSED, f"conversation is {conversation.status}")
    if FlowOutcome.AGENT_REPLIED in signs and mark.visible and mark.person_ends:
        return cancelled(event, Reason.HUMAN, "a person wrote")
    return None
