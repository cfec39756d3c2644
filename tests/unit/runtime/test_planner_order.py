"""Events of one conversation are decided in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, cast

from tests.build import event, facts, message, rule, rule_set
from tests.clocks import HandClock
from worker.metrics import Metrics
from worker.model.event import Event
from worker.model.facts import Facts
from worker.model.ids import EventId
from worker.runtime.live import Live
from worker.runtime.planner import Planner
from worker.runtime.tasks import Tasks


class SlowForTheFirst:
    """A gatherer that needs longer for one event than for the next."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def remembered(self, one: Event, names: Mapping[str, Any]) -> Facts:
        """Facts; of the first, when it is told so."""
        if one.id == EventId("message:msg_1"):
            self.begun.set()
            await self.may_end.wait()
        return facts()


def waiting(planner: Planner) -> Iterable[EventId]:
    """Events in the order of their decisions."""
    return [
        one.id for bursts in planner._waiting.values() for burst in bursts for one in burst.events
    ]


async def test_a_later_message_does_not_overtake_one_whose_window_is_still_looked_up() -> None:
    """Found by the thousandth kill: the answer to a newer question came before the older one's."""
    clock, gatherer = HandClock(), SlowForTheFirst()
    planner = Planner(
        ledger=cast("Any", None),
        memory=cast("Any", None),
        gatherer=cast("Any", gatherer),
        live=Live(rule_set(rule("any"))),
        clock=clock,
        metrics=Metrics(clock),
        tasks=Tasks(),
        enqueue=cast("Any", list),
        steps=cast("Any", SimpleNamespace()),
    )
    older = asyncio.create_task(planner.take([event(message(name="msg_1"))]))
    await gatherer.begun.wait()
    newer = asyncio.create_task(planner.take([event(message(name="msg_2"))]))
    for _turn in range(5):
        await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop, no time
    gatherer.may_end.set()
    await asyncio.gather(older, newer)
    assert waiting(planner) == ["message:msg_1", "message:msg_2"]
