"""What reading costs: requests per poll, idle and busy, over the size of an account.

    python benchmarks/reading.py --conversations 50 500 5000

Runs the whole worker against the sandbox in virtual time, both in this process, so that counts are
the same in each run. For each size: the first start, ten idle minutes, a status change in ten
conversations, a message with its answer in ten, one burst of 500 messages, and a restart.
Exits 1 if idle polls cost more than one request each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from worker.app import run  # noqa: E402
from worker.ledger.memory import MemoryLedger  # noqa: E402
from worker.sandbox.gateway import SandboxGateway  # noqa: E402
from worker.sandbox.switches import Switches  # noqa: E402
from worker.sandbox.transport import SandboxTransport  # noqa: E402
from worker.settings import Settings  # noqa: E402
from worker.virtual_time import LoopClock, run_virtually  # noqa: E402

RULES = """
defaults: { settle: 0s }
rules:
  - id: price
    when: message.received
    if: [{ text: { equals: price } }]
    do: [{ reply: "Our price list" }]
"""
IDLE_S = 600.0
TOUCHED = 10
BURST = 500


class Account:
    """A simulated account, and the requests it is asked."""

    def __init__(self, conversations: int, switches: Switches, rules: Path) -> None:
        self.clock = LoopClock(datetime(2026, 10, 5, 2, tzinfo=UTC))
        self.gateway = SandboxGateway(self.clock, switches=switches)
        self.ledger = MemoryLedger()
        self.rules = rules
        if not switches.team_list:
            self.gateway.faults.add("search_conversations: 404")
        stage = self.gateway.stage
        self.seats = [
            stage.create_conversation(stage.create_contact(), notify=False)
            for _ in range(conversations)
        ]
        for who in self.seats:
            stage.customer_says(who, "hello")
        self.found: dict[str, Counter[str]] = {}

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """A worker runs inside."""
        settings = Settings(
            access_token=SecretStr(self.gateway.access_token),
            rules=self.rules,
            http_port="off",
            watch=False,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(
            run(
                settings,
                stop=stop,
                clock=self.clock,
                transport=SandboxTransport(self.gateway),
                ledger=self.ledger,
            )
        )
        yield
        stop.set()
        await task

    async def counted(self, name: str, seconds: float) -> None:
        """What is asked in so many seconds is counted under a name."""
        await self.clock.sleep(seconds)
        self.found[name] = Counter(self.gateway.requests.counts)
        self.gateway.requests.clear()

    async def measure(self) -> Mapping[str, Counter[str]]:
        """All parts, one after the other."""
        stage = self.gateway.stage
        async with self.worker():
            await self.counted("first start", 120.0)
            await self.counted("idle 10 min", IDLE_S)
            for who in self.seats[:TOUCHED]:
                stage.set_status(who, "closed")
            await self.counted(f"{TOUCHED} statuses, 1 min", 60.0)
            for who in self.seats[TOUCHED : 2 * TOUCHED]:
                stage.customer_says(who, "price")
            await self.counted(f"{TOUCHED} answers, 1 min", 60.0)
            for number in range(BURST):
                stage.customer_says(self.seats[-1], f"line {number}")
            await self.counted(f"burst of {BURST}, 1 min", 60.0)
        async with self.worker():
            await self.counted("restart, 2 min", 120.0)
            await self.counted("idle again", IDLE_S)
        return self.found


def measured(conversations: int, switches: Switches) -> Mapping[str, Counter[str]]:
    """Requests of each part, by endpoint."""

    async def whole() -> Mapping[str, Counter[str]]:
        return await Account(conversations, switches, rules).measure()

    with tempfile.TemporaryDirectory() as directory:
        rules = Path(directory) / "rules.yaml"
        rules.write_text(RULES, "utf-8")
        return run_virtually(whole())


def report(conversations: int, name: str, found: Mapping[str, Counter[str]]) -> bool:
    """The table of one account is printed; True if idle polls cost one request each."""
    print(f"\n{conversations} conversations, {name}")
    columns: dict[str, Any] = {
        "list": "list_conversations",
        "messages": "list_messages",
        "notices": "list_notifications",
    }
    print(f"  {'':<22}{'list':>8}{'messages':>10}{'notices':>9}{'other':>7}{'a minute':>10}")
    for part, counts in found.items():
        minutes = {"idle": 10.0, "first": 2.0, "restart": 2.0}.get(part.split()[0].rstrip(","), 1.0)
        told = [counts[endpoint] for endpoint in columns.values()]
        other = counts.total() - sum(told)
        print(
            f"  {part:<22}{told[0]:>8}{told[1]:>10}{told[2]:>9}{other:>7}"
            f"{counts.total() / minutes:>10.1f}"
        )
    idle = found["idle 10 min"]
    polls = IDLE_S / 2 + 1
    print(f"  requests per idle poll of messages: {idle['list_conversations'] / polls:.2f}")
    return idle["list_conversations"] <= polls and not idle["list_messages"]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--conversations", type=int, nargs="+", default=[50, 500, 5000])
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    fine = True
    for count in options.conversations:
        fine &= report(count, "list with newest messages", measured(count, Switches()))
        bare = Switches(latest_message_in_list=False)
        fine &= report(count, "list without them", measured(count, bare))
        report(count, "no list", measured(count, Switches(team_list=False)))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
