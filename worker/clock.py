"""Time: the only home of clocks and sleeping, so that tests can own it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
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
