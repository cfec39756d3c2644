"""Clocks."""

from __future__ import annotations

from datetime import timedelta

from tests.clocks import HandClock
from worker.clock import SteadyClock


async def test_a_steady_clock_does_not_notice_that_the_machines_clock_is_set() -> None:
    """A question would be stale, or an answer not yet sent, because a time server was asked."""
    machine = HandClock()
    clock = SteadyClock(machine)
    begun = clock.now()
    assert begun == machine.now()
    machine._now += timedelta(hours=1)
    assert clock.now() == begun
    await clock.sleep(5)
    assert clock.now() == begun + timedelta(seconds=5)
    assert clock.monotonic() == machine.monotonic()
