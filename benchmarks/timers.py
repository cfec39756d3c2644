"""What many rules that wait cost while they wait: disk, memory, and one look for what is due.

    python -m benchmarks.timers --timers 100000

Fills a ledger with one question each in as many conversations, through the ledger's own calls, and
prints: bytes of the timers' rows and indexes, bytes of the whole file, resident memory that opening
it takes, CPU time of a look for due timers with few and with all of them in the file, and what the
alarm of a worker does in a minute in which none is due. Exits 1 above 100 MB, or where a look costs
more than three times what it costs with a hundred timers.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.ledger import SqliteLedger
from worker.model.action import Guards, Intent, IntentState
from worker.model.event import Event, EventKind
from worker.model.flow import Flow, Timer
from worker.model.ids import AccountId, ContactId, ConversationId, EventId, IntentKey, RuleId
from worker.model.ledger import Ledger, Planned, Receipt, Settlement
from worker.model.verdict import Trace
from worker.runtime.alarm import Alarm
from worker.sources.memory import Memory
from worker.sources.timers import TimerSource
from worker.virtual_time import LoopClock, run_virtually

PROMISED_BYTES = 100_000_000
GROWTH = 3.0
ACCOUNT = AccountId("acct")
NOW = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
BATCH = 500
LOOKS = 2000
FEW = 100


def question(number: int) -> tuple[Event, Intent, Timer]:
    """A message, the question that answers it, and the row of its answer."""
    conversation = ConversationId(f"conv_{number:024x}")
    contact = ContactId(f"con_{number:024x}")
    event = Event(
        id=EventId(f"message:msg_{number:024x}"),
        account=ACCOUNT,
        kind=EventKind.MESSAGE_RECEIVED,
        at=NOW,
        conversation_id=conversation,
        contact_id=contact,
    )
    flow = Flow(
        script="0123456789abcdef0123456789abcdef",
        rule_id=RuleId("order-status"),
        about=event.id,
        step="number",
        position=1,
        rest=(2, 7, 8),
        found={"topic": "delivery"},
        steps={"topic": {"outcome": "answered", "answer": "Delivery", "payload": "delivery"}},
        wait_s=3600.0,
        asked_at=NOW,
    )
    key = IntentKey(f"{number:032x}")
    intent = Intent(
        key=key,
        account=ACCOUNT,
        lane=conversation,
        event_id=event.id,
        rule_id=flow.rule_id,
        position=1,
        kind="ask",
        visible=True,
        work={"kind": "text", "text": "Your order number, please?", "for_s": 3600.0},
        guards=Guards(human_quiet=timedelta(minutes=30)),
        event_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
        created_at=NOW,
        conversation_id=conversation,
        contact_id=contact,
    )
    timer = Timer(
        key=key,
        account=ACCOUNT,
        kind="ask",
        due_at=NOW + timedelta(hours=1, milliseconds=number),
        flow=flow,
        conversation_id=conversation,
        contact_id=contact,
    )
    return event, intent, timer


async def fill(ledger: Ledger, first: int, count: int) -> None:
    """So many questions more are open."""
    for begin in range(first, first + count, BATCH):
        rows = [question(number) for number in range(begin, min(begin + BATCH, first + count))]
        await ledger.receive(Receipt(account=ACCOUNT, events=tuple(row[0] for row in rows)))
        await ledger.plan(
            [
                Planned(
                    account=ACCOUNT,
                    events=(event.id,),
                    at=NOW,
                    trace=Trace(),
                    intents=(intent,),
                    scripts={timer.flow.script: "{}"},
                )
                for event, intent, timer in rows
            ]
        )
        await ledger.claim([intent.key for _, intent, _ in rows], NOW)
        await ledger.settle(
            [
                Settlement(key=intent.key, state=IntentState.DONE, at=NOW, timer=timer)
                for _, intent, timer in rows
            ]
        )


async def look_s(ledger: Ledger) -> float:
    """CPU seconds of one look for what is due, when nothing is."""
    begun = time.process_time()
    for _ in range(LOOKS):
        if await ledger.timers(ACCOUNT, before=NOW, limit=256):
            raise RuntimeError("nothing should be due")
    return (time.process_time() - begun) / LOOKS


def sizes(path: Path) -> tuple[int, int]:
    """Bytes of the timers' pages, and of the whole file."""
    with sqlite3.connect(path) as connection:
        try:
            rows = connection.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'timers%'"
                " OR name LIKE 'sqlite_autoindex_timers%'"
            ).fetchone()
            timers = int(rows[0] or 0)
        except sqlite3.OperationalError:  # built without it: the whole file is no less
            timers = path.stat().st_size
    return timers, path.stat().st_size


def resident_bytes() -> int:
    """The process's memory now."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize()


class Counted:
    """A ledger that counts the looks of an alarm."""

    def __init__(self, waiting: Timer) -> None:
        self.looks = 0
        self._waiting = waiting

    async def timers(self, *_: object, before: datetime | None = None, **__: object) -> object:
        """The one that waits."""
        self.looks += 1
        due = self._waiting.due_at
        return (self._waiting,) if before is None or (due and due <= before) else ()


def looks_a_minute() -> int:
    """How often a worker's alarm asks the ledger in a minute in which nothing is due."""

    async def scenario() -> int:
        clock = LoopClock(NOW)
        ledger = Counted(question(0)[2])

        async def take(_: object) -> None:
            raise RuntimeError("nothing should be due")

        memory = Memory(ledger, ACCOUNT)  # type: ignore[arg-type]
        source = TimerSource(ledger, memory)  # type: ignore[arg-type]
        alarm = Alarm(source, clock, clock.now, clock.now, lambda _: False, take)
        running = asyncio.create_task(alarm.run())
        await clock.sleep(60)
        running.cancel()
        return ledger.looks

    return run_virtually(scenario())


async def measure(count: int) -> bool:
    """Everything is printed; True: within what is promised."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "worker.db"
        ledger = SqliteLedger(path)
        await ledger.open()
        await fill(ledger, 0, FEW)
        few = await look_s(ledger)
        await fill(ledger, FEW, count - FEW)
        await ledger.close()
        before = resident_bytes()
        ledger = SqliteLedger(path)
        await ledger.open()
        many = await look_s(ledger)
        after = resident_bytes()
        await ledger.close()
        timers, whole = sizes(path)
    print(f"timers waiting            {count:>12,}")
    print(f"rows and indexes          {timers / 1e6:>12.1f} MB  ({timers / count:.0f} bytes each)")
    print(f"whole file                {whole / 1e6:>12.1f} MB  (with events, decisions, actions)")
    print(f"memory after opening it   {(after - before) / 1e6:>12.1f} MB")
    print(f"a look with {FEW:,} waiting    {few * 1e6:>12.0f} µs of CPU time")
    print(f"a look with all of them   {many * 1e6:>12.0f} µs of CPU time")
    return timers <= PROMISED_BYTES and after - before <= PROMISED_BYTES and many <= GROWTH * few


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=100_000)
    arguments = parser.parse_args()
    measured = asyncio.run(measure(arguments.timers))
    print(f"looks in a quiet minute   {looks_a_minute():>12}")
    return 0 if measured else 1


if __name__ == "__main__":
    sys.exit(main())
