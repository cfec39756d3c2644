"""What every ledger promises, asked of each implementation."""

from __future__ import annotations

import asyncio

import pytest

from tests.clocks import HandClock
from tests.contract.conftest import Store
from tests.unit.ledger.nouns import (
    ACCOUNT,
    OTHER,
    TRACE,
    at,
    contact_state,
    conversation_state,
    event,
    firing,
    intent,
    own_message,
    planned,
    receipt,
    settlement,
)
from worker.errors import LedgerError
from worker.ledger.standing import MAY_BECOME
from worker.ledger.traces import CONTEXT_BYTES
from worker.model.action import Intent, IntentState
from worker.model.aside import BACKLOG
from worker.model.ids import ContactId, ConversationId, EventId, IntentKey, MessageId, RuleId
from worker.model.ledger import Activity, Ledger, Receipt, Settlement, visible_send
from worker.model.verdict import Trace

S = IntentState


async def _planned(ledger: Ledger, *positions: int, number: int = 1) -> list[Intent]:
    seen = event(number)
    intents = [intent(seen, position) for position in positions or (0,)]
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=tuple(intents))])
    return intents


async def _brought_to(ledger: Ledger, state: IntentState, number: int = 1) -> Intent:
    (made,) = await _planned(ledger, number=number)
    ways = {
        S.PENDING: (),
        S.SKIPPED: (S.SKIPPED,),
        S.SENDING: (S.SENDING,),
        S.IN_DOUBT: (S.SENDING, S.UNKNOWN, S.IN_DOUBT),
    }
    for step in ways.get(state, (S.SENDING, state)):
        if step is S.SENDING:
            await ledger.claim([made.key], at(10))
        else:
            await ledger.settle([settlement(made, step)])
    return made


async def test_an_event_is_stored_once_however_often_it_is_seen(ledger: Ledger) -> None:
    """Lists repeat rows: without this a customer is answered once per repetition."""
    assert await ledger.receive(receipt(event(1), event(2))) == (event(1).id, event(2).id)
    again = await ledger.receive(receipt(event(2, text="changed"), event(3), event(3)))
    assert again == (event(3).id,)
    assert [stored.event for stored in await ledger.unplanned(ACCOUNT)] == [
        event(1),
        event(2),
        event(3),
    ]


async def test_an_event_comes_back_whole_with_the_time_it_was_received(
    ledger: Ledger, clock: HandClock
) -> None:
    """A field that is lost here is a fact the rules never see after a restart."""
    await ledger.receive(receipt(event(1)))
    stored = await ledger.event(ACCOUNT, event(1).id)
    assert stored is not None
    assert stored.event == event(1)
    assert stored.received_at == clock.now()
    assert (stored.planned_at, stored.trace, stored.context) == (None, None, {})
    assert await ledger.event(ACCOUNT, EventId("message:none")) is None


async def test_receiving_nothing_new_still_moves_cursors_and_states(ledger: Ledger) -> None:
    """A read that found nothing new must not be read again from the old cursor."""
    state, contact = conversation_state(), contact_state()
    got = await ledger.receive(
        Receipt(account=ACCOUNT, memo={"c": "1"}, conversations=(state,), contacts=(contact,))
    )
    assert got == ()
    assert await ledger.memo(ACCOUNT) == {"c": "1"}
    known = await ledger.conversations(ACCOUNT, [state.conversation.id, ConversationId("x")])
    assert known == {state.conversation.id: state}
    assert await ledger.contacts(ACCOUNT, [contact.id, ContactId("x")]) == {contact.id: contact}


async def test_an_event_of_another_account_is_refused_with_its_whole_receipt(
    ledger: Ledger,
) -> None:
    """Accounts share a store; mixing them would answer one's customers as the other."""
    with pytest.raises(LedgerError, match="another account"):
        await ledger.receive(receipt(event(1), event(2, account=OTHER), memo={"c": "1"}))
    assert await ledger.unplanned(ACCOUNT) == ()
    assert await ledger.memo(ACCOUNT) == {}


