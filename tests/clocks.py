"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class HandClock:
    """Time that passes only by `pass_by` and `sleep`."""

    def __init__(self) -> None:
        self._now = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
        self._monotonic = 1000.0

    def now(self) -> datetime:
        """The wall time set so far."""
        return self._now

    def monotonic(self) -> float:
        """Seconds passed so far."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """The time is over at once."""
        self.pass_by(seconds)

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """The same; whoever would wake is not waited for."""
        del wake
        await self.sleep(seconds)

    def pass_by(self, seconds: float) -> None:
        """Both clocks have moved on."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
