"""The request budget of one account: a sliding bound, a pace 429 lowers, sends before reads."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.usage import VALID_S, Note, ahead, free, noted

WINDOW_S: Final = 60.0
GRAIN_S: Final = 0.01
"""Ends of calls are kept in grains, so that memory is bounded at any rate. Each counts to the end
of its grain: what ended 60 s ago to the last digit may be in the platform's window still."""

SENDS_SHARE: Final = 0.2
"""Part of the budget reads leave alone, so that a reply need not wait for polls to grow old."""

LOWEST_PACE: Final = 0.05
RECOVERY_S: Final = 15.0
RECOVERY_STEP: Final = 0.05
"""Without another 429 the pace grows by this much of the budget every `RECOVERY_S`."""

LONGEST_HOLD_S: Final = 3600.0
"""A wrong or hostile Retry-After must not silence an account for days."""

LONGEST_BLIND_HOLD_S: Final = 60.0
WRITE_PATIENCE_S: Final = 10.0
"""A send that waits longer is given back: what was asked just before it would be stale."""

READ_PATIENCE_S: Final = WINDOW_S + 1.0
"""Long enough for a turn where the whole budget was used a moment before."""

_STEP_S: Final = 1.0


_URGENT: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgent() -> Iterator[None]:
    """Reads made inside stand in line with sends: a send waits for what they tell.

    Otherwise sends without end would hold back the very reads that clear up whether one was sent.
    """
    token = _URGENT.set(True)
    try:
        yield
    finally:
        _URGENT.reset(token)


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """The budget at one moment.

    Args:
        limit: requests per 60 s as set; `allowed` as lowered by 429.
        used: requests in the last 60 s, those in flight included.
        held_s: seconds until anything is sent again after a 429; 0 if not held.
    """

    limit: int
    allowed: int
    used: int
    held_s: float


@dataclass(eq=False, slots=True)
class _Waiter:
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class Turn:
    """One request of a budget: begun on entering, ended on leaving; see `Budget.begin`."""

    __slots__ = ("_budget", "_writes")

    def __init__(self, budget: Budget, *, writes: bool) -> None:
        self._budget = budget
        self._writes = writes

    async def __aenter__(self) -> bool:
        return await self._budget.begin(writes=self._writes)

    async def __aexit__(self, *_error: object) -> None:
        self._budget.end()