async def test_accounts_of_one_store_do_not_see_each_other(ledger: Ledger) -> None:
    """Two accounts may hold the same platform ids."""
    for account in (ACCOUNT, OTHER):
        seen = event(1, account=account)
        assert await ledger.receive(receipt(seen, memo={"who": account})) == (seen.id,)
        await ledger.plan([planned(seen, intents=(intent(seen),), firings=(firing(1),))])
    assert await ledger.memo(OTHER) == {"who": OTHER}
    for account in (ACCOUNT, OTHER):
        assert [made.account for made in await ledger.open_intents(account)] == [account]
        assert len((await ledger.recent(account, at(0))).firings) == 1
        assert (await ledger.summary(account)).events == 1
    everything = await ledger.summary()
    assert everything.events == 2
    assert everything.memo == {"acc_1/who": ACCOUNT, "acc_2/who": OTHER}


async def test_messages_of_our_own_side_are_recorded_and_never_planned(ledger: Ledger) -> None:
    """A worker that died after each of its answers would answer itself at the next start."""
    ours = own_message(1)
    assert await ledger.receive(receipt(ours, event(2))) == (ours.id, event(2).id)
    assert [stored.event.id for stored in await ledger.unplanned(ACCOUNT)] == [event(2).id]
    assert await ledger.plan([planned(ours, intents=(intent(ours),))]) == ()
    assert (await ledger.summary(ACCOUNT)).unplanned == 1
    stored = await ledger.event(ACCOUNT, ours.id)
    assert stored is not None
    assert stored.trace == Trace(note="own_message: this worker sent it")


async def test_history_is_recorded_and_never_planned(ledger: Ledger) -> None:
    """A first start must not answer a year of old messages."""
    old = event(1, history=True)
    await ledger.receive(receipt(old, event(2)))
    assert [stored.event.id for stored in await ledger.unplanned(ACCOUNT)] == [event(2).id]
    assert await ledger.plan([planned(old, intents=(intent(old),))]) == ()
    assert await ledger.open_intents(ACCOUNT) == ()
    assert [stored.event.history for stored in await ledger.events(ACCOUNT)] == [False, True]
    told = [stored.trace for stored in await ledger.events(ACCOUNT)]
    assert told == [None, BACKLOG]


async def test_planning_the_same_event_again_changes_nothing(ledger: Ledger) -> None:
    """After a crash events are planned again, perhaps by other rules: still one answer."""
    (first,) = await _planned(ledger)
    seen = event(1)
    other = intent(seen, 1, rule_id="other")
    again = planned(
        seen, intents=(first, other), firings=(firing(1),), conversation=conversation_state()
    )
    assert await ledger.plan([again]) == ()
    assert await ledger.open_intents(ACCOUNT) == (first,)
    assert (await ledger.recent(ACCOUNT, at(0))).firings == ()
    assert await ledger.tracked(ACCOUNT) == ()


async def test_a_key_that_is_known_is_not_planned_under_another_event(ledger: Ledger) -> None:
    """The key is the last guard against doing a thing twice."""
    (first,) = await _planned(ledger)
    seen = event(2)
    await ledger.receive(receipt(seen))
    fresh = intent(seen, 1)
    made = await ledger.plan([planned(seen, intents=(intent(seen, 0, key=first.key), fresh))])
    assert made == (fresh.key,)
    assert (await ledger.intent(first.key)) == first


async def test_a_decision_stands_with_the_last_event_of_its_burst(ledger: Ledger) -> None:
    """Three quick messages get one answer; each must be done with, and say what decided it."""
    burst = [event(number) for number in (1, 2, 3)]
    await ledger.receive(receipt(*burst))
    made = intent(burst[-1])
    assert await ledger.plan([planned(*burst, intents=(made,))]) == (made.key,)
    assert await ledger.unplanned(ACCOUNT) == ()
    first, last = [await ledger.event(ACCOUNT, seen.id) for seen in (burst[0], burst[-1])]
    assert first is not None
    assert last is not None
    assert (last.planned_at, last.trace) == (burst[-1].at, TRACE)
    assert last.context == {"text": "hi", "numbers": [1, 2.5]}
    assert first.planned_at == burst[-1].at
    assert first.trace is not None
    assert (first.trace.rules, first.context) == ((), {})
    assert burst[-1].id in first.trace.note


async def test_two_decisions_on_one_event_in_one_call_are_one(ledger: Ledger) -> None:
    """The same holds within a batch as between calls."""
    seen = event(1)
    await ledger.receive(receipt(seen))
    twice = planned(seen, intents=(intent(seen),))
    assert await ledger.plan([twice, twice]) == (intent(seen).key,)


