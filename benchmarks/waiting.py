"""What customers who wait cost while they wait: one look for who has waited too long.

    python -m benchmarks.waiting --waiting 100000

Fills a ledger with conversations whose customers wait, opens it anew, and prints: the plan of the
look-up's query, CPU time of a look that finds nobody with few and with all of them, CPU time of the
count for `worker status` and metrics, how long it takes to find five hundred who cross at once, and
how many questions the ledger is asked in a quiet minute. Exits 1 where the plan reads more than an
index, or where a look costs more than three times what it costs with a hundred who wait.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.ledger import SqliteLedger
from worker.ledger.sql import AWAITING_ANSWER, AWAITING_PERSON
from worker.model.chat import Conversation
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ContactId, ConversationId, MessageId, RuleId
from worker.model.ledger import Ledger, Receipt
from worker.model.rule import Rule, RuleSet, Trigger
from worker.model.state import ConversationState, Unanswered
from worker.runtime.bell import Bell
from worker.sources.memory import Memory
from worker.sources.waiting import WaitingLookout
from worker.virtual_time import LoopClock, run_virtually

GROWTH = 3.0
ACCOUNT = AccountId("acct")
NOW = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
FOR = timedelta(minutes=15)
BATCH = 500
LOOKS = 2000
FEW = 100
CROWD = 500


def waiting(number: int, since: datetime) -> ConversationState:
    """A conversation whose customer waits since then."""
    one = MessageId(f"msg_{number:024x}")
    waits = Unanswered(first_id=one, since=since, last_id=one, last_at=since)
    chat = Conversation(
        id=ConversationId(f"conv_{number:024x}"),
        contact_id=ContactId(f"con_{number:024x}"),
        status="active",
        channel="web",
    )
    return ConversationState(
        conversation=chat, opened=True, awaits_person=waits, awaits_answer=waits
    )


async def fill(ledger: Ledger, numbers: Iterable[int], since: datetime) -> None:
    """So many more wait, each a millisecond longer than the one before."""
    states = [
        waiting(number, since - timedelta(milliseconds=place))
        for place, number in enumerate(numbers)
    ]
    for begin in range(0, len(states), BATCH):
        await ledger.receive(
            Receipt(account=ACCOUNT, conversations=tuple(states[begin : begin + BATCH]))
        )


def rules() -> RuleSet:
    """One rule about waiting."""
    rule = Rule(
        id=RuleId("sorry"),
        order=0,
        triggers=(Trigger(EventKind.CONVERSATION_WAITING, {"for": "15m"}),),
        conditions=(),
        steps=(),
    )
    return RuleSet(rules=(rule,), version="bench", limits=(), settle=timedelta(0))


async def cpu_s(ask: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of one question."""
    begun = time.process_time()
    for _ in range(LOOKS):
        await ask()
    return (time.process_time() - begun) / LOOKS


async def look_s(ledger: Ledger) -> float:
    """CPU seconds of one look-up that finds nobody."""
    long_ago = NOW - timedelta(days=1)

    async def ask() -> None:
        found = await ledger.awaiting(
            ACCOUNT, automatic=False, after=(long_ago, ""), until=long_ago, limit=200
        )
        if found:
            raise RuntimeError("nobody should have waited so long")

    return await cpu_s(ask)


def plans(path: Path) -> list[str]:
    """How the look-ups read the file."""
    told = []
    with sqlite3.connect(path) as connection:
        for statement in (AWAITING_PERSON, AWAITING_ANSWER):
            rows = connection.execute(
                f"EXPLAIN QUERY PLAN {statement}", (ACCOUNT, 0, "", 1, 200)
            ).fetchall()
            told.append("; ".join(str(row[-1]) for row in rows))
    return told


async def crowd_s(ledger: Ledger) -> float:
    """Seconds until five hundred who cross at once are events in the ledger."""
    soon = NOW + timedelta(hours=1)
    await fill(ledger, range(10_000_000, 10_000_000 + CROWD), soon - FOR)
    lookout = WaitingLookout(ledger, Memory(ledger, ACCOUNT), rules, lambda: None)
    begun = time.perf_counter()
    looked = await lookout.look(soon)
    if len([one for one in looked.events if one.id.startswith("waiting:")]) < CROWD:
        raise RuntimeError("somebody was forgotten")
    return time.perf_counter() - begun


class Counted:
    """A ledger in which one customer waits; it counts the questions it is asked."""

    def __init__(self, since: datetime) -> None:
        self.questions = 0
        self._since = since

    async def awaiting(
        self, *_: object, until: datetime, **__: object
    ) -> tuple[tuple[ConversationId, datetime], ...]:
        """The one who waits."""
        self.questions += 1
        return ((ConversationId("conv"), self._since),) if self._since <= until else ()


def questions_a_minute() -> int:
    """How often the ledger is asked who waits in a minute in which nobody crosses."""

    async def scenario() -> int:
        clock = LoopClock(NOW)
        ledger = Counted(NOW)

        async def take(events: Iterable[Event]) -> None:
            if tuple(events):
                raise RuntimeError("nobody should have crossed")

        ruleset = rules()
        memory = Memory(ledger, ACCOUNT)  # type: ignore[arg-type]
        lookout = WaitingLookout(
            ledger,  # type: ignore[arg-type]
            memory,
            lambda: ruleset,
            lambda: None,
        )
        running = asyncio.create_task(Bell(lookout, clock.now, clock.now, take).run())
        await clock.sleep(5)
        before = ledger.questions
        await clock.sleep(60)
        running.cancel()
        return ledger.questions - before

    return run_virtually(scenario())


async def measure(count: int) -> bool:
    """Everything is printed; True: as promised."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "worker.db"
        ledger = SqliteLedger(path)
        await ledger.open()
        await fill(ledger, range(FEW), NOW)
        few = await look_s(ledger)
        await fill(ledger, range(FEW, count), NOW)
        await ledger.close()
        told = plans(path)
        ledger = SqliteLedger(path)
        await ledger.open()
        many = await look_s(ledger)
        begun = time.process_time()
        await ledger.summary(ACCOUNT)
        counting = time.process_time() - begun
        crowd = await crowd_s(ledger)
        await ledger.close()
    for plan in told:
        print(f"plan: {plan}")
    print(f"customers waiting             {count:>10,}")
    print(f"a look with {FEW:,} waiting        {few * 1e6:>10.0f} µs of CPU time")
    print(f"a look with all of them       {many * 1e6:>10.0f} µs of CPU time")
    print(f"the count for status, metrics {counting * 1e3:>10.1f} ms of CPU time")
    print(f"{CROWD} crossing at once          {crowd * 1e3:>10.0f} ms until all are events")
    indexed = all("USING COVERING INDEX conversations_awaiting" in plan for plan in told)
    sorted_anew = any("TEMP B-TREE" in plan for plan in told)
    return indexed and not sorted_anew and many <= GROWTH * few


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=100_000)
    arguments = parser.parse_args()
    as_promised = asyncio.run(measure(arguments.waiting))
    print(f"questions in a quiet minute   {questions_a_minute():>10}")
    return 0 if as_promised else 1


if __name__ == "__main__":
    sys.exit(main())
