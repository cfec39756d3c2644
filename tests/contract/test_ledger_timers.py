"""Rows of flows that wait: what every ledger promises about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.clocks import HandClock
from tests.contract.conftest import Store
from tests.unit.ledger.nouns import (
    ACCOUNT,
    OTHER,
    TRACE,
    at,
    conversation_state,
    event,
    intent,
    planned,
    receipt,
    settlement,
)
from worker.model.action import Intent, IntentState
from worker.model.event import Event, EventKind
from worker.model.flow import Flow, FlowOutcome, Resumed, Timer
from worker.model.ids import ConversationId, EventId, IntentKey, RuleId
from worker.model.ledger import Ledger, Planned, Receipt
from worker.model.verdict import Reason

S = IntentState


def timer_of(made: Intent, due: datetime, **more: object) -> Timer:
    """A question's row, asked by the intent."""
    flow = Flow(
        script="s1",
        rule_id=RuleId("greet"),
        about=made.event_id,
        step="number",
        position=made.position,
        rest=(1, 2),
        found={"name": "陳大文"},
        steps={"first": {"outcome": "elapsed"}},
        until=("agent.replied",),
        own_doing=(Reason.CLOSED,),
        asked_at=due,
    )
    return Timer(
        key=made.key,
        account=made.account,
        kind="ask",
        due_at=due,
        flow=replace(flow, **more),  # type: ignore[arg-type]
        conversation_id=made.conversation_id,
        contact_id=made.contact_id,
    )


def fired(timer: Timer, outcome: FlowOutcome = FlowOutcome.TIMED_OUT) -> Event:
    """The event that the timer becomes."""
    resumed = Resumed(
        timer=timer.key, rule_id=timer.flow.rule_id, outcome=outcome, about=timer.flow.about
    )
    return Event(
        id=timer.event_id,
        account=timer.account,
        kind=EventKind.FLOW_RESUMED,
        at=timer.due_at or at(0),
        conversation_id=timer.conversation_id,
        resumed=resumed,
    )


async def waiting(
    ledger: Ledger, number: int, due: float, conversation: str = "conv_1", **more: object
) -> Timer:
    """A message was answered by a question, which waits until then."""
    seen = event(number, conversation=conversation)
    made = intent(seen, kind="ask")
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=(made,), scripts={"s1": "the rule"})])
    await ledger.claim([made.key], at(number))
    timer = timer_of(made, at(due), **more)
    await ledger.settle([settlement(made, S.DONE, timer=timer)])
    return timer


async def test_a_row_is_stored_with_its_step_and_found_by_its_time(store: Store) -> None:
    """A question without its row is an answer that nobody waits for."""
    later = await waiting(store.ledger, 1, 500)
    sooner = await waiting(store.ledger, 2, 400, "conv_2")
    for reopened in (False, True):
        ledger = await store.reopen() if reopened else store.ledger
        assert await ledger.timers(ACCOUNT) == (sooner, later)
        assert await ledger.timers(ACCOUNT, before=at(400)) == (sooner,)
        assert await ledger.timers(ACCOUNT, before=at(399)) == ()
        assert await ledger.timers(ACCOUNT, limit=1) == (sooner,)
        of_one = await ledger.timers(ACCOUNT, conversation_id=ConversationId("conv_1"))
        assert of_one == (later,)
        assert await ledger.timers(OTHER) == ()
        assert await ledger.timer(ACCOUNT, later.key) == later
        assert await ledger.timer(OTHER, later.key) is None
        assert (await ledger.summary(ACCOUNT)).timers == 2
        assert (await ledger.summary()).timers == 2
        assert await ledger.script("s1") == "the rule"
        assert await ledger.script("s2") is None


async def test_a_refused_settlement_leaves_no_row(ledger: Ledger) -> None:
    """A flow that goes on although its question was never asked talks to nobody."""
    seen = event(1)
    made = intent(seen, kind="ask")
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=(made,))])
    with pytest.raises(Exception, match="cannot become"):
        await ledger.settle([settlement(made, S.DONE, timer=timer_of(made, at(9)))])
    assert await ledger.timers(ACCOUNT) == ()


async def test_a_settlement_repeated_does_not_wait_again(ledger: Ledger) -> None:
    """An answer of the store lost on its way is asked again: the time must not move."""
    timer = await waiting(ledger, 1, 500)
    made = await ledger.intent(timer.key)
    assert made is not None
    await ledger.settle([settlement(made, S.DONE, timer=replace(timer, due_at=at(900)))])
    assert await ledger.timers(ACCOUNT) == (timer,)


async def test_firing_is_one_step_with_the_event_and_happens_once(ledger: Ledger) -> None:
    """Between a row that is gone and an event that is not there yet a flow would be lost."""
    timer = await waiting(ledger, 1, 500)
    state = conversation_state(read_marker="7")
    event_of = fired(timer)
    stored = await ledger.receive(
        Receipt(account=ACCOUNT, events=(event_of,), conversations=(state,))
    )
    assert stored == (timer.event_id,)
    assert await ledger.timers(ACCOUNT) == ()
    row = await ledger.timer(ACCOUNT, timer.key)
    assert row == replace(timer, due_at=None)
    assert [one.event for one in await ledger.unplanned(ACCOUNT)] == [event_of]
    again = fired(timer, FlowOutcome.ANSWERED)
    assert await ledger.receive(Receipt(account=ACCOUNT, events=(again,))) == ()
    assert [one.event for one in await ledger.unplanned(ACCOUNT)] == [event_of]


