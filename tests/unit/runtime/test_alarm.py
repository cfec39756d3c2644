"""When timers fire, and how seldom the ledger is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, EventId
from worker.runtime.alarm import Alarm
from worker.sources.timers import TimerSource
from worker.virtual_time import LoopClock, run_virtually

START = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)


@dataclass
class Rows:
    """Due times, as the ledger would tell them."""

    due: list[datetime] = field(default_factory=list)
    looks: int = 0
    busy: bool = False

    async def next_due(self) -> datetime | None:
        """The soonest."""
        self.looks += 1
        return min(self.due, default=None)

    async def fire(
        self, until: datetime, busy: Callable[[str], bool]
    ) -> tuple[tuple[Event, ...], bool]:
        """Those that are due are gone."""
        self.looks += 1
        if busy("lane"):
            return (), True
        fired = sorted(one for one in self.due if one <= until)
        self.due = [one for one in self.due if one > until]
        return tuple(_event(one) for one in fired), False


def _event(at: datetime) -> Event:
    return Event(
        id=EventId(at.isoformat()), account=AccountId("a"), kind=EventKind.FLOW_RESUMED, at=at
    )


@dataclass
class Scene:
    """An alarm at work; `read_until` follows the clock unless it is set."""

    clock: LoopClock
    rows: Rows
    fired: list[float] = field(default_factory=list)
    read: datetime | None = None
    unread: bool = False

    def seconds(self) -> float:
        """Since the start."""
        return (self.clock.now() - START).total_seconds()

    async def take(self, events: Iterable[Event]) -> None:
        """When each fired."""
        self.fired += [self.seconds() for _ in events]

    def read_until(self) -> datetime | None:
        """As it is set, else now."""
        return None if self.unread else self.read or self.clock.now()

    def alarm(self) -> Alarm:
        """A running one."""
        source = cast("TimerSource", self.rows)
        clock, rows = self.clock, self.rows
        return Alarm(source, clock, clock.now, self.read_until, lambda _: rows.busy, self.take)


def play(scenario: Callable[[Scene, Alarm], Coroutine[Any, Any, None]], *due: float) -> Scene:
    """The scenario was played with timers due so many seconds after the start."""

    async def whole() -> Scene:
        rows = Rows([START + timedelta(seconds=one) for one in due])
        scene = Scene(LoopClock(START), rows)
        alarm = scene.alarm()
        running = asyncio.create_task(alarm.run())
        await scenario(scene, alarm)
        running.cancel()
        return scene

    return run_virtually(whole())


async def _nothing(scene: Scene, _: Alarm) -> None:
    await scene.clock.sleep(3600)


def test_each_fires_when_it_is_due_and_the_ledger_is_asked_no_more_than_that() -> None:
    """A look a second for a hundred thousand sleeping timers would be all a quiet worker does."""
    scene = play(_nothing, 10, 20.5, 1800)
    assert [round(one, 1) for one in scene.fired] == [10.0, 20.5, 1800.0]
    assert scene.rows.looks <= 8


def test_one_that_is_added_later_and_due_sooner_is_not_overslept() -> None:
    """A short question asked beside a long wait must time out in its own time."""

    async def scenario(scene: Scene, alarm: Alarm) -> None:
        await scene.clock.sleep(5)
        due = START + timedelta(seconds=8)
        scene.rows.due.append(due)
        alarm.added(due)
        await scene.clock.sleep(60)

    assert [round(one) for one in play(scenario, 3600).fired] == [8]


def test_nothing_fires_before_messages_have_been_read_up_to_its_time() -> None:
    """An answer given in time and read late must not lose against the clock."""

    async def scenario(scene: Scene, _: Alarm) -> None:
        scene.unread = True
        await scene.clock.sleep(20)
        assert scene.fired == []
        scene.unread, scene.read = False, START + timedelta(seconds=9)
        await scene.clock.sleep(20)
        assert scene.fired == []
        scene.read = START + timedelta(seconds=10)
        await scene.clock.sleep(1)
        assert len(scene.fired) == 1

    play(scenario, 10)


def test_it_waits_for_messages_that_are_being_decided() -> None:
    """The message under decision may be the answer."""

    async def scenario(scene: Scene, _: Alarm) -> None:
        scene.rows.busy = True
        await scene.clock.sleep(20)
        assert scene.fired == []
        scene.rows.busy = False
        await scene.clock.sleep(1)
        assert len(scene.fired) == 1

    play(scenario, 10)
