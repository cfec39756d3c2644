"""Dropping history from a file: beside its writer, and with pages given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clocks import HandClock
from tests.unit.ledger.nouns import ACCOUNT, at, event, planned, receipt
from worker.errors import LedgerError
from worker.ledger import SqliteLedger, pruning
from worker.ledger.seen import event_mark, sent_mark
from worker.model.hand import Act, Hand
from worker.model.ids import AccountId, EventId, IntentKey, MessageId
from worker.model.ledger import Receipt

DAY_S = 86_400.0


async def _events(ledger: SqliteLedger, *numbers: int, text: str = "hi") -> None:
    for number in numbers:
        await ledger.receive(receipt(event(number, text=text)))
        await ledger.plan([planned(event(number))])


async def test_beside_the_holder_only_history_and_decisions_can_change(tmp_path: Path) -> None:
    """A second writer of anything else would number its rows as the first one does."""
    holder = SqliteLedger(tmp_path / "w.db")
    await holder.open()
    beside = SqliteLedger(tmp_path / "w.db", beside=True)
    await beside.open()
    hand = Hand(account=ACCOUNT, key=IntentKey("k"), act=Act.DROP, at=at(1))
    number = await beside.ask(hand)
    assert [one.number for one in await holder.asked(ACCOUNT)] == [number]
    await holder.answer(number, "done")
    assert await beside.answered(number) == "done"
    await beside.prune(ACCOUNT, at(0))
    for change in (
        beside.receive(Receipt(account=ACCOUNT)),
        beside.plan([planned(event(1))]),
        beside.claim([IntentKey("k")], at(0)),
        beside.settle([]),
        beside.remember(ACCOUNT, {"cursor": "x"}),
    ):
        with pytest.raises(LedgerError, match="own worker only"):
            await change
    with pytest.raises(LedgerError, match="not held"):
        await beside.compact()
    await beside.close()
    await holder.close()


async def test_beside_nothing_no_ledger_is_made(tmp_path: Path) -> None:
    """A wrong path must not become an empty ledger that a decision is put into."""
    with pytest.raises(LedgerError, match="there is no ledger"):
        await SqliteLedger(tmp_path / "w.db", beside=True).open()
    assert not (tmp_path / "w.db").exists()


async def test_a_file_that_is_mostly_free_becomes_smaller_by_itself(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a flood the disk must come back without anybody stopping the worker."""
    monkeypatch.setattr(pruning, "_FEWEST_FREE", 10)
    path = tmp_path / "w.db"
    ledger = SqliteLedger(path, clock=clock)
    await ledger.open()
    await _events(ledger, *range(300), text="long " * 2000)
    await clock.sleep(DAY_S)
    await _events(ledger, 301)
    before = clock.now()
    start = (await ledger.prune(ACCOUNT, before, limit=100)).rest
    while start is not None:
        start = (await ledger.prune(ACCOUNT, before, start=start, limit=100)).rest
    for _ in range(20):
        await ledger.prune(ACCOUNT, before)
    await ledger.close()
    assert path.stat().st_size < 300 * 10_000 / 3
    again = SqliteLedger(path, clock=clock)
    await again.open()
    assert await again.receive(receipt(*(event(number) for number in range(302)))) == (
        event(300).id,
    )
    await again.close()


def test_marks_tell_names_accounts_and_kinds_apart() -> None:
    """Two names with one mark: the second one's message would never be answered."""
    names = [f"message:msg_{number}" for number in range(200)]
    marks = {event_mark(AccountId(owner), EventId(name)) for owner in "ab" for name in names}
    marks |= {sent_mark(AccountId(owner), MessageId(name)) for owner in "ab" for name in names}
    assert len(marks) == 800
    assert all(-(2**63) <= half < 2**63 for mark in marks for half in mark)
    assert event_mark(ACCOUNT, EventId("a\ud800")) == event_mark(ACCOUNT, EventId("a\ufffd"))
