"""History kept for as long as settings and rules want it, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.clocks import HandClock
from tests.unit.ledger.nouns import ACCOUNT, event, planned, receipt
from worker.ledger.memory import MemoryLedger
from worker.runtime.retention import NEEDED, Retention

HOUR = timedelta(hours=1)


async def _left(clock: HandClock, keep: timedelta, needed: timedelta) -> list[str]:
    """Ten events of one hour each; what a round leaves of them."""
    ledger = MemoryLedger(clock=clock)
    for number in range(10):
        await ledger.receive(receipt(event(number)))
        await ledger.plan([planned(event(number))])
        await clock.sleep(HOUR.total_seconds())
    retention = Retention(ledger, ACCOUNT, clock, keep, now=clock.now, needed=lambda: needed)
    await retention.round()
    return [stored.event.id for stored in await ledger.events(ACCOUNT)]


@pytest.mark.parametrize(
    ("keep_h", "needed_h", "left"), [(3, 0, 3), (1, 4, 4), (20, 0, 10), (0, 0, 1)]
)
async def test_what_is_younger_than_settings_or_rules_want_stays(
    clock: HandClock, keep_h: int, needed_h: int, left: int
) -> None:
    """A limit that looks back four hours is not kept by a history of one."""
    kept = await _left(clock, keep_h * HOUR, needed_h * HOUR)
    assert kept == [event(number).id for number in range(9, 9 - left, -1)]


async def test_the_command_finds_how_far_the_rules_look_back(clock: HandClock) -> None:
    """`worker prune` knows no rules, and must not drop what they need."""
    ledger = MemoryLedger(clock=clock)
    needed = timedelta(days=40)
    retention = Retention(
        ledger, ACCOUNT, clock, timedelta(days=90), now=clock.now, needed=lambda: needed
    )
    await retention.tell_needed()
    assert await ledger.memo(ACCOUNT) == {NEEDED: str(40 * 86_400)}
    needed = timedelta(hours=24)
    await retention.tell_needed()
    assert await ledger.memo(ACCOUNT) == {}
