"""Dropping old history, and decisions by hand: what every ledger promises about them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.clocks import HandClock
from tests.contract.conftest import Store
from tests.unit.ledger.nouns import (
    ACCOUNT,
    OTHER,
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
from worker.model.action import Intent, IntentState
from worker.model.hand import Act, Hand
from worker.model.ids import ContactId, ConversationId, IntentKey, MessageId
from worker.model.ledger import Ledger
from worker.model.pruning import Pruned

S = IntentState
DAY_S = 86_400.0


async def _brought(ledger: Ledger, number: int, *steps: IntentState) -> Intent:
    """A message was answered, as far as the steps say; its answer is `sent_<number>`."""
    seen = event(number)
    made = intent(seen)
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=(made,), firings=(firing(number),))])
    for step in steps:
        if step is S.SENDING:
            await ledger.claim([made.key], at(number))
        else:
            result = MessageId(f"sent_{number}") if step is S.DONE else None
            await ledger.settle([settlement(made, step, number, result_id=result)])
    return made


async def _pruned(ledger: Ledger, before: datetime, limit: int = 200) -> Pruned:
    """Everything older has been dropped, batch by batch; the sum."""
    batch = await ledger.prune(ACCOUNT, before, limit=limit)
    total = batch
    while batch.rest is not None:
        batch = await ledger.prune(ACCOUNT, before, start=batch.rest, limit=limit)
        total = Pruned(
            total.events + batch.events,
            total.intents + batch.intents,
            total.firings + batch.firings,
        )
    return total


@pytest.fixture
async def later(ledger: Ledger, clock: HandClock) -> datetime:
    """Ten messages were answered; a day later one more was. The time between."""
    for number in range(10):
        await _brought(ledger, number, S.SENDING, S.DONE)
    await clock.sleep(DAY_S)
    between = clock.now() - timedelta(hours=1)
    await _brought(ledger, 100_000, S.SENDING, S.DONE)
    return between


async def test_after_pruning_the_same_receipts_change_nothing(
    store: Store, later: datetime
) -> None:
    """The platform shows old messages for years: each of them would be answered again."""
    assert await _pruned(store.ledger, later) == Pruned(10, 10, 10)
    for reopened in (False, True):
        ledger = await store.reopen() if reopened else store.ledger
        again = tuple(event(number) for number in range(10))
        assert await ledger.receive(receipt(*again)) == ()
        assert await ledger.unplanned(ACCOUNT) == ()
        assert await ledger.open_intents(ACCOUNT) == ()
        assert (await ledger.summary(ACCOUNT)).events == 1


async def test_messages_sent_long_ago_are_still_our_own(store: Store, later: datetime) -> None:
    """An old answer of ours that is taken for a colleague's would silence the rules."""
    await _pruned(store.ledger, later)
    names = [MessageId(f"sent_{number}") for number in (*range(10), 100_000)]
    for reopened in (False, True):
        ledger = await store.reopen() if reopened else store.ledger
        assert await ledger.accounted(ACCOUNT, [*names, MessageId("msg_0")]) == frozenset(names)
        assert await ledger.accounted(OTHER, names) == frozenset()


async def test_what_is_younger_stays_whole(ledger: Ledger, later: datetime) -> None:
    """History that is still wanted is what `explain` and the limits live on."""
    await _pruned(ledger, later)
    (left,) = await ledger.events(ACCOUNT)
    assert left.event.id == event(100_000).id
    assert left.trace is not None
    (kept,) = await ledger.intents(ACCOUNT, [S.DONE])
    assert kept.event_id == left.event.id
    recent = await ledger.recent(ACCOUNT, at(0))
    assert [one.at for one in recent.firings] == [at(100_000)]
    assert [one.key for one in recent.sends] == [kept.key]


async def test_pruning_twice_drops_nothing_more(ledger: Ledger, later: datetime) -> None:
    """A round that was cut off is begun again from the start."""
    await _pruned(ledger, later)
    assert await _pruned(ledger, later) == Pruned()


