"""Hours of steady traffic with mild faults: nothing about the worker may grow.

    python benchmarks/soak.py --minutes 30

Starts a sandbox and `worker run`, writes `--rate` customer messages a second as `steady.py` does,
and every few seconds takes down what the worker's process uses: memory, the size of its database,
open descriptors, loop lag, actions that wait. History is kept for `--keep`: what is recorded and
what is dropped then balance within the run. What came after the warm-up is compared, its first
quarter with its last. Exits 1 if something grew beyond its bound, or if an answer was lost,
doubled, wrong or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from sandbox_throughput import start_sandbox
from steady import MILD, Traffic, rule_file, run_worker, settle, write_steadily

WRONG = ("lost", "doubled", "wrong", "out of order")
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Sample:
    """The worker at one moment."""

    seconds: float
    memory_mib: float
    database_mib: float
    descriptors: int
    lag_ms: float
    queue: float


@dataclass(frozen=True, slots=True)
class Bound:
    """How a figure is summed up over a quarter, and how much of it the last one may have."""

    figure: str
    shown: str
    of: Callable[[Sequence[float]], float]
    factor: float
    slack: float

    def holds(self, first: float, last: float) -> bool:
        """The last quarter is as the first one, within the bound."""
        return last <= first * self.factor + self.slack


def _highest_but_few(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[94]


BOUNDS = (
    Bound("memory_mib", "memory, median MiB", statistics.median, 1.10, 5),
    Bound("database_mib", "database with log, median MiB", statistics.median, 1.15, 5),
    Bound("descriptors", "descriptors, median", statistics.median, 1.0, 5),
    Bound("lag_ms", "loop lag, median ms", statistics.median, 1.5, 5),
    Bound("lag_ms", "loop lag, p95 ms", _highest_but_few, 1.5, 25),
    Bound("queue", "actions waiting, median", statistics.median, 1.5, 50),
)


class Watch:
    """Takes samples of a worker until it is told to stop."""

    def __init__(
        self, session: aiohttp.ClientSession, process: int, port: int, database: Path
    ) -> None:
        self._session = session
        self._process = Path(f"/proc/{process}")
        self._address = f"http://127.0.0.1:{port}"
        self._database = database
        self._started = time.monotonic()
        self.samples: list[Sample] = []

    async def ready(self, patience_s: float = 60) -> None:
        """The worker says that it is at work.

        Raises:
            TimeoutError: it did not within `patience_s`.
        """
        async with asyncio.timeout(patience_s):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self._session.get(f"{self._address}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.5)

    async def run(self, every_s: float) -> None:
        """Never returns; a line each minute."""
        told = 0
        while True:
            await asyncio.sleep(every_s)
            self.samples.append(await self._sample())
            minute = int(self.samples[-1].seconds // 60)
            if minute > told:
                told = minute
                print(json.dumps(asdict(self.samples[-1])), flush=True)

    async def _sample(self) -> Sample:
        figures = await self._figures()
        status = (self._process / "status").read_text()
        resident_kib = int(status.partition("VmRSS:")[2].split()[0])
        files = [self._database, self._database.with_name(self._database.name + "-wal")]
        return Sample(
            seconds=round(time.monotonic() - self._started, 1),
            memory_mib=round(resident_kib / 1024, 1),
            database_mib=round(sum(one.stat().st_size for one in files if one.exists()) / MIB, 1),
            descriptors=sum(1 for _ in (self._process / "fd").iterdir()),
            lag_ms=round(figures["worker_loop_lag_seconds"] * 1000, 2),
            queue=figures["worker_queue_depth"],
        )

    async def _figures(self) -> dict[str, float]:
        async with self._session.get(f"{self._address}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


def compared(samples: Sequence[Sample]) -> bool:
    """The first and the last quarter stand side by side; whether every bound holds."""
    quarter = len(samples) // 4
    first, last = samples[:quarter], samples[-quarter:]
    fine = True
    print(f"  {'':<32}{'first quarter':>14}{'last quarter':>14}{'bound':>10}")
    for bound in BOUNDS:
        before = bound.of([getattr(one, bound.figure) for one in first])
        after = bound.of([getattr(one, bound.figure) for one in last])
        held = bound.holds(before, after)
        fine = fine and held
        limit = before * bound.factor + bound.slack
        mark = "" if held else "  GREW"
        print(f"  {bound.shown:<32}{before:>14.1f}{after:>14.1f}{limit:>10.1f}{mark}")
    return fine


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def measure(options: argparse.Namespace) -> int:
    """The whole run; 0 if nothing grew and nothing was answered wrongly."""
    sandbox, settings = start_sandbox()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        stack.callback(sandbox.kill)
        directory = Path(name)
        (directory / "rules.yaml").write_text(rule_file(options.rules, "1m"), "utf-8")
        async with aiohttp.ClientSession() as session:
            traffic = Traffic(session, settings["WORKER_BASE_URL"], options.rules)
            seats = await traffic.seat(options.conversations)
            port = _free_port()
            worker = await run_worker(
                settings,
                directory,
                WORKER_HTTP_PORT=str(port),
                WORKER_KEEP_HISTORY=options.keep,
            )
            stack.callback(lambda: worker.kill() if worker.returncode is None else None)
            watch = Watch(session, worker.pid, port, directory / "worker.db")
            await watch.ready()
            await traffic.trouble(MILD)
            watching = asyncio.create_task(watch.run(options.every))
            await write_steadily(traffic, seats, options)
            watching.cancel()
            await settle(traffic)
            found, delays = await traffic.compared()
            worker.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(worker.wait(), 60)
        for conversation, missing in list(traffic.lost.items())[:5]:
            print(f"  {conversation} lost {len(missing)}, from #{missing[0]} to #{missing[-1]}")
        if options.save is not None:
            shutil.copy(directory / "worker.db", options.save)
    return _report(options, watch.samples, found, delays, code)


def _report(
    options: argparse.Namespace,
    samples: Sequence[Sample],
    found: Counter[str],
    delays: Sequence[float],
    code: int,
) -> int:
    steady = [one for one in samples if one.seconds >= options.warm_up * 60]
    print(
        f"{options.minutes:g} min at {options.rate:g}/s over {options.conversations} "
        f"conversations, {options.rules} rules, mild faults, history kept for {options.keep}; "
        f"compared: from minute {options.warm_up:g} on, {len(steady)} samples"
    )
    for figure in ("answered", *WRONG):
        print(f"  {figure:<32}{found[figure]:>14}")
    cuts = statistics.quantiles(delays, n=100)
    print(f"  {'message to answer, s':<32}{'median':>9}{cuts[49]:>5.2f}{'p99':>9}{cuts[98]:>5.2f}")
    print(f"  {'exit code after SIGTERM':<32}{code:>14}")
    flat = compared(steady)
    return 0 if flat and code == 0 and not any(found[one] for one in WRONG) else 1


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--keep", default="4m", help="WORKER_KEEP_HISTORY")
    parser.add_argument("--warm-up", type=float, default=8.0, help="minutes not compared")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between samples")
    parser.add_argument("--save", type=Path, help="where the database is copied at the end")
    options = parser.parse_args()
    if options.minutes * 60 < options.warm_up * 60 + 8 * options.every:
        parser.error("--minutes must leave some samples after --warm-up")
    return asyncio.run(measure(options))


if __name__ == "__main__":
    sys.exit(main())
