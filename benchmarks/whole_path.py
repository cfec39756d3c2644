"""The whole path against a bare loop of the same HTTP client, in one run, over loopback.

    python -m benchmarks.whole_path --events 10240 --rounds 5

The sandbox is a process of its own, this process runs on uvloop. In each round, in turns:

floor   the worker's own HTTP client (`AiohttpTransport`: one time-out, kept connections; no budget,
        no breaker, no reading of the answer's JSON) does nothing but the POSTs, 64 in flight;
whole   `worker.app.run`, all of it and unchanged, finds 10,240 messages of 256 customers that
        nobody has answered: pages fetched over HTTP and decoded → receive → facts → match 100 rules
        → plan → claim → POST → record, SQLite with group commit and `synchronous=FULL` on a disk,
        metrics on, log at `info` into a file, 64 requests in flight. `settle: 0s`; the limits and
        the request budget are lifted, for they exist to be slow.

The clock runs from the first request for a page of messages to the last outcome recorded.
Afterwards every conversation is read back: each message answered once, in order. Exits 1 below 0.7.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop
from pydantic import SecretStr

from benchmarks.desk import MESSAGES, ROOT, Chat, Stage, rule_file
from benchmarks.plotting import growth
from benchmarks.sampling import sampled
from benchmarks.sandbox_throughput import start_sandbox
from benchmarks.stepped import Stepped
from worker.app import run
from worker.gateways.http import AiohttpTransport
from worker.ledger.sqlite import SqliteLedger
from worker.log import configure_logs
from worker.model.action import IntentState
from worker.model.http import Request, Response, Transport
from worker.model.ledger import Settlement
from worker.settings import Settings

PROMISED = 0.7
LONGEST_S = 180.0
"""What has not been answered by then will not be."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one measure went, and the CPU time each event or POST took.

    Args:
        loop_us: on the event loop's thread; `cpu_us`: on all threads of this process.
        reads: requests an event besides its POST.
        client_us: of `loop_us`, the steps of the HTTP client that make the POST; 0: not asked for.
    """

    rate: float
    loop_us: float
    cpu_us: float
    reads: float = 0.0
    client_us: float = 0.0


class Stopwatch:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.thread_time(), time.process_time()

    def pace(self, events: int, reads: int = 0, client: Transport | None = None) -> Pace:
        """What each of `events` took."""
        wall, loop, cpu = self._began
        return Pace(
            events / (time.perf_counter() - wall),
            (time.thread_time() - loop) / events * 1e6,
            (time.process_time() - cpu) / events * 1e6,
            reads / events,
            client.us if isinstance(client, Stepped) else 0.0,
        )


def client_of(settings: Settings, given: argparse.Namespace) -> Transport:
    """The worker's own HTTP client, watched in its steps where that is asked for."""
    carrier = AiohttpTransport(
        settings.base_url, max_in_flight=given.flight, user_agent="chat-worker"
    )
    return Stepped(carrier) if given.client else carrier


async def floor(settings: Settings, chats: Sequence[Chat], given: argparse.Namespace) -> Pace:
    """POSTs per second of the bare loop."""
    carrier = client_of(settings, given)
    flight, events = given.flight, given.events // given.customers * given.customers
    token = settings.token_source("access_token")()
    requests = [
        Request(
            method="POST",
            path=MESSAGES,
            headers={"x-access-token": token},
            body={"conversation_id": chat.id, "type": "text", "text": "answer #0"},
            has_body=True,
            writes=True,
        )
        for chat in chats
    ]

    async def sender(number: int) -> None:
        for index in range(number, events, flight):
            answer = await carrier.send(requests[index % len(requests)])
            if answer.status != 200:
                raise SystemExit(f"the sandbox answered {answer.status}")

    try:
        await asyncio.gather(*(sender(number) for number in range(flight)))  # connections are open
        if isinstance(carrier, Stepped):
            carrier.forget()
        watch = Stopwatch()
        await asyncio.gather(*(sender(number) for number in range(flight)))
        return watch.pace(events, client=carrier)
    finally:
        await carrier.close()


class Watched(SqliteLedger):
    """The ledger, which tells when the first message came and when the last answer is recorded."""

    def __init__(self, path: Path, answers: int) -> None:
        super().__init__(path)
        self._left = answers
        self.done = asyncio.Event()

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """See `Ledger.settle`."""
        await super().settle(settlements)
        self._left -= sum(1 for one in settlements if one.state is IntentState.DONE)
        if not self._left:
            self.done.set()


class FirstRead:
    """The worker's HTTP client, which tells when the first messages are asked for."""

    def __init__(self, carrier: Transport) -> None:
        self._carrier = carrier
        self.watch: Stopwatch | None = None
        self.reads = 0

    async def send(self, request: Request) -> Response:
        """See `Transport.send`."""
        if self.watch is None and request.endpoint == "messages.list":
            self.watch = Stopwatch()
        self.reads += not request.writes
        return await self._carrier.send(request)

    async def close(self) -> None:
        """Connections are closed."""
        await self._carrier.close()


async def whole(settings: Settings, file: Path, events: int, given: argparse.Namespace) -> Pace:
    """How fast `worker run` answers all that waits for it."""
    client = client_of(settings, given)
    carrier = FirstRead(client)
    ledger = Watched(file, events)
    stop = asyncio.Event()
    with sampled() if given.profile else nullcontext() as samples:
        running = asyncio.create_task(run(settings, stop=stop, transport=carrier, ledger=ledger))
        ending = asyncio.create_task(ledger.done.wait())
        await asyncio.wait(
            (running, ending), timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED
        )
        if running.done():
            raise SystemExit(f"the worker ended by itself: {await running}")
        if carrier.watch is None or not ending.done():
            told = dict((await ledger.summary()).intents)
            raise SystemExit(f"not all was answered; the ledger says {told}")
        pace = carrier.watch.pace(events, carrier.reads, client)
    stop.set()
    await running
    if samples is not None:
        print(samples.report())
    return pace


