"""What every ledger promises of the recorded past: decisions as they were made, page by page."""

from __future__ import annotations

from pathlib import Path

from tests.clocks import HandClock
from tests.unit.ledger.nouns import (
    ACCOUNT,
    OTHER,
    TRACE,
    at,
    event,
    intent,
    planned,
    receipt,
    settlement,
)
from worker.ledger import SqliteLedger
from worker.model.action import IntentState
from worker.model.event import Event
from worker.model.ids import RuleId
from worker.model.ledger import Ledger
from worker.model.past import PAGE, PastDecision


async def _past(ledger: Ledger, seconds: float = 0) -> list[PastDecision]:
    numbers = await ledger.decisions(ACCOUNT, at(seconds))
    return [one for page in numbers.pages() for one in await ledger.decided(ACCOUNT, page)]


async def _decided(ledger: Ledger, *events: Event) -> None:
    await ledger.receive(receipt(*events))
    for one in events:
        await ledger.plan([planned(one, intents=(intent(one),))])


async def test_decisions_come_back_in_the_order_in_which_they_were_made(ledger: Ledger) -> None:
    """Cooldowns and limits depend on the order: replayed in another, the past is another."""
    first, second, third = event(1), event(2), event(3)
    await ledger.receive(receipt(first, second, third))
    for seen, seconds in ((third, 10), (first, 20), (second, 15)):
        await ledger.plan([planned(seen, at=at(seconds))])
    assert [one.events[-1] for one in await _past(ledger)] == [third, second, first]
    assert [one.at for one in await _past(ledger)] == [at(10), at(15), at(20)]


async def test_a_decision_comes_back_whole_with_what_became_of_its_intents(ledger: Ledger) -> None:
    """The comparison would be with what was planned, not with what customers saw."""
    seen = event(1)
    made = [intent(seen, 0), intent(seen, 1), intent(seen, 2, rule_id=RuleId("other"))]
    await ledger.receive(receipt(event(9), seen))
    await ledger.plan([planned(event(9), intents=(intent(event(9)),))])
    await ledger.plan([planned(seen, intents=tuple(made), context={"messages": ["msg_1"]})])
    await ledger.claim([made[0].key], at(50))
    await ledger.settle([settlement(made[0], IntentState.DONE)])
    await ledger.settle([settlement(made[1], IntentState.SKIPPED, reason="human")])
    found = {one.events[-1].id: one for one in await _past(ledger)}[seen.id]
    assert (found.events, found.at, found.trace) == ((seen,), seen.at, TRACE)
    assert found.context == {"messages": ["msg_1"]}
    assert [(one.key, one.state, one.reason) for one in found.intents] == [
        (made[0].key, IntentState.DONE, ""),
        (made[1].key, IntentState.SKIPPED, "human"),
        (made[2].key, IntentState.PENDING, ""),
    ]


async def test_a_burst_is_one_decision_with_all_its_events(ledger: Ledger) -> None:
    """A question in three messages would be replayed as three questions."""
    burst = [event(1), event(2), event(3)]
    await ledger.receive(receipt(*burst))
    context = {"messages": ["msg_1", "msg_2", "msg_3"]}
    await ledger.plan([planned(*burst, context=context, intents=(intent(burst[-1]),))])
    (found,) = await _past(ledger)
    assert found.events == tuple(burst)
    assert len(found.intents) == 1


async def test_only_what_was_decided_since_then_for_this_account_is_past(ledger: Ledger) -> None:
    """History and waiting events were never decided; another account's customers are not ours."""
    await _decided(ledger, event(1), event(2))
    await ledger.receive(receipt(event(3), event(4, history=True)))
    other = event(5, account=OTHER)
    await ledger.receive(receipt(other))
    await ledger.plan([planned(other)])
    assert [one.events[-1] for one in await _past(ledger)] == [event(1), event(2)]
    assert [one.events[-1] for one in await _past(ledger, 2)] == [event(2)]
    assert await _past(ledger, 3) == []


async def test_what_is_dropped_while_the_past_is_read_is_left_out(ledger: Ledger) -> None:
    """A pruning that runs beside a replay would end it with an error."""
    await _decided(ledger, event(1), event(2), event(3))
    numbers = await ledger.decisions(ACCOUNT, at(0))
    for seen in (event(1), event(2)):
        await ledger.claim([intent(seen).key], at(10))
        await ledger.settle([settlement(intent(seen), IntentState.DONE)])
    await ledger.prune(ACCOUNT, at(1_000_000))
    left = await ledger.decided(ACCOUNT, numbers)
    assert [one.events[-1] for one in left] == [event(3)]
    assert len(numbers) == 3


async def test_a_burst_of_which_a_message_was_dropped_keeps_the_rest(ledger: Ledger) -> None:
    """One pruned message would take a decision out of the past that is still recorded."""
    gone, kept = event(1), event(2)
    await ledger.receive(receipt(kept))
    await ledger.plan([planned(kept, context={"messages": ["msg_1", "msg_2"]})])
    (found,) = await _past(ledger)
    assert found.events == (kept,)
    assert gone not in found.events


async def test_a_long_past_comes_in_pages_and_none_twice(ledger: Ledger) -> None:
    """A year of decisions does not fit into memory at once."""
    events = [event(number) for number in range(1, PAGE + 12)]
    await ledger.receive(receipt(*events))
    await ledger.plan([planned(one, intents=(intent(one),)) for one in events])
    numbers = await ledger.decisions(ACCOUNT, at(0))
    assert [len(page) for page in numbers.pages()] == [PAGE, 11]
    found = await _past(ledger)
    assert [one.events[-1].id for one in found] == [one.id for one in events]
    assert all([made.event_id for made in one.intents] == [one.events[-1].id] for one in found)


async def test_the_past_is_read_while_a_worker_writes(tmp_path: Path, clock: HandClock) -> None:
    """A replay that needs the worker stopped is a replay nobody makes."""
    writer = SqliteLedger(tmp_path / "w.db", clock=clock)
    await writer.open()
    await _decided(writer, event(1))
    reader = SqliteLedger(tmp_path / "w.db", read_only=True, clock=clock)
    await reader.open()
    numbers = await reader.decisions(ACCOUNT, at(0))
    await _decided(writer, event(2))
    assert [one.events[-1] for one in await reader.decided(ACCOUNT, numbers)] == [event(1)]
    assert [one.events[-1] for one in await _past(reader)] == [event(1), event(2)]
    await _decided(writer, event(3))
    await reader.close()
    await writer.close()