@pytest.mark.parametrize("limit", [1, 3, 10, 11])
async def test_small_batches_drop_the_same_as_a_large_one(
    ledger: Ledger, later: datetime, limit: int
) -> None:
    """A running worker is not to wait for a batch; an old row must not escape between two."""
    assert await ledger.prunable(ACCOUNT, later) == Pruned(10, 10, 10)
    first = await ledger.prune(ACCOUNT, later, limit=limit)
    assert first.events == min(10, limit)
    assert (first.rest is None) == (limit > 10)
    await _pruned(ledger, later, limit)
    assert await ledger.prunable(ACCOUNT, later) == Pruned()
    assert (await ledger.summary(ACCOUNT)).events == 1


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (S.SENDING,),
        (S.SENDING, S.RETRYING),
        (S.SENDING, S.UNKNOWN),
        (S.SENDING, S.DEAD),
        (S.SENDING, S.IN_DOUBT),
    ],
)
async def test_what_somebody_still_has_to_do_stays_with_its_event(
    ledger: Ledger, clock: HandClock, steps: tuple[IntentState, ...]
) -> None:
    """An action that waits for a person must not vanish by waiting."""
    made = await _brought(ledger, 1, *steps)
    await _brought(ledger, 2, S.SENDING, S.DONE)
    await _brought(ledger, 3, S.SENDING, S.DONE)
    await clock.sleep(DAY_S)
    await _pruned(ledger, clock.now())
    kept = await ledger.intent(made.key)
    assert kept is not None
    assert kept.work == made.work
    assert await ledger.event(ACCOUNT, made.event_id) is not None
    assert await ledger.event(ACCOUNT, event(2).id) is None


async def test_an_event_without_a_decision_stays_until_it_has_one(
    ledger: Ledger, clock: HandClock
) -> None:
    """A customer who wrote during a long outage is not forgotten by tidying up."""
    await ledger.receive(receipt(event(1), event(2, history=True), event(3)))
    await ledger.plan([planned(event(3))])
    await clock.sleep(DAY_S)
    assert (await _pruned(ledger, clock.now())).events == 1
    assert [one.event.id for one in await ledger.unplanned(ACCOUNT)] == [event(1).id]
    assert await ledger.receive(receipt(event(1), event(2, history=True), event(3))) == ()


async def test_messages_of_our_own_side_leave_nothing_behind(
    ledger: Ledger, clock: HandClock
) -> None:
    """Each answer would cost a hundred bytes for ever, to recognise what no rule is asked about."""
    await ledger.receive(receipt(own_message(1), own_message(2)))
    await ledger.receive(receipt(event(3, history=True)))
    await clock.sleep(DAY_S)
    assert (await _pruned(ledger, clock.now())).events == 2
    assert await ledger.event(ACCOUNT, own_message(1).id) is None
    assert await ledger.receive(receipt(own_message(1))) == (own_message(1).id,)
    assert [one.event.id for one in await ledger.unplanned(ACCOUNT)] == []


async def test_cursors_and_states_are_never_dropped(ledger: Ledger, clock: HandClock) -> None:
    """A cursor that is gone makes the past new; a state that is gone forgets an opt-out."""
    await ledger.receive(
        receipt(
            event(1, history=True),
            memo={"cursor": "m_9"},
            conversations=(conversation_state(),),
            contacts=(contact_state(),),
        )
    )
    await ledger.receive(receipt(event(2, history=True)))
    await clock.sleep(DAY_S)
    await _pruned(ledger, clock.now())
    assert await ledger.memo(ACCOUNT) == {"cursor": "m_9"}
    assert await ledger.conversations(ACCOUNT, [ConversationId("conv_1")])
    assert await ledger.contacts(ACCOUNT, [ContactId("con_1")])
    assert await ledger.event(ACCOUNT, event(1).id) is None