class Budget:
    """No 60 s window holds more than `limit` requests, at this end or at the other.

    A request is counted from its begin until 60 s after its end: it arrived at some moment between,
    so the bound holds for the platform's windows too, however slow the network was.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        """Nothing was used yet. `limit`: requests per 60 s, at least 1."""
        self._limit = max(1, limit)
        self._clock = clock
        self._in_flight = 0
        self._ended: deque[list[float]] = deque()  # [when it stops counting, how many]
        self._ended_count = 0
        self._lines: dict[bool, deque[_Waiter]] = {True: deque(), False: deque()}
        self._pace = 1.0
        self._pace_at = 0.0
        self._held_until = -math.inf
        self._refusals = 0
        self._lowered_at = -math.inf
        self._keep: Callable[[str], Awaitable[None]] | None = None
        self._keeping = asyncio.Lock()
        self._ahead = 0
        self._ahead_until = -math.inf

    def outlive(self, before: str | None, keep: Callable[[str], Awaitable[None]]) -> None:
        """The bound holds over a restart too: what the last process used counts, and so will this.

        Args:
            before: the last note of the process before, "" if it left none; None: there was none.
            keep: makes a note durable.
        """
        self._keep = keep
        if before is None:
            return
        note = Note.parse(before)
        left = note.left(self._clock.now()) if note is not None else []
        now = self._clock.monotonic()
        for left_s, count in sorted([*left, (WINDOW_S, free(self._limit))]):
            self._ended.append([now + left_s, count])
            self._ended_count += count

    def turn(self, *, writes: bool) -> Turn:
        """One request may be made inside.

        Args:
            writes: it goes before reads; so does a read that is `urgent`.
        """
        return Turn(self, writes=writes or _URGENT.get())

    async def begin(self, *, writes: bool) -> bool:
        """One request may be made; its `end` must be told. True: it had to stand in line.

        Raises:
            GatewayError: `PAUSED`, nothing was sent: the wait would be longer than is sensible.
        """
        now = self._clock.monotonic()
        line = self._lines[writes]
        stood = bool(line) or self._outranked(writes=writes) or self._delay(now, writes=writes) > 0
        if stood:
            await self._stand_in_line(line, writes=writes)
            now = self._clock.monotonic()
        self._in_flight += 1
        if self._keep is None or self._is_covered(now):
            return stood
        try:
            await self._note_down(self._keep)
        except BaseException:
            self.end()
            raise
        return stood

    def end(self) -> None:
        """The request has ended, well or not; it counts for another minute."""
        self._in_flight -= 1
        self._ended_count += 1
        until = (math.floor(self._clock.monotonic() / GRAIN_S) + 1) * GRAIN_S + WINDOW_S
        if self._ended and self._ended[-1][0] >= until:
            self._ended[-1][1] += 1
        else:
            self._ended.append([until, 1])

    def throttled(self, retry_after_s: float | None, began_at: float) -> None:
        """A 429 came: everything waits, then goes on slower.

        Args:
            retry_after_s: what the answer asked for.
            began_at: monotonic time at which the refused request began; those already under way
                when the pace was lowered do not lower it again.
        """
        now = self._clock.monotonic()
        if began_at >= self._lowered_at:
            self._refusals += 1
            self._set_pace(max(LOWEST_PACE, self._current_pace(now) / 2), now)
            self._lowered_at = now
        blind = min(LONGEST_BLIND_HOLD_S, 2.0 ** min(self._refusals - 1, 10))
        hold = blind if retry_after_s is None else min(LONGEST_HOLD_S, max(0.0, retry_after_s))
        self._held_until = max(self._held_until, now + hold)

    def answered(self, began_at: float) -> None:
        """A request that began after the last 429 was answered otherwise: back-off starts anew."""
        if began_at > self._lowered_at:
            self._refusals = 0

    def figures(self) -> BudgetFigures:
        """The budget now, for metrics and for whoever plans polls."""
        now = self._clock.monotonic()
        self._forget(now)
        return BudgetFigures(
            limit=self._limit,
            allowed=self._allowed(now),
            used=self._in_flight + self._ended_count,
            held_s=max(0.0, self._held_until - now),
        )

    async def _note_down(self, keep: Callable[[str], Awaitable[None]]) -> None:
        """What this call uses is covered by a durable note."""
        async with self._keeping:
            now = self._clock.monotonic()
            if self._is_covered(now):
                return
            more = ahead(self._limit)
            ended = [(until - now, int(count)) for until, count in self._ended]
            note = noted(self._clock.now(), ended, self._in_flight + more)
            await keep(note.text())
            self._ahead, self._ahead_until = more, now + VALID_S

    def _is_covered(self, now: float) -> bool:
        """A durable note covers what this call uses, or it is little enough to need none."""
        self._forget(now)
        if self._in_flight + self._ended_count <= free(self._limit):
            return True
        if self._ahead > 0 and now < self._ahead_until:
            self._ahead -= 1
            return True
        return False

    async def _stand_in_line(self, line: deque[_Waiter], *, writes: bool) -> None:
        waiter = _Waiter()
        line.append(waiter)
        patience = WRITE_PATIENCE_S if writes else READ_PATIENCE_S
        give_up_at = self._clock.monotonic() + patience
        try:
            while line[0] is not waiter or self._outranked(writes=writes):
                waiter.turn.clear()
                await waiter.turn.wait()
            await self._first_in_line(waiter, give_up_at, writes=writes)
        finally:
            line.remove(waiter)
            self._call_next()

    async def _first_in_line(self, waiter: _Waiter, give_up_at: float, *, writes: bool) -> None:
        while True:
            if self._outranked(writes=writes):
                waiter.turn.clear()
                await waiter.turn.wait()
                continue
            now = self._clock.monotonic()
            delay = self._delay(now, writes=writes)
            if delay <= 0:
                return
            if now + delay > give_up_at:
                raise GatewayError(
                    Fault.PAUSED,
                    "the request budget is used up; not sent",
                    took_effect=TookEffect.NO,
                    retry_after_s=delay,
                )
            # In steps: the pace recovers meanwhile.
            await self._clock.sleep(min(delay, _STEP_S))

    def _call_next(self) -> None:
        for line in (self._lines[True], self._lines[False]):
            if line:
                line[0].turn.set()
                return

    def _outranked(self, *, writes: bool) -> bool:
        return not writes and bool(self._lines[True])

    def _delay(self, now: float, *, writes: bool) -> float:
        """Seconds until a request may begin, a lower bound; 0 or less: now."""
        self._forget(now)
        held = self._held_until - now
        allowed = self._allowed(now)
        room = allowed if writes else allowed - int(allowed * SENDS_SHARE)
        if self._in_flight + self._ended_count < room:
            return held
        missing = self._in_flight + self._ended_count - room + 1
        for until, count in self._ended:
            missing -= int(count)
            if missing <= 0:
                return max(held, until - now)
        # Only calls in flight stand in the way: the earliest of them ends now.
        return max(held, WINDOW_S)

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0][0] <= now:
            self._ended_count -= int(self._ended.popleft()[1])

    def _allowed(self, now: float) -> int:
        return max(1, int(self._limit * self._current_pace(now)))

    def _current_pace(self, now: float) -> float:
        if self._pace < 1.0:
            steps = int((now - max(self._pace_at, self._held_until)) / RECOVERY_S)
            if steps > 0:
                return min(1.0, self._pace + steps * RECOVERY_STEP)
        return self._pace

    def _set_pace(self, pace: float, now: float) -> None:
        self._pace = pace
        self._pace_at = now