async def test_planning_on_an_unknown_event_changes_nothing_at_all(ledger: Ledger) -> None:
    """One transaction: a wrong decision must not leave its neighbours half planned."""
    seen, unknown = event(1), event(2)
    await ledger.receive(receipt(seen))
    with pytest.raises(LedgerError, match="message:msg_2 is not in the ledger"):
        await ledger.plan([planned(seen, intents=(intent(seen),)), planned(unknown)])
    assert len(await ledger.unplanned(ACCOUNT)) == 1
    assert await ledger.open_intents(ACCOUNT) == ()


async def test_an_intent_must_belong_to_its_decision(ledger: Ledger) -> None:
    """An intent under a foreign event would be done out of its lane's order."""
    await ledger.receive(receipt(event(1), event(2)))
    with pytest.raises(LedgerError, match="does not belong"):
        await ledger.plan([planned(event(1), intents=(intent(event(2)),))])
    with pytest.raises(LedgerError, match="cannot begin as done"):
        await ledger.plan([planned(event(1), intents=(intent(event(1), state=S.DONE),))])
    with pytest.raises(LedgerError, match="name its events"):
        await ledger.plan([planned(event(1), events=())])
    assert len(await ledger.unplanned(ACCOUNT)) == 2


async def test_an_intent_comes_back_whole(ledger: Ledger) -> None:
    """Everything the doing needs must outlive the process that planned it."""
    seen = event(1)
    await ledger.receive(receipt(seen))
    late = intent(seen, 0, not_before=at(50))
    withheld = intent(seen, 1, state=S.SKIPPED, reason="human", settled_at=at(1))
    await ledger.plan([planned(seen, intents=(late, withheld))])
    assert await ledger.intent(late.key) == late
    assert await ledger.intent(withheld.key) == withheld
    assert await ledger.intent(IntentKey("none")) is None
    assert await ledger.open_intents(ACCOUNT) == (late,)


async def test_open_intents_are_in_the_order_of_events_and_positions(ledger: Ledger) -> None:
    """After a restart a conversation's actions must go on in order."""
    await ledger.receive(receipt(event(9), event(1, conversation="conv_2"), event(5)))
    for number in (5, 1, 9):
        seen = event(number, conversation="conv_2" if number == 1 else "conv_1")
        await ledger.plan([planned(seen, intents=(intent(seen, 1), intent(seen, 0)))])
    order = [(made.event_id, made.position) for made in await ledger.open_intents(ACCOUNT)]
    assert order == [(event(n).id, place) for n in (9, 1, 5) for place in (0, 1)]


async def test_a_claim_is_granted_once(ledger: Ledger) -> None:
    """The claim is what makes a send this worker's: two grants are two sends."""
    first, second = await _planned(ledger, 0, 1)
    keys = [first.key, first.key, IntentKey("none")]
    assert await ledger.claim(keys, at(10)) == (first.key,)
    assert await ledger.claim([first.key, second.key], at(11)) == (second.key,)
    now = await ledger.intent(first.key)
    assert now is not None
    assert (now.state, now.attempt, now.claimed_at) == (S.SENDING, 1, at(10))


async def test_a_retry_counts_its_attempts_and_forgets_its_wait(ledger: Ledger) -> None:
    """Back-off and the bound on attempts rest on these figures."""
    (made,) = await _planned(ledger)
    await ledger.claim([made.key], at(10))
    await ledger.settle([settlement(made, S.RETRYING, error="refused", not_before=at(60))])
    waiting = await ledger.intent(made.key)
    assert waiting is not None
    assert (waiting.state, waiting.error, waiting.not_before) == (S.RETRYING, "refused", at(60))
    assert waiting.settled_at is None
    assert await ledger.claim([made.key], at(70)) == (made.key,)
    now = await ledger.intent(made.key)
    assert now is not None
    assert (now.attempt, now.claimed_at, now.not_before) == (2, at(70), None)


