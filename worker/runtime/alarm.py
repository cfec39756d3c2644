"""Timers fire when they are due: one look into the ledger, when there is something to look for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from worker.clock import Clock
from worker.model.event import Event
from worker.runtime.flows import tell
from worker.sources.timers import TimerSource

LONGEST_PAUSE_S = 60.0
"""The difference to the platform's clock may be learned anew meanwhile."""

HELD_PAUSE_S = 0.2
"""Between looks at a timer that is due and must wait for messages to be read or decided."""


class Alarm:
    """Fires due timers for ever; between them it knows when the next one is due, and no more.

    What a customer or a colleague did before a timer was due counts, also where it is read after
    that: nothing fires before the messages have been read up to its time.

    Args:
        now: platform time.
        read_until: platform time up to which messages have been read; None: not yet.
        busy: messages of a lane wait for their decision.
    """

    def __init__(
        self,
        source: TimerSource,
        clock: Clock,
        now: Callable[[], datetime],
        read_until: Callable[[], datetime | None],
        busy: Callable[[str], bool],
        take: Callable[[Iterable[Event]], Awaitable[None]],
    ) -> None:
        self._source = source
        self._clock = clock
        self._now = now
        self._read_until = read_until
        self._busy = busy
        self._take = take
        self._next: datetime | None = None
        self._known = False
        self._added = 0
        self._wake = asyncio.Event()

    def added(self, due_at: datetime) -> None:
        """A timer has been stored that is due then."""
        if self._known and self._next is not None and due_at >= self._next:
            return
        self._added += 1
        self._known = False
        self._wake.set()

    async def run(self) -> None:
        """Never returns."""
        while True:
            self._wake.clear()
            held = await self._look()
            pause = HELD_PAUSE_S if held else self._pause_s()
            await self._clock.rest(pause, self._wake)

    def _pause_s(self) -> float:
        if self._next is None:
            return LONGEST_PAUSE_S
        return min(LONGEST_PAUSE_S, max(0.0, (self._next - self._now()).total_seconds()))

    async def _look(self) -> bool:
        """What is due has fired; True: something is due and could not."""
        if not self._known:
            added = self._added
            self._next = await self._source.next_due()
            self._known = added == self._added  # else one came after the look, perhaps sooner
        if self._next is None or self._next > self._now():
            return False
        until = self._read_until()
        if until is None or until < self._next:
            return True
        self._known = False
        events, left = await self._source.fire(min(until, self._now()), self._busy)
        for event in events:
            tell(event)
        await self._take(events)
        return left or await self._look()
