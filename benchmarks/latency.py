"""What the worker adds: from the poll that first returned a message to its reply leaving.

    python -m benchmarks.latency --rate 100 --seconds 30

The sandbox and the customers are processes of their own. `worker.app.run` runs in this one, on
uvloop, with 100 rules, `settle: 0s`, default poll intervals, SQLite with group commit and
`synchronous=FULL`, log at `info` into a file; its HTTP client is watched: when an answer first held
a message, and when the call that replies to it was begun. Every message must be answered once.
Exits 1 where p99 is above 50 ms at the promised rate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import uvloop
from pydantic import SecretStr

from benchmarks.desk import ROOT, Chat, Stage, rule_file
from benchmarks.plotting import growth
from benchmarks.sandbox_throughput import start_sandbox
from worker.app import run
from worker.gateways.http import AiohttpTransport
from worker.log import configure_logs
from worker.model.http import Request, Response
from worker.settings import Settings

PROMISED_MS = 50.0
PROMISED_RATE = 100.0
CALM_S = 5.0
"""Nothing is written until the worker has polled all there is."""


class Timed:
    """The worker's HTTP client; knows when each message came and when its reply left."""

    def __init__(self, carrier: AiohttpTransport) -> None:
        self._carrier = carrier
        self.came: dict[str, float] = {}
        self.left: dict[str, float] = {}

    async def send(self, request: Request) -> Response:
        """See `Transport.send`."""
        if request.endpoint == "messages.send":
            self.left.setdefault(request.body["text"].split()[1], time.perf_counter())
        answer = await self._carrier.send(request)
        if request.endpoint == "messages.list":
            now = time.perf_counter()
            for row in json.loads(answer.body)["data"]:
                if row["from"].startswith("con_"):
                    self.came.setdefault(row["content"]["text"].split()[0], now)
        return answer

    async def close(self) -> None:
        """Connections are closed."""
        await self._carrier.close()


async def write(
    printed: dict[str, str], chats: Sequence[Chat], rate: float, seconds: float
) -> None:
    """The customers have written, each in his turn, at a steady rate."""
    async with aiohttp.ClientSession() as session:
        stage = Stage(session, printed)
        began = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            text = f"#{number} Hello, how much is word{number % 100}?"
            who = chats[number * 7919 % len(chats)].id
            await stage.play("customer_says", who=who, text=text)


async def measure(rate: float, given: argparse.Namespace, printed: dict[str, str]) -> list[float]:
    """Seconds each reply took, smallest first."""
    async with aiohttp.ClientSession() as session:
        chats = await Stage(session, printed).seat(given.customers)
    carrier = Timed(AiohttpTransport(printed["WORKER_BASE_URL"], user_agent="chat-worker"))
    # not in a file system of the memory's: a sync that costs nothing proves nothing
    with tempfile.TemporaryDirectory(dir=ROOT) as directory:
        place = Path(directory)
        (place / "rules.yaml").write_text(rule_file(100), "utf-8")
        settings = Settings(
            base_url=printed["WORKER_BASE_URL"],
            access_token=SecretStr(printed["WORKER_ACCESS_TOKEN"]),
            rules=place / "rules.yaml",
            database_url=f"sqlite:///{place / 'worker.db'}",
            requests_per_minute=1_000_000,
            http_port="off",
        )
        with (place / "log").open("w", encoding="utf-8") as lines:
            configure_logs(level="info", format="json", stream=lines, secrets=settings.secrets)
            stop = asyncio.Event()
            running = asyncio.create_task(run(settings, stop=stop, transport=carrier))
            await asyncio.sleep(CALM_S)
            seats = json.dumps([[chat.id, chat.contact] for chat in chats])
            customers = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.latency", "--rate", str(rate)),
                *("--seconds", str(given.seconds), "--play", json.dumps(printed)),
                cwd=ROOT,
                stdin=subprocess.PIPE,
            )
            await customers.communicate(seats.encode())
            await asyncio.sleep(CALM_S)
            stop.set()
            await running
    wanted = int(rate * given.seconds)
    if len(carrier.left) != wanted:
        raise SystemExit(f"{wanted} messages, {len(carrier.left)} replies")
    return sorted(left - carrier.came[name] for name, left in carrier.left.items())


def main() -> int:
    """The figures are printed; 1 where p99 is above what is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--rate", type=float, nargs="+", default=[PROMISED_RATE], help="messages a second"
    )
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--play", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.play:
        chats = [Chat(*pair) for pair in json.loads(sys.stdin.read())]
        uvloop.run(write(json.loads(given.play), chats, given.rate[0], given.seconds))
        return 0
    found = {rate: summed_up(rate, given) for rate in given.rate}
    if len(found) > 1:
        names = ("median", "p90", "p99")
        measured = {
            name: [cuts[place] for cuts in found.values()] for place, name in enumerate(names)
        }
        told = growth(
            "latency",
            list(found),
            measured,
            across="messages a second",
            upward="ms from the read message to its reply",
            bound=PROMISED_MS,
        )
        print(f"drawn: {told}")
    kept = [cuts[2] <= PROMISED_MS for rate, cuts in found.items() if rate <= PROMISED_RATE]
    return 0 if all(kept) else 1


def summed_up(rate: float, given: argparse.Namespace) -> tuple[float, float, float]:
    """Median, p90 and p99 in ms, printed; each rate has a sandbox of its own."""
    child, printed = start_sandbox()
    try:
        took = uvloop.run(measure(rate, given, printed))
    finally:
        child.terminate()
        child.wait(timeout=10)
    cuts = [1000 * cut for cut in statistics.quantiles(took, n=1000)]
    print(
        f"{len(took)} replies at {rate:g}/s over {given.customers} customers: median "
        f"{cuts[499]:.1f} ms, p90 {cuts[899]:.1f} ms, p99 {cuts[989]:.1f} ms, longest "
        f"{1000 * took[-1]:.1f} ms (promised: p99 {PROMISED_MS:g} ms)"
    )
    return cuts[499], cuts[899], cuts[989]


if __name__ == "__main__":
    sys.exit(main())
