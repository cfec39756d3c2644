"""Minutes of steady traffic: every message is answered exactly once.

    python benchmarks/steady.py --minutes 5 --rules 100 --conversations 200 --rate 20

Starts a sandbox and `worker run`, each a process of its own, writes `--rate` customer messages a
second over `--conversations` conversations, each of which one of `--rules` rules answers with a
number of its own, waits until the last answer is due, and compares what the gateway saw with what
was asked: lost, doubled, wrong, out of order. Exits 1 if any is not 0. `--faults` adds mild ones.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
from sandbox_throughput import start_sandbox

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("price", "價錢", "giá", "ราคา")
QUIET_S = 10
"""Without a write at the gateway for so long, nothing more is coming."""

MILD = (
    "POST conversation_messages: 503-after p=0.01",
    "POST conversation_messages: 503-before p=0.01",
    "GET conversation_messages: 502 p=0.01",
    "POST conversation_messages: reset-after p=0.005",
)


def rule_file(count: int, within: str = "1h") -> str:
    """`count` rules; rule n answers messages that hold the word `word<n>`.

    `within`: how far back the rules' limit looks, which is how long the worker remembers a send.
    """
    limits = [{"max": 100000, "within": within, "per": per} for per in ("conversation", "contact")]
    rules = [
        {
            "id": f"rule-{number}",
            "when": "message.received",
            "if": [
                {"text": {"mentions": f"word{number}"}},
                {"channel": ["web", "whatsapp"]},
            ],
            "do": [{"reply": "answer {{ message.text.split()[0] }}"}],
            "limits": limits,
            "allow_unsafe": True,
            "settle": "0s",
        }
        for number in range(count)
    ]
    return json.dumps({"defaults": {"settle": "0s", "limits": limits}, "rules": rules})


class Traffic:
    """Customers, and what they must get."""

    def __init__(self, session: aiohttp.ClientSession, base: str, rules: int) -> None:
        self.session = session
        self.base = base
        self.rules = rules
        self.asked: defaultdict[str, list[int]] = defaultdict(list)
        self.lost: dict[str, list[int]] = {}
        self.count = 0

    async def play(self, name: str, **given: Any) -> Any:
        """One control call."""
        async with self.session.post(f"{self.base}/_sandbox/play/{name}", json=given) as answer:
            answer.raise_for_status()
            return (await answer.json())["result"]

    async def trouble(self, faults: Iterable[str]) -> None:
        """These faults happen from now on."""
        for fault in faults:
            async with self.session.post(
                f"{self.base}/_sandbox/faults", json={"fault": fault}
            ) as answer:
                answer.raise_for_status()

    async def seat(self, count: int) -> list[str]:
        """`count` conversations on two channels."""
        seats = []
        for number in range(count):
            channel = ("web", "whatsapp")[number % 2]
            contact = await self.play("create_contact", channel=channel)
            seats.append(await self.play("create_conversation", contact=contact))
        return seats

    async def write(self, conversation: str) -> None:
        """The next numbered question in a conversation."""
        self.count += 1
        number = self.count
        word = WORDS[number % len(WORDS)]
        text = f"#{number} {word} word{number % self.rules}?"
        self.asked[conversation].append(number)
        await self.play("customer_says", who=conversation, text=text)

    async def get(self, path: str) -> Any:
        """One control read."""
        async with self.session.get(f"{self.base}/_sandbox/{path}") as answer:
            answer.raise_for_status()
            return await answer.json()

    async def compared(self) -> tuple[Counter[str], list[float]]:
        """What differs between asked and answered, and seconds from question to answer."""
        found: Counter[str] = Counter()
        delays: list[float] = []
        for conversation, asked in self.asked.items():
            rows = (await self.get(f"conversations/{conversation}"))["messages"]
            answers = []
            at: dict[int, datetime] = {}
            for row in rows:
                text = str(row["content"].get("text", ""))
                when = datetime.fromisoformat(row["created_at"])
                if row["from"].startswith("con_"):
                    at[int(text.split(maxsplit=1)[0][1:])] = when
                    continue
                number = int(text.removeprefix("answer #"))
                answers.append(number)
                delays.append((when - at[number]).total_seconds())
            times = Counter(answers)
            missing = [one for one in asked if not times[one]]
            if missing:
                self.lost[conversation] = missing
            found["lost"] += len(missing)
            found["doubled"] += sum(count - 1 for count in times.values() if count > 1)
            found["wrong"] += sum(1 for one in times if one not in set(asked))
            found["out of order"] += sum(
                1 for one, following in pairwise(answers) if following < one
            )
            found["answered"] += len(times)
        return found, delays


async def run_worker(
    settings: dict[str, str], directory: Path, **changes: str
) -> asyncio.subprocess.Process:
    """`worker run`, starting; `changes` are settings in its environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}
    environment |= {
        "WORKER_BASE_URL": settings["WORKER_BASE_URL"],
        "WORKER_ACCESS_TOKEN": settings["WORKER_ACCESS_TOKEN"],
        "WORKER_RULES": str(directory / "rules.yaml"),
        "WORKER_DATABASE_URL": f"sqlite:///{directory / 'worker.db'}",
        "WORKER_REQUESTS_PER_MINUTE": "60000",
        "WORKER_HTTP_PORT": "off",
        "WORKER_LOG_LEVEL": "warning",
        "WORKER_SETTLING_TIME": "3s",
        **changes,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", "run", cwd=ROOT, env=environment
    )


