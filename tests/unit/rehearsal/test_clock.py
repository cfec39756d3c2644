"""Pauses between looks end when something happens, and last while nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from worker.clock import Clock, SteadyClock, SystemClock
from worker.rehearsal.clock import RehearsalClock
from worker.virtual_time import LoopClock, run_virtually

START = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)


def played(scenario: Coroutine[Any, Any, None]) -> None:
    """The scenario has been played in virtual time."""
    run_virtually(scenario)


@pytest.mark.parametrize("clock", [LoopClock(START), SteadyClock, RehearsalClock(START)])
def test_a_pause_ends_with_its_time_or_when_its_sleeper_is_woken(clock: Any) -> None:
    """A timer that is set for sooner would wait for the one before it."""

    async def scenario() -> None:
        resting: Clock = SteadyClock(LoopClock(START)) if clock is SteadyClock else clock
        begun = resting.monotonic()
        await resting.rest(5)
        assert resting.monotonic() - begun == pytest.approx(5)
        wake = asyncio.Event()
        asyncio.get_running_loop().call_later(2, wake.set)
        begun = resting.monotonic()
        await resting.rest(5, wake)
        assert resting.monotonic() - begun == pytest.approx(2)
        await resting.rest(5, asyncio.Event())
        assert resting.monotonic() - begun == pytest.approx(7)

    played(scenario())


async def test_the_machines_clock_is_woken_too() -> None:
    """The service would be late by a minute."""
    wake = asyncio.Event()
    wake.set()
    await SystemClock().rest(3600, wake)
    await SystemClock().rest(0)


def test_nobody_looks_while_the_stage_is_still_and_all_look_when_it_is_not() -> None:
    """A quiet year would cost as much as a busy one."""

    async def scenario() -> None:
        clock = RehearsalClock(START)
        looks: list[float] = []
        wake = asyncio.Event()

        async def looker(mine: asyncio.Event | None) -> None:
            while True:
                await clock.rest(2, mine)
                looks.append(clock.monotonic())

        lookers = [asyncio.create_task(looker(one)) for one in (None, wake)]
        await clock.sleep(5)
        assert looks == pytest.approx([2, 2, 4, 4])
        await clock.still_until(1_000_000)
        assert clock.monotonic() == pytest.approx(1_000_000)
        await clock.sleep(0.5)
        assert looks[4:] == pytest.approx([1_000_000, 1_000_000])
        asyncio.get_running_loop().call_later(10, clock.noticed)
        await clock.still_until(2_000_000)
        assert clock.monotonic() == pytest.approx(1_000_010.5)
        for one in lookers:
            one.cancel()
        await asyncio.gather(*lookers, return_exceptions=True)

    played(scenario())


def test_a_timer_in_a_far_year_is_called_when_it_is_due() -> None:
    """Beside a year in seconds a float loses what a machine's clock calls one step."""

    async def scenario() -> None:
        clock = LoopClock(START)
        await clock.sleep(40 * 365 * 86_400.0)
        begun = clock.monotonic()
        for _ in range(100):
            await clock.sleep(1e-12)
        assert 0 < clock.monotonic() - begun < 1

    played(scenario())
