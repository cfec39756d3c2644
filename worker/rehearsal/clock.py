"""Virtual time for rehearsals: long quiet stretches cost nothing.

A worker that waits looks for work again and again, and a day holds a hundred thousand looks. While
the stage is still nobody looks: time jumps to the next thing that is due, and then all look.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from worker.virtual_time import LoopClock


class RehearsalClock(LoopClock):
    """The clock of a virtual loop whose pauses between looks end when something happens.

    Args:
        start: the wall clock when the loop's time was 0.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._stirred = asyncio.Event()
        self._still = False

    def when(self, moment: datetime) -> float:
        """The loop's time at that moment."""
        return self.monotonic() + (moment - self.now()).total_seconds()

    def stir(self) -> None:
        """Something happened: everybody who rests looks now."""
        self._still = False
        self._stirred.set()
        self._stirred = asyncio.Event()

    def noticed(self) -> None:
        """Somebody works; if the stage was still, it no longer is."""
        if self._still:
            self.stir()

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """`seconds` have passed, or something happened (`wake` too); nothing but that where the
        stage is still.
        """
        stirred = self._stirred
        either = _Either(stirred, wake) if wake is not None else stirred
        if not self._still:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, seconds)):
                    await either.wait()
        if self._still:
            await either.wait()

    async def still_until(self, moment_s: float) -> None:
        """That time of the loop has come, or something happened before; all look then."""
        self._still = True
        stirred = self._stirred
        with suppress(TimeoutError):
            async with asyncio.timeout_at(moment_s):
                await stirred.wait()
        self.stir()


class _Either:
    """Two events to wait for at once."""

    def __init__(self, one: asyncio.Event, other: asyncio.Event) -> None:
        self._events = (one, other)

    async def wait(self) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in self._events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
