"""Rings when a time is over, and rests until the next one: nothing is looked for meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from worker.clock import Clock
from worker.model.event import Event
from worker.model.ledger import Ledger
from worker.model.rule import RuleSet
from worker.runtime.notices import POLLED
from worker.runtime.scheduler import ScheduleLookout
from worker.sources.lookout import Lookout
from worker.sources.memory import Memory
from worker.sources.waiting import WaitingLookout

LONGEST_PAUSE_S = 60.0
"""The difference to the platform's clock may be learned anew meanwhile."""

HELD_PAUSE_S = 0.2
"""Between looks while what is due must wait for messages to be read."""


class Bell:
    """Lets one lookout look whenever something may be due.

    Args:
        now: platform time.
        known_until: platform time up to which all that matters is known; None: nothing is.
    """

    def __init__(
        self,
        lookout: Lookout,
        clock: Clock,
        now: Callable[[], datetime],
        known_until: Callable[[], datetime | None],
        take: Callable[[Iterable[Event]], Awaitable[None]],
    ) -> None:
        self._lookout = lookout
        self._clock = clock
        self._now = now
        self._known_until = known_until
        self._take = take
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """What is looked for has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Never returns."""
        while True:
            self._wake.clear()
            pause = await self._look()
            await self._clock.rest(pause, self._wake)

    async def _look(self) -> float:
        """What is over has been found; seconds until the next look."""
        until = self._known_until()
        if until is None:
            return HELD_PAUSE_S
        looked = await self._lookout.look(min(until, self._now()))
        await self._take(looked.events)
        if looked.left:
            return 0.0
        if looked.due is None:
            return LONGEST_PAUSE_S
        rest = (looked.due - self._now()).total_seconds()
        return min(LONGEST_PAUSE_S, rest) if rest > 0.0 else HELD_PAUSE_S


def bells_of(
    ledger: Ledger,
    memory: Memory,
    clock: Clock,
    ruleset: Callable[[], RuleSet],
    now: Callable[[], datetime],
    read_until: Callable[[], datetime | None],
    take: Callable[[Iterable[Event]], Awaitable[None]],
) -> list[Bell]:
    """One for each lookout. Who waits is known as far as messages have been read; what is due by
    the clock always is.
    """

    def last_life() -> datetime | None:
        told = memory.memos.get(f"{POLLED}messages")
        return datetime.fromisoformat(told) if told else None

    waiting = Bell(WaitingLookout(ledger, memory, ruleset, last_life), clock, now, read_until, take)
    memory.asked.told = waiting.wake
    return [waiting, Bell(ScheduleLookout(ledger, memory, ruleset), clock, now, now, take)]