@pytest.mark.parametrize("begin", list(S))
async def test_only_the_allowed_steps_can_be_settled(ledger: Ledger, begin: IntentState) -> None:
    """A step outside the table is how a thing is done twice or forgotten."""
    for number, end in enumerate(S):
        made = await _brought_to(ledger, begin, number)
        again = begin is end and not begin.open
        if end in MAY_BECOME[begin] or again:
            await ledger.settle([settlement(made, end)])
            expected = end
        else:
            with pytest.raises(LedgerError, match=f"{begin} and cannot become {end}"):
                await ledger.settle([settlement(made, end, memo={"left": "behind"})])
            expected = begin
        now = await ledger.intent(made.key)
        assert now is not None
        assert now.state is expected
        assert await ledger.memo(ACCOUNT) == {}


async def test_settling_leaves_result_states_and_memo_behind_at_once(ledger: Ledger) -> None:
    """The outcome and what it taught must not come apart at a crash."""
    made = await _brought_to(ledger, S.SENDING)
    state, contact = conversation_state(), contact_state()
    done = settlement(
        made,
        S.DONE,
        result_id=MessageId("msg_r"),
        conversation=state,
        contact=contact,
        memo={"quick_replies": "numbered"},
    )
    await ledger.settle([done])
    now = await ledger.intent(made.key)
    assert now is not None
    assert (now.state, now.result_id, now.settled_at) == (S.DONE, "msg_r", at(100))
    assert await ledger.conversations(ACCOUNT, ["conv_1"]) == {"conv_1": state}  # type: ignore[list-item]
    assert await ledger.contacts(ACCOUNT, [contact.id]) == {contact.id: contact}
    assert await ledger.memo(ACCOUNT) == {"quick_replies": "numbered"}
    assert await ledger.open_intents(ACCOUNT) == ()


async def test_settling_again_as_it_stands_changes_nothing(ledger: Ledger) -> None:
    """An answer lost on its way is asked for again; the second time must do no harm."""
    made = await _brought_to(ledger, S.SENDING)
    done = settlement(made, S.DONE, result_id=MessageId("msg_r"))
    await ledger.settle([done])
    await ledger.settle([settlement(made, S.DONE, 500, memo={"late": "1"}), done])
    now = await ledger.intent(made.key)
    assert now is not None
    assert (now.settled_at, now.result_id) == (at(100), "msg_r")
    assert await ledger.memo(ACCOUNT) == {}
    with pytest.raises(LedgerError, match="done and cannot become done"):
        await ledger.settle([settlement(made, S.DONE, result_id=MessageId("msg_other"))])


async def test_one_refused_settlement_refuses_its_whole_call(ledger: Ledger) -> None:
    """Half a transaction is worse than none."""
    first, second = await _planned(ledger, 0, 1)
    await ledger.claim([first.key], at(10))
    good = settlement(first, S.DONE, memo={"left": "behind"})
    for bad in (
        settlement(second, S.DONE),
        settlement(first, S.DEAD),
        Settlement(key=IntentKey("none"), state=S.DONE, at=at(1)),
    ):
        with pytest.raises(LedgerError):
            await ledger.settle([good, bad])
    now = await ledger.intent(first.key)
    assert now is not None
    assert now.state is S.SENDING
    assert await ledger.memo(ACCOUNT) == {}


async def test_a_refused_call_takes_no_other_with_it(ledger: Ledger) -> None:
    """Calls are committed together; one programming error must not stop the worker."""
    intents = await _planned(ledger, *range(20))
    await ledger.claim([made.key for made in intents], at(10))
    outcomes = await asyncio.gather(
        *(
            ledger.settle([settlement(made, S.DONE if made.position % 2 else S.SKIPPED)])
            for made in intents
        ),
        ledger.plan([planned(event(99))]),
        ledger.receive(receipt(event(50))),
        return_exceptions=True,
    )
    assert [isinstance(outcome, LedgerError) for outcome in outcomes] == [True, False] * 10 + [
        True,
        False,
    ]
    assert len(await ledger.open_intents(ACCOUNT)) == 10


async def test_steps_by_hand_bring_the_dead_and_the_doubtful_back(ledger: Ledger) -> None:
    """`worker actions retry`, `confirm` and `drop` are these steps."""
    for number, begin in ((1, S.DEAD), (2, S.IN_DOUBT)):
        made = await _brought_to(ledger, begin, number)
        before = await ledger.intent(made.key)
        assert before is not None
        assert before.settled_at == at(100)
        await ledger.settle([settlement(made, S.PENDING, 200)])
        again = await ledger.intent(made.key)
        assert again is not None
        assert (again.settled_at, again.attempt) == (None, 1)
        assert await ledger.claim([made.key], at(201)) == (made.key,)