async def test_an_answer_fires_the_row_with_its_decision(store: Store) -> None:
    """The answer is consumed exactly when the flow goes on: both or neither."""
    ledger = store.ledger
    timer = await waiting(ledger, 1, 500)
    answer = event(2)
    await ledger.receive(receipt(answer))
    going_on = fired(timer, FlowOutcome.ANSWERED)
    await ledger.plan([planned(answer, caused=(going_on,))])
    ledger = await store.reopen()
    assert [one.event for one in await ledger.unplanned(ACCOUNT)] == [going_on]
    assert await ledger.timers(ACCOUNT) == ()
    other = fired(timer, FlowOutcome.TIMED_OUT)
    await ledger.plan([planned(answer, caused=(other,))])
    assert [one.event for one in await ledger.unplanned(ACCOUNT)] == [going_on]


async def test_the_row_is_used_up_by_the_decision_that_goes_on(ledger: Ledger) -> None:
    """A row that stays would go on twice; one that goes early leaves nothing to go on with."""
    timer = await waiting(ledger, 1, 500)
    event_of = fired(timer)
    await ledger.receive(Receipt(account=ACCOUNT, events=(event_of,)))
    next_step = intent(event_of, 1)
    await ledger.plan([planned(event_of, intents=(next_step,), ended=(timer.key,))])
    assert await ledger.timer(ACCOUNT, timer.key) is None
    assert await ledger.timers(ACCOUNT) == ()
    assert [one.key for one in await ledger.open_intents(ACCOUNT)] == [next_step.key]


async def test_a_wrong_answer_moves_the_row_unless_it_has_fired(ledger: Ledger) -> None:
    """The time to answer begins anew with a question asked again; a fired one is past that."""
    timer = await waiting(ledger, 1, 500)
    wrong = event(2)
    moved = replace(timer, due_at=at(800), flow=replace(timer.flow, wrong=1))
    await ledger.receive(receipt(wrong))
    await ledger.plan([planned(wrong, timers=(moved,))])
    assert await ledger.timers(ACCOUNT) == (moved,)
    await ledger.receive(Receipt(account=ACCOUNT, events=(fired(moved),)))
    late = event(3)
    await ledger.receive(receipt(late))
    await ledger.plan([planned(late, timers=(replace(moved, due_at=at(999)),))])
    assert await ledger.timers(ACCOUNT) == ()


async def test_pruning_keeps_flows_that_wait_and_what_they_speak_of(
    ledger: Ledger, clock: HandClock
) -> None:
    """A follow-up after a season speaks of a message older than the history that is kept."""
    timer = await waiting(ledger, 1, 10**7)
    for number in (2, 3):
        await ledger.receive(receipt(event(number, conversation="conv_2")))
        await ledger.plan([planned(event(number, conversation="conv_2"))])
    await clock.sleep(86_400)
    await ledger.receive(receipt(event(4, conversation="conv_3")))
    before = clock.now()
    assert (await ledger.prunable(ACCOUNT, before)).events == 2
    assert (await ledger.prune(ACCOUNT, before)).events == 2
    assert await ledger.event(ACCOUNT, timer.flow.about) is not None
    assert await ledger.timers(ACCOUNT) == (timer,)
    assert await ledger.script("s1") == "the rule"
    await ledger.receive(Receipt(account=ACCOUNT, events=(fired(timer),)))
    assert (await ledger.prunable(ACCOUNT, before)).events == 0
    await ledger.plan(
        [
            Planned(
                account=ACCOUNT,
                events=(timer.event_id,),
                at=at(9),
                trace=TRACE,
                ended=(timer.key,),
            )
        ]
    )
    await ledger.receive(receipt(event(5, conversation="conv_3")))
    await ledger.plan([planned(event(5, conversation="conv_3"))])
    assert (await ledger.prunable(ACCOUNT, before)).events == 1


async def test_a_flow_outside_any_conversation_keeps_its_event(
    ledger: Ledger, clock: HandClock
) -> None:
    """A notification is dismissed after an hour only if it is still known by then."""
    timer = await waiting(ledger, 1, 500)
    loose = replace(
        timer,
        key=IntentKey("loose"),
        conversation_id=None,
        flow=replace(timer.flow, about=EventId("notification:1")),
    )
    seen = event(2, conversation="conv_2")
    made = intent(seen)
    await ledger.receive(receipt(seen, event(3, conversation="conv_2")))
    await ledger.plan([planned(seen, intents=(made,))])
    await ledger.claim([made.key], at(1))
    about_it = replace(loose, flow=replace(loose.flow, about=seen.id))
    await ledger.settle([settlement(made, S.DONE, timer=about_it)])
    await clock.sleep(86_400)
    assert (await ledger.prune(ACCOUNT, clock.now())).events == 0
    assert (await ledger.timers(ACCOUNT))[-1].conversation_id is None