async def check(stage: Stage, chats: Sequence[Chat], each: int) -> None:
    """Every message of every customer was answered once, in order.

    Raises:
        SystemExit: not so.
    """
    wanted = [f"answer #{number}" for number in range(each)]
    for chat in chats:
        if (got := await stage.answers(chat)) != wanted:
            raise SystemExit(f"conversation {chat.id} was answered {got}")


async def one(
    name: str, printed: dict[str, str], place: Path, rules: int, given: argparse.Namespace
) -> Pace:
    """How fast one measure went."""
    settings = Settings(
        base_url=printed["WORKER_BASE_URL"],
        access_token=SecretStr(printed["WORKER_ACCESS_TOKEN"]),
        rules=place / "rules.yaml",
        requests_per_minute=1_000_000,
        concurrency=given.flight,
        start_from="beginning",
        watch=False,
        http_port="off",
    )
    each = given.events // given.customers
    events = each * given.customers
    async with aiohttp.ClientSession() as session:
        stage = Stage(session, printed)
        chats = await stage.seat(given.customers)
        if name == "floor":
            gc.collect()
            return await floor(settings, chats, given)
        await stage.write(chats, each, rules)
        gc.collect()
        # not in a file system of the memory's: a sync that costs nothing proves nothing
        with (
            tempfile.TemporaryDirectory(dir=ROOT) as directory,
            (place / "log").open("w", encoding="utf-8") as lines,
        ):
            configure_logs(level=given.log, format="json", stream=lines, secrets=settings.secrets)
            pace = await whole(settings, Path(directory) / "worker.db", events, given)
        await check(stage, chats, each)
        return pace


async def measure(rules: int, given: argparse.Namespace) -> list[dict[str, Pace]]:
    """All rounds. Each measure has a sandbox of its own, or it would find the others' messages."""
    found = []
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "rules.yaml").write_text(rule_file(rules), "utf-8")
        for number in range(given.rounds):
            rates = {}
            for name in given.measures:
                child, printed = start_sandbox()
                try:
                    rates[name] = await one(name, printed, place, rules, given)
                finally:
                    child.terminate()
                    child.wait(timeout=10)
            print(f"round {number + 1}: {_told(rates)}", flush=True)
            found.append(rates)
    return found


def _told(rates: dict[str, Pace]) -> str:
    told = [
        f"{name} {one.rate:,.0f}/s ({one.loop_us:.0f} µs of the loop, {one.cpu_us:.0f} of all, "
        + (f"{one.client_us:.0f} in the client's own steps, " if one.client_us else "")
        + f"{one.reads:.2f} reads)"
        for name, one in rates.items()
    ]
    if "floor" in rates:
        floor_rate = rates["floor"].rate
        told += [
            f"{n} : floor = {r.rate / floor_rate:.2f} by the clock, "
            f"{rates['floor'].loop_us / r.loop_us:.2f} by the loop's CPU time"
            for n, r in rates.items()
            if n != "floor"
        ]
    return "; ".join(told)


def main() -> int:
    """The figures are printed; 1 where the ratio is below what is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=10_240, help="messages in a round")
    parser.add_argument("--customers", type=int, default=256)
    parser.add_argument("--rules", type=int, nargs="+", default=[100], help="sizes of rule sets")
    parser.add_argument("--flight", type=int, default=64, help="requests in flight")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--log", default="info", help="level of the worker's log")
    parser.add_argument("--measures", nargs="+", default=["floor", "whole"])
    parser.add_argument(
        "--profile", action="store_true", help="where the loop's thread is, sampled"
    )
    parser.add_argument(
        "--client", action="store_true", help="what of it the HTTP client's own steps take"
    )
    given = parser.parse_args()
    found = {rules: summed_up(rules, given) for rules in given.rules}
    if not {"floor", "whole"} <= set(given.measures):
        return 0
    if len(found) > 1:
        sizes = list(found)
        measured = {
            f"{name}: {what}": [getattr(found[size][0][name], part) for size in sizes]
            for name in ("whole", "floor")
            for what, part in (("event loop", "loop_us"), ("all threads", "cpu_us"))
        }
        told = growth("whole_path", sizes, measured, across="rules", upward="µs of CPU an event")
        print(f"drawn: {told}")
    return 0 if found[given.rules[0]][1] >= PROMISED else 1


def summed_up(rules: int, given: argparse.Namespace) -> tuple[dict[str, Pace], float]:
    """Medians of all rounds with so many rules, and the ratio's; both are printed."""
    rounds = uvloop.run(measure(rules, given))
    middle = {
        name: Pace(
            *(
                statistics.median(getattr(one[name], part) for one in rounds)
                for part in ("rate", "loop_us", "cpu_us", "reads", "client_us")
            )
        )
        for name in given.measures
    }
    print(f"medians of {len(rounds)}: {_told(middle)}")
    if not {"floor", "whole"} <= middle.keys():
        return middle, 0.0
    ratio = statistics.median(one["whole"].rate / one["floor"].rate for one in rounds)
    print(
        f"whole path : bare loop = {ratio:.2f} (median of the rounds' ratios; promised: "
        f"{PROMISED}), {rules} rules, {given.flight} in flight, {given.customers} customers"
    )
    return middle, ratio


if __name__ == "__main__":
    sys.exit(main())
