"""What doing one planned action costs the event loop, without HTTP client, ledger and log lines.

    python -m benchmarks.sending [--rounds 15]

In the clock: a reply waits in its lane, its guards are asked again, it is claimed, its message is
made, sent through budget and breaker, its answer read, its outcome settled and counted. A stored
answer stands in for the platform and nothing is kept: both answer, as a round of the loop does,
all that waits together. 256 lanes of 40 replies, 64 calls at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import uvloop
from pydantic import SecretStr

from worker.clock import Clock, SteadyClock, SystemClock
from worker.gateways.connect import connect_account
from worker.ledger.memory import MemoryLedger
from worker.log import configure_logs
from worker.metrics import Metrics
from worker.model.action import Guards, Intent
from worker.model.chat import Conversation
from worker.model.http import Request, Response
from worker.model.ids import ContactId, ConversationId, EventId, IntentKey, RuleId
from worker.model.ledger import Settlement
from worker.model.limit import Limit
from worker.model.state import ContactState, ConversationState
from worker.runtime.executor import Executor, Ways
from worker.runtime.gather import Gatherer
from worker.runtime.readback import ReadBack
from worker.runtime.steps import Steps
from worker.runtime.tasks import Tasks
from worker.runtime.watch import SendGuard
from worker.settings import Settings
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource

LANES, EACH = 256, 40
HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "content-length": "316",
    "date": "Sat, 21 Nov 2026 12:00:00 GMT",
}
STORED = (
    b'{"id":"msg_%d","object_name":"message","organization_id":"org_1","business_unit_id":"bu_1",'
    b'"conversation_id":"conv_1","type":"text","from":"u_1","is_sent":true,'
    b'"content":{"text":"answer","type":"text"},"created_at":"2026-11-21T12:00:00.000Z",'
    b'"updated_at":"2026-11-21T12:00:00.000Z"}'
)


class Round:
    """Whoever waits goes on in the loop's next round, with all others."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def __call__(self) -> asyncio.Future[None]:
        """It has come."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._come)
        self._waiting.append(loop.create_future())
        return self._waiting[-1]

    def _come(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(None)


class Answers:
    """A transport that stores every message."""

    def __init__(self) -> None:
        self._round = Round()
        self._stored = 0

    async def send(self, _request: Request) -> Response:
        """See `Transport.send`."""
        await self._round()
        self._stored += 1
        return Response(200, HEADERS, STORED % self._stored)

    async def close(self) -> None:
        """Nothing is open."""


class Prompt(MemoryLedger):
    """A ledger that agrees to all and keeps nothing."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self._round = Round()
        self._left = expected
        self.done = asyncio.Event()

    async def claim(self, keys: Sequence[IntentKey], _at: object) -> tuple[IntentKey, ...]:
        """See `Ledger.claim`."""
        await self._round()
        return tuple(keys)

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """See `Ledger.settle`."""
        await self._round()
        self._left -= len(settlements)
        if not self._left:
            self.done.set()


def staged(ledger: Prompt, clock: Clock) -> tuple[Executor, Memory]:
    """What does the actions, on an account that nobody has throttled."""
    metrics = Metrics(clock)
    settings = Settings(
        base_url="http://nowhere.example",
        access_token=SecretStr("acc_00000000-0000-0000-0000-000000000000"),
        requests_per_minute=1_000_000,
    )
    gateway = connect_account(settings, clock, metrics, Answers()).gateway
    memory = Memory(ledger, gateway.identity.account)
    steps = Steps()

    async def nothing(_one: object) -> None:
        return None

    guard = SendGuard(
        gateway,
        ledger,
        memory,
        cast("MessageSource", None),  # all that is known is new
        cast("Gatherer", None),  # and no step has conditions of its own
        clock,
        nothing,
        nothing,
    )
    ways = Ways(
        concurrency=64,
        request_timeout_s=20.0,
        tag_field="remark",
        quick_replies="auto",
        dry_run=False,
    )
    executor = Executor(
        gateway,
        ledger,
        memory,
        guard,
        ReadBack(gateway, memory, clock, settling_s=2.0, in_doubt_after_s=60.0),
        clock,
        metrics,
        Tasks(),
        ways,
        lambda *_given: nothing(None),
        steps.forget,
        lambda *_given: (None, None),
        lambda _at: None,
    )
    return executor, memory


def planned(memory: Memory, clock: Clock) -> list[Intent]:
    """The replies, oldest first, with what is known of their conversations."""
    now = clock.now()
    guards = Guards(
        human_quiet=timedelta(minutes=30),
        limits=(
            Limit(1_000_000, timedelta(hours=1), "conversation"),
            Limit(1_000_000, timedelta(hours=1), "contact"),
        ),
    )
    for lane in range(LANES):
        one, contact = ConversationId(f"conv_{lane}"), ContactId(f"con_{lane}")
        told = Conversation(id=one, address=f"tcu_{lane}", contact_id=contact, status="active")
        memory.put(ConversationState(conversation=told))
        memory.put_contacts(ContactState(id=contact))
        memory.readings.read(one, clock.monotonic() + 1000.0)
    intents = [
        Intent(
            key=IntentKey(f"{number}:{lane}"),
            account=memory.account,
            lane=f"conv_{lane}",
            event_id=EventId(f"message:{number}:{lane}"),
            rule_id=RuleId("price"),
            position=0,
            kind="reply",
            visible=True,
            work={"kind": "text", "text": "answer"},
            guards=guards,
            event_at=now,
            expires_at=now + timedelta(minutes=15),
            created_at=now,
            conversation_id=ConversationId(f"conv_{lane}"),
            contact_id=ContactId(f"con_{lane}"),
        )
        for number in range(EACH)
        for lane in range(LANES)
    ]
    memory.count_sends(intents)
    return intents


async def one_round() -> float:
    """Microseconds of the loop's CPU time an action."""
    ledger, clock = Prompt(LANES * EACH), SteadyClock(SystemClock())
    executor, memory = staged(ledger, clock)
    intents = planned(memory, clock)
    gc.collect()
    began = time.thread_time()
    executor.enqueue(intents)
    await ledger.done.wait()
    return (time.thread_time() - began) / len(intents) * 1e6


def main() -> None:
    """Median and best of the rounds are printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    configure_logs(level="error", stream=io.StringIO())
    took = [uvloop.run(one_round()) for _ in range(given.rounds)]
    middle = statistics.median(took)
    print(f"{middle:.1f} µs of the loop's CPU time an action ({min(took):.1f} at best)")


if __name__ == "__main__":
    main()