async def test_intents_are_listed_by_state_newest_first(ledger: Ledger) -> None:
    """The dead and the doubtful are found by a person through this list."""
    for number in range(6):
        (made,) = await _planned(ledger, number=number)
        await ledger.claim([made.key], at(10))
        await ledger.settle([settlement(made, S.DEAD if number % 2 else S.DONE)])
    listed = await ledger.intents(ACCOUNT, [S.DEAD, S.DONE, S.DEAD], 4)
    assert [made.event_id for made in listed] == [event(n).id for n in (5, 4, 3, 2)]
    dead = await ledger.intents(ACCOUNT, [S.DEAD])
    assert [made.event_id for made in dead] == [event(n).id for n in (5, 3, 1)]
    assert await ledger.intents(ACCOUNT, []) == ()
    assert await ledger.intents(ACCOUNT, [S.DEAD], 0) == ()


async def test_messages_this_worker_sent_are_accounted(ledger: Ledger) -> None:
    """Otherwise the worker takes its own message for a person's and falls silent."""
    made = await _brought_to(ledger, S.SENDING)
    await ledger.settle([settlement(made, S.DONE, result_id=MessageId("msg_r"))])
    ids = [MessageId("msg_r"), MessageId("msg_1")]
    assert await ledger.accounted(ACCOUNT, ids) == {"msg_r"}
    assert await ledger.accounted(OTHER, ids) == frozenset()
    assert await ledger.accounted(ACCOUNT, []) == frozenset()


@pytest.mark.parametrize("state", list(S))
async def test_recent_counts_what_was_or_may_be_seen(ledger: Ledger, state: IntentState) -> None:
    """Limits that forget what may have been sent let a customer be spammed after a crash."""
    made = await _brought_to(ledger, state)
    sends = (await ledger.recent(ACCOUNT, at(0))).sends
    if state in {S.SKIPPED, S.DEAD}:
        assert sends == ()
        return
    when = at(1) if state is S.PENDING else at(10)
    assert sends == (visible_send(made, when),)
    assert (await ledger.recent(ACCOUNT, when)).sends == sends
    assert (await ledger.recent(ACCOUNT, at(10.5))).sends == ()


async def test_recent_leaves_out_what_no_customer_sees(ledger: Ledger) -> None:
    """A tag is no message."""
    seen = event(1)
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=(intent(seen, visible=False),))])
    assert (await ledger.recent(ACCOUNT, at(0))).sends == ()


async def test_recent_firings_are_those_since_in_order_of_time(ledger: Ledger) -> None:
    """Cooldowns must outlive a restart."""
    seen = event(1)
    await ledger.receive(receipt(seen))
    trial = firing(20, "after", shadow=True, sends=2)
    fired = (firing(30, sends=1), firing(10, "old"), firing(20, "mid"), trial)
    await ledger.plan([planned(seen, firings=fired)])
    assert (await ledger.recent(ACCOUNT, at(20))).firings == (fired[2], fired[3], fired[0])


async def test_activity_tells_what_rules_did_and_would_have_done(ledger: Ledger) -> None:
    """A rule on trial could not be compared with what customers really got."""
    seen = [event(number) for number in range(4)]
    await ledger.receive(receipt(*seen))
    trial = {"shadow": True, "sends": 1}
    told = (
        (firing(0, "old", sends=1),),
        (firing(10, "trial", **trial), firing(10, "live", sends=1), firing(10, "tags")),
        (firing(20, "trial", **trial), firing(20, "tags")),
        (firing(30, "trial", **trial), firing(30, "live", sends=2)),
    )
    for one, fired in zip(seen, told, strict=True):
        await ledger.plan([planned(one, firings=fired)])
    assert await ledger.activity(OTHER, at(0)) == ()
    assert await ledger.activity(ACCOUNT, at(5)) == (
        Activity(RuleId("live"), False, 2, 3, seen[3].id),
        Activity(RuleId("tags"), False, 2, 0, seen[2].id),
        Activity(RuleId("trial"), True, 3, 3, seen[3].id, {RuleId(""): 1, RuleId("live"): 2}),
    )