async def test_other_accounts_are_left_alone(ledger: Ledger, clock: HandClock) -> None:
    """Each account has its own idea of what is old."""
    theirs = event(1, account=OTHER)
    await ledger.receive(receipt(theirs))
    await ledger.plan([planned(theirs, firings=(firing(1),))])
    for number in range(3):
        await _brought(ledger, number, S.SENDING, S.DONE)
    await clock.sleep(DAY_S)
    await _pruned(ledger, clock.now(), limit=1)
    assert await ledger.event(OTHER, theirs.id) is not None
    assert len((await ledger.recent(OTHER, at(0))).firings) == 1
    assert await ledger.receive(receipt(event(4, account=OTHER))) != ()


async def test_new_events_are_recorded_after_everything_was_dropped(
    store: Store, clock: HandClock
) -> None:
    """Numbers that begin again after a restart would mix the order of old and new."""
    made = await _brought(store.ledger, 1, S.SENDING, S.DEAD)
    for number in range(2, 5):
        await _brought(store.ledger, number, S.SENDING, S.DONE)
    await clock.sleep(DAY_S)
    await _pruned(store.ledger, clock.now())
    ledger = await store.reopen()
    younger = await _brought(ledger, 9)
    await ledger.settle([settlement(made, S.PENDING, 200)])
    assert [one.key for one in await ledger.open_intents(ACCOUNT)] == [made.key, younger.key]


async def test_a_retry_by_hand_has_a_new_deadline(store: Store) -> None:
    """Without it, what was retried after its time would be skipped as stale at once."""
    made = await _brought(store.ledger, 1, S.SENDING, S.DEAD)
    await store.ledger.settle([settlement(made, S.PENDING, 200, expires_at=at(9000))])
    for reopened in (False, True):
        ledger = await store.reopen() if reopened else store.ledger
        again = await ledger.intent(made.key)
        assert again is not None
        assert again.expires_at == at(9000)
        await ledger.claim([made.key], at(300))
        await ledger.settle([settlement(made, S.DEAD, 301)])
        assert (await ledger.intents(ACCOUNT, [S.DEAD]))[0].expires_at == at(9000)
        await ledger.settle([settlement(made, S.PENDING, 302)])


def _decision(key: str = "k", **more: object) -> Hand:
    fields = {"account": ACCOUNT, "key": IntentKey(key), "act": Act.RETRY, "at": at(5)}
    return Hand(**{**fields, **more})  # type: ignore[arg-type]  # names of the noun's own fields


async def test_a_decision_by_hand_waits_until_it_is_answered(store: Store) -> None:
    """A decision made while the worker restarts must still be found by it."""
    first = await store.ledger.ask(_decision("a"))
    second = await store.ledger.ask(_decision("b", act=Act.CONFIRM, message_id=MessageId("msg_7")))
    ledger = await store.reopen()
    waiting = await ledger.asked(ACCOUNT)
    assert [(one.number, one.key, one.act, one.message_id) for one in waiting] == [
        (first, "a", Act.RETRY, None),
        (second, "b", Act.CONFIRM, "msg_7"),
    ]
    assert await ledger.asked(OTHER) == ()
    assert await ledger.answered(first) is None
    await ledger.answer(first, "done")
    await ledger.answer(first, "something else")
    assert await ledger.answered(first) == "done"
    assert [one.number for one in await ledger.asked(ACCOUNT)] == [second]


async def test_a_decision_is_withdrawn_or_answered_and_never_both(ledger: Ledger) -> None:
    """`nothing changed` must be true when a person reads it."""
    number = await ledger.ask(_decision())
    assert await ledger.withdraw(number)
    assert not await ledger.withdraw(number)
    await ledger.answer(number, "too late")
    assert await ledger.answered(number) is None
    other = await ledger.ask(_decision())
    await ledger.answer(other, "done")
    assert not await ledger.withdraw(other)
    assert await ledger.answered(other) == "done"
