"""How many conversations are read at once, and which of them first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.unit.ledger.nouns import ACCOUNT, event, intent
from worker.errors import Fault, GatewayError, TookEffect
from worker.ledger.memory import MemoryLedger
from worker.model.chat import Conversation, Message
from worker.model.gateway import Page
from worker.model.ids import ConversationId, MessageId
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource
from worker.sources.reader import NEAR_READERS, NEAR_S, READERS
from worker.sources.start import Start
from worker.sources.sweep import EVERY_S, FAILED_PAUSE_S
from worker.virtual_time import LoopClock, run_virtually

BEGAN = datetime(2026, 10, 5, 2, tzinfo=UTC)


class Platform:
    """Conversations without messages; every page takes so many seconds.

    Attributes:
        order: the conversations that were read.
        most: so many were read at once.
        refused: how often a page below the first one was refused; None: they are given.
    """

    clock_offset_s = 0.0
    conversations_sorted = True

    def __init__(self, clock: LoopClock, seconds: float) -> None:
        self.seconds = seconds
        self.rows: tuple[Conversation, ...] = ()
        self.order: list[ConversationId] = []
        self.most = 0
        self.refused: int | None = None
        self._clock = clock
        self._reading = 0

    async def conversations(self, skip: int, limit: int) -> Page[Conversation]:
        """The page; one below the first may be refused."""
        if skip and self.refused is not None:
            self.refused += 1
            raise GatewayError(Fault.SERVER, "500", took_effect=TookEffect.NO, status=500)
        end = skip + limit
        return Page(self.rows[skip:end], end if end < len(self.rows) else None, 0)

    async def messages(self, conversation: Conversation, _skip: int, _limit: int) -> Page[Message]:
        """None, after a while."""
        self.order.append(conversation.id)
        self._reading += 1
        self.most = max(self.most, self._reading)
        await self._clock.sleep(self.seconds)
        self._reading -= 1
        return Page((), None, 0)


def moved(number: int, at: datetime, latest: str) -> Conversation:
    """A row of the list."""
    return Conversation(
        id=ConversationId(f"conv_{number}"),
        moved=f"{at}|{latest}",
        moved_at=at,
        latest_message_id=MessageId(latest),
    )


def source(platform: Platform, clock: LoopClock) -> tuple[MessageSource, Memory]:
    """A source of this platform that never looked at it."""
    memory = Memory(MemoryLedger(), ACCOUNT)
    made = MessageSource(cast("Any", platform), MemoryLedger(), memory, clock, Start("beginning"))
    return made, memory


@pytest.mark.parametrize(
    ("seconds", "at_once"), [(NEAR_S / 2, NEAR_READERS), (10 * NEAR_S, READERS)]
)
def test_a_platform_that_is_far_away_is_asked_for_more_at_once(
    seconds: float, at_once: int
) -> None:
    """A near one would have answers wait for each other's work, a far one be waited for."""

    async def scenario() -> None:
        clock = LoopClock(BEGAN)
        platform = Platform(clock, seconds)
        made, _memory = source(platform, clock)
        rows = [moved(number, BEGAN, f"msg_{number}") for number in range(3 * READERS)]
        for _ in range(2):  # the first time tells how far away it is
            platform.most = 0
            await made.read(rows, as_of=clock.monotonic())
        assert platform.most == at_once

    run_virtually(scenario())


def test_who_waits_longest_is_read_first_and_what_our_own_answers_moved_last() -> None:
    """Customers would wait for pages that show the worker nothing but its own messages."""

    async def scenario() -> None:
        clock = LoopClock(BEGAN)
        platform = Platform(clock, 0.0)
        made, memory = source(platform, clock)
        memory.ended(intent(event(1)), MessageId("msg_ours"))
        minute = timedelta(minutes=1)
        platform.rows = (
            moved(1, BEGAN, "msg_second"),
            moved(2, BEGAN - minute, "msg_first"),
            moved(3, BEGAN - 2 * minute, "msg_ours"),
        )
        await made.poll()
        assert platform.order == ["conv_2", "conv_1", "conv_3"]

    run_virtually(scenario())


def test_a_page_of_the_list_that_is_always_refused_keeps_nobody_waiting_above_it() -> None:
    """One row that the platform chokes on would silence the whole account within the hour."""

    async def scenario() -> None:
        clock = LoopClock(BEGAN)
        platform = Platform(clock, 0.0)
        made, _memory = source(platform, clock)
        platform.rows = tuple(
            moved(number, BEGAN - timedelta(minutes=number), f"msg_{number}")
            for number in range(200)
        )
        while (await made.poll()).movement:
            await clock.sleep(1)
        platform.refused = 0
        await clock.sleep(EVERY_S)
        platform.order.clear()
        platform.rows = (moved(500, BEGAN + timedelta(hours=1), "msg_500"), *platform.rows)
        polled = await made.poll()
        assert "conv_500" in platform.order
        began = clock.monotonic()
        while polled.movement:  # a busy pace for a page that is refused would be for nothing
            assert "cannot be read to its end" in polled.degraded
            await clock.sleep(1)
            polled = await made.poll()
        assert platform.refused <= 1 + (clock.monotonic() - began) / FAILED_PAUSE_S
        await clock.sleep(FAILED_PAUSE_S)
        platform.refused = None
        await made.poll()
        assert not (await made.poll()).degraded

    run_virtually(scenario())