async def test_a_memo_is_replaced_by_name_and_dropped_by_emptiness(ledger: Ledger) -> None:
    """Cursors move; learned facts can be unlearned."""
    await ledger.remember(ACCOUNT, {"a": "1", "b": "2", "ü": "é"})
    await ledger.remember(ACCOUNT, {"a": "3", "b": "", "none": ""})
    assert await ledger.memo(ACCOUNT) == {"a": "3", "ü": "é"}
    await ledger.remember(ACCOUNT, {})
    assert (await ledger.summary(ACCOUNT)).memo == {"a": "3", "ü": "é"}


async def test_conversations_are_tracked_most_recently_changed_first(ledger: Ledger) -> None:
    """Hot conversations are read first after a restart."""
    for name in ("conv_1", "conv_2", "conv_3"):
        await ledger.receive(receipt(conversations=(conversation_state(name),)))
    newer = conversation_state("conv_1", read_marker="2")
    await ledger.receive(receipt(conversations=(conversation_state("conv_4"), newer)))
    assert await ledger.tracked(ACCOUNT) == ("conv_1", "conv_4", "conv_3", "conv_2")
    assert (await ledger.conversations(ACCOUNT, [ConversationId("conv_1")])) == {"conv_1": newer}


async def test_events_are_listed_newest_first_within_bounds(ledger: Ledger) -> None:
    """Timelines, `explain --conversation` and `backtest --since` read this."""
    await ledger.receive(receipt(*(event(n, conversation=f"conv_{n % 2}") for n in range(6))))

    async def listed(**asked: object) -> list[str]:
        found = await ledger.events(ACCOUNT, **asked)  # type: ignore[arg-type]
        return [stored.event.id for stored in found]

    assert await listed(limit=2) == [event(5).id, event(4).id]
    assert await listed(conversation_id="conv_1") == [event(n).id for n in (5, 3, 1)]
    assert await listed(since=at(4)) == [event(5).id, event(4).id]
    assert await listed(conversation_id="conv_0", since=at(1), limit=1) == [event(4).id]
    assert await listed(limit=0) == []


async def test_the_summary_counts_events_and_intents(ledger: Ledger) -> None:
    """`worker status` tells these figures."""
    await _brought_to(ledger, S.IN_DOUBT, 1)
    await _brought_to(ledger, S.DONE, 2)
    await _brought_to(ledger, S.DONE, 3)
    await ledger.receive(receipt(event(4), event(5, history=True)))
    for summary in (await ledger.summary(ACCOUNT), await ledger.summary()):
        assert (summary.events, summary.unplanned) == (5, 1)
        assert summary.intents == {S.IN_DOUBT: 1, S.DONE: 2}


async def test_many_callers_at_once_each_get_their_own_answer(ledger: Ledger) -> None:
    """Calls share commits; answers must not be mixed up between them."""

    async def cycle(number: int) -> tuple[object, ...]:
        seen = event(number, conversation=f"conv_{number}")
        made = intent(seen)
        got = await ledger.receive(receipt(seen, memo={f"m{number}": "1"}))
        keys = await ledger.plan([planned(seen, intents=(made,))])
        claimed = await ledger.claim([made.key], at(number))
        await ledger.settle([settlement(made, S.DONE, result_id=MessageId(f"r{number}"))])
        return got, keys, claimed, (await ledger.accounted(ACCOUNT, [MessageId(f"r{number}")]))

    answers = await asyncio.gather(*(cycle(number) for number in range(150)))
    for number, answer in enumerate(answers):
        seen = event(number)
        key = intent(event(number, conversation=f"conv_{number}")).key
        assert answer == ((seen.id,), (key,), (key,), {f"r{number}"})
    summary = await ledger.summary(ACCOUNT)
    assert (summary.events, summary.unplanned, len(summary.memo)) == (150, 0, 150)


async def test_the_same_thing_asked_by_many_at_once_is_granted_to_one(ledger: Ledger) -> None:
    """Within one commit as between commits, each thing happens once."""
    seen = event(1)
    made = intent(seen)
    received = await asyncio.gather(*(ledger.receive(receipt(seen)) for _ in range(8)))
    assert sorted(received, reverse=True) == [(seen.id,)] + [()] * 7
    once = planned(seen, intents=(made,))
    keys = await asyncio.gather(*(ledger.plan([once]) for _ in range(8)))
    assert sorted(keys, reverse=True) == [(made.key,)] + [()] * 7
    claimed = await asyncio.gather(*(ledger.claim([made.key], at(1)) for _ in range(8)))
    assert sorted(claimed, reverse=True) == [(made.key,)] + [()] * 7


