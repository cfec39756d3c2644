"""Time: the only home of clocks and sleeping, so that tests can own it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the runtime asks about time."""

    def now(self) -> datetime:
        """The machine's wall clock, aware, UTC. May jump; never used for delays."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; for delays, ages of reads and leases."""
        ...

    async def sleep(self, seconds: float) -> None:
        """`seconds` of monotonic time have passed."""
        ...

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """As `sleep`, between two looks for work; less where it is known that there is some (`wake`
        is set), more where it is known that there is none.
        """
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """`seconds` have passed; others had their turn."""
        await asyncio.sleep(max(0.0, seconds))

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """`seconds` have passed, or `wake` is set: what else is to be done is not known here."""
        if wake is None:
            await self.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await wake.wait()


class SteadyClock:
    """Another clock whose wall time, once this is made, goes on with its monotonic time.

    A machine's clock is set by an hour now and then; everything that is compared within one life of
    the worker (ages, claims, the platform's difference) must not notice. What the difference to the
    platform truly is, is learned from the platform's answers.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now() - timedelta(seconds=clock.monotonic())

    def now(self) -> datetime:
        """The wall time at the start and what has passed since; never jumps."""
        return self._start + timedelta(seconds=self._clock.monotonic())

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """`seconds` have passed."""
        await self._clock.sleep(seconds)

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """As the other clock rests."""
        await self._clock.rest(seconds, wake)