async def measure(options: argparse.Namespace) -> int:
    """The whole run; 0 if nothing differs."""
    sandbox, settings = start_sandbox()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        stack.callback(sandbox.kill)
        directory = Path(name)
        (directory / "rules.yaml").write_text(rule_file(options.rules), "utf-8")
        async with aiohttp.ClientSession() as session:
            traffic = Traffic(session, settings["WORKER_BASE_URL"], options.rules)
            seats = await traffic.seat(options.conversations)
            worker = await run_worker(settings, directory)
            await asyncio.sleep(4)
            if options.faults:
                await traffic.trouble(MILD)
            await write_steadily(traffic, seats, options)
            await settle(traffic)
            found, delays = await traffic.compared()
            requests = await traffic.get("requests")
            worker.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(worker.wait(), 30)
    return _report(options, traffic, found, delays, requests, code)


async def write_steadily(traffic: Traffic, seats: list[str], options: argparse.Namespace) -> None:
    """`options.rate` messages a second for `options.minutes`, spread over the seats."""
    total = int(options.minutes * 60 * options.rate)
    started = time.monotonic()
    for number in range(total):
        due = started + number / options.rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await traffic.write(seats[(number * 7919) % len(seats)])


async def settle(traffic: Traffic) -> None:
    """No answer came for a while."""
    seen, quiet = -1, 0
    while quiet < QUIET_S:
        await asyncio.sleep(1)
        now = (await traffic.get("journal?after=1000000000"))["newest"]
        quiet = quiet + 1 if now == seen else 0
        seen = now


def _report(
    options: argparse.Namespace,
    traffic: Traffic,
    found: Counter[str],
    delays: list[float],
    requests: Any,
    code: int,
) -> int:
    print(
        f"{traffic.count} messages in {options.minutes:g} min over {options.conversations} "
        f"conversations, {options.rules} rules, {options.rate:g}/s"
        f"{', mild faults' if options.faults else ''}"
    )
    for name in ("answered", "lost", "doubled", "wrong", "out of order"):
        print(f"  {name:<14}{found[name]}")
    if delays:
        cuts = statistics.quantiles(delays, n=100)
        print(f"  from message to answer: median {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s")
    print(f"  requests: {json.dumps(requests)}")
    print(f"  worker's exit code after SIGTERM: {code}")
    bad = sum(found[name] for name in ("lost", "doubled", "wrong", "out of order"))
    return 1 if bad or code else 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--faults", action="store_true")
    return asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