async def test_the_last_of_concurrent_states_is_the_one_that_stays(ledger: Ledger) -> None:
    """A caller's later state must not be overwritten by its earlier one in the same commit."""
    made = await _brought_to(ledger, S.SENDING)
    states = [conversation_state(read_marker=str(number)) for number in range(3)]
    await asyncio.gather(
        ledger.settle([settlement(made, S.DONE, conversation=states[0], memo={"m": "0"})]),
        ledger.receive(receipt(conversations=(states[1],), memo={"m": "1"})),
        ledger.remember(ACCOUNT, {"m": "2"}),
        ledger.receive(receipt(conversations=(states[2],))),
    )
    assert await ledger.conversations(ACCOUNT, [ConversationId("conv_1")]) == {"conv_1": states[2]}
    assert await ledger.memo(ACCOUNT) == {"m": "2"}


async def test_each_crash_point_has_one_known_answer(store: Store) -> None:
    """The table of what is true wherever a process dies; all of exactly-once rests on it."""
    seen = event(1)
    made = intent(seen)
    await store.ledger.receive(receipt(seen, memo={"cursor": "1"}))
    ledger = await store.reopen()
    assert [stored.event for stored in await ledger.unplanned(ACCOUNT)] == [seen]
    assert await ledger.memo(ACCOUNT) == {"cursor": "1"}
    await ledger.plan([planned(seen, intents=(made,))])
    ledger = await store.reopen()
    assert await ledger.unplanned(ACCOUNT) == ()
    assert await ledger.open_intents(ACCOUNT) == (made,)
    await ledger.claim([made.key], at(2))
    ledger = await store.reopen()
    (sending,) = await ledger.open_intents(ACCOUNT)
    assert (sending.state, sending.attempt) == (S.SENDING, 1)
    assert await ledger.claim([made.key], at(3)) == ()
    await ledger.settle([settlement(made, S.UNKNOWN, not_before=at(9))])
    ledger = await store.reopen()
    (unknown,) = await ledger.open_intents(ACCOUNT)
    assert (unknown.state, unknown.not_before) == (S.UNKNOWN, at(9))
    await ledger.settle([settlement(made, S.DONE, result_id=MessageId("r"))])
    ledger = await store.reopen()
    assert await ledger.open_intents(ACCOUNT) == ()
    assert await ledger.receive(receipt(seen)) == ()
    assert await ledger.plan([planned(seen, intents=(made,))]) == ()


HOSTILE = [
    "\x00 in the middle \x00",
    "half a pair \ud83d and \udc00",
    "'); DROP TABLE events; --",
    "{{ 7 * 7 }} <script>alert(1)</script>",
    "\u202eright to left\u202c \u200b zero width",
    "x" * 1_000_000,
    '"\\\b\f\n\r\t\x7f\x1b[31m',
    "ไทย 繁體 Tiếng Việt 👩‍👩‍👧‍👦",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_text_of_a_customer_breaks_the_record(ledger: Ledger, text: str) -> None:
    """A message that cannot be stored would be read again for ever, and all after it too."""
    seen = event(1, text=text)
    made = intent(seen, work={"text": text}, error=text[:50])
    await ledger.receive(receipt(seen, memo={"m": text}))
    await ledger.plan([planned(seen, intents=(made,), context={text[:50]: text})])
    stored = await ledger.event(ACCOUNT, seen.id)
    assert stored is not None
    assert stored.event.message is not None
    kept = text.replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd")
    assert stored.event.message.text == kept
    if len(kept) < CONTEXT_BYTES:
        assert stored.context == {kept[:50]: kept}
    else:
        assert stored.context[kept[:50]].endswith("…")
    in_column = kept.replace("\x00", "\ufffd")
    assert await ledger.memo(ACCOUNT) == {"m": in_column}
    (open_one,) = await ledger.open_intents(ACCOUNT)
    assert (open_one.work, open_one.error) == ({"text": kept}, in_column[:50])
