"""The attack: a worker under load with faults on is killed again and again, then left in peace."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tests.process.children import RUN, WorkerChild, passes, sandbox_child, worker_settings
from tests.process.customers import Compared, Customers, rules
from worker.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MILD = (
    "POST conversation_messages: 503-after p=0.01",
    "POST conversation_messages: 503-before p=0.01",
    "POST conversation_messages: reset-after p=0.01",
    "POST conversation_messages: late seconds=0.5 p=0.005",
    "GET conversation_messages: 502 p=0.01",
    "GET conversation_messages: reset p=0.005",
)
CONVERSATIONS = 30
Work = Callable[[], Coroutine[None, None, None]]
CUT_OFF = "the process ended during the call"


@dataclass(frozen=True, slots=True)
class Instant:
    """When a worker is killed: seconds after its start, or after it had reached the gateway."""

    after_ready: bool
    seconds: float


def schedule(kills: int, seed: int) -> list[Instant]:
    """The same instants for the same seed.

    One in eight dies while it starts; one in eight lives long enough to clear up what its
    predecessors left (time-out and settling time together take 1.5 s); the others die at work.
    """
    draw = random.Random(seed)
    instants = []
    for number in range(kills):
        if number % 8 == 3:
            instants.append(Instant(after_ready=False, seconds=draw.uniform(0.0, 1.0)))
        elif number % 8 == 7:
            instants.append(Instant(after_ready=True, seconds=draw.uniform(1.6, 3.0)))
        else:
            instants.append(Instant(after_ready=True, seconds=draw.uniform(0.0, 0.8)))
    return instants


@dataclass(slots=True)
class Report:
    """What happened.

    Attributes:
        at_work, starting: lives that ended at work, and before the gateway was reached.
        failures: what a life said that ended by itself.
        events: how often each line was logged over all lives.
    """

    at_work: int = 0
    starting: int = 0
    failures: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    cut_off: int = 0
    asked: int = 0
    compared: Compared | None = None
    exit_code: int | None = None
    seconds: float = 0.0

    @property
    def faultless(self) -> bool:
        """All that was promised was kept."""
        kept = self.compared is not None and self.compared.faultless
        return kept and not self.failures and self.exit_code == 0

    def __str__(self) -> str:
        words = [
            f"{self.at_work + self.starting} kills in {self.seconds:.0f} s",
            f"  at work / starting   {self.at_work} / {self.starting}",
            f"  questions            {self.asked}",
            f"  calls cut off        {self.cut_off} (the next life looked them up)",
            f"  unknown, not there   {self.events['intent.read_back']} (then sent again)",
        ]
        if self.compared is not None:
            one = self.compared
            words += [
                f"  answers due / sent   {one.due} / {one.sent}",
                f"  lost                 {one.lost}",
                f"  doubled              {one.doubled}",
                f"  foreign              {one.foreign}",
                f"  out of order         {one.out_of_order}",
            ]
        words.append(f"  exit code at SIGTERM {self.exit_code}")
        words += [f"  ended by itself: {failure}" for failure in self.failures]
        return "\n".join(words)


@asynccontextmanager
async def beside(work: Work) -> AsyncIterator[None]:
    """The work goes on inside, and is cut off at the end; its failure is raised."""
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def nothing() -> None:
    """There is nothing else to do."""


async def attack(
    directory: Path,
    *,
    kills: int,
    seed: int,
    rate: float = 8.0,
    faults: Sequence[str] = MILD,
    program: Sequence[str] = RUN,
    meanwhile: Work = nothing,
    say: TextIO | None = None,
) -> Report:
    """The worker was killed `kills` times, restarted each time, and then left to serve the rest.

    Args:
        program: what Python runs for the worker.
        meanwhile: what goes on beside the customers until the last kill.
    """
    report = Report()
    clock = SystemClock()
    begun = clock.monotonic()
    (directory / "rules.yaml").write_text(rules(), "utf-8")
    async with sandbox_child(faults, seed) as sandbox:
        customers = Customers(sandbox, seed)
        await customers.arrive(CONVERSATIONS)
        environment = worker_settings(sandbox, directory)
        with (directory / "worker.log").open("w", encoding="utf-8") as log:
            async with beside(partial(customers.write_on, rate)), beside(meanwhile):
                for number, instant in enumerate(schedule(kills, seed), start=1):
                    await _life(environment, program, instant, report, log)
                    if say is not None and number % 50 == 0:
                        say.write(f"{number} kills\n")
                        say.flush()
            worker = await WorkerChild.start(environment, program=program, log=log)
            await worker.opened()
            report.compared = await customers.served()
            report.exit_code = await worker.end(signal.SIGTERM)
            _add(report, worker)
        report.asked = customers.asked
    report.seconds = clock.monotonic() - begun
    return report


async def _life(
    environment: Mapping[str, str],
    program: Sequence[str],
    instant: Instant,
    report: Report,
    log: TextIO,
) -> None:
    worker = await WorkerChild.start(environment, program=program, log=log)
    if instant.after_ready:
        with suppress(AssertionError):  # told below
            await worker.opened()
    await passes(instant.seconds)
    code = await worker.end(signal.SIGKILL)
    if code != -signal.SIGKILL:
        report.failures.append(f"exit {code}: {worker.complaints.strip()}")
    elif worker.ready.is_set():
        report.at_work += 1
    else:
        report.starting += 1
    _add(report, worker)


def _add(report: Report, worker: WorkerChild) -> None:
    report.events += worker.events
    report.cut_off += sum(line.get("error") == CUT_OFF for line in worker.lines)


def main() -> int:
    """Command line; see `docs/crashes.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--kill-seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8.0, help="questions a second")
    parser.add_argument("--keep", type=Path, help="a directory for the ledger and the log")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = options.keep or Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        report = asyncio.run(
            attack(
                directory,
                kills=options.kills,
                seed=options.kill_seed,
                rate=options.rate,
                say=sys.stdout,
            )
        )
    sys.stdout.write(f"{report}\n")
    return 0 if report.faultless else 1


if __name__ == "__main__":
    sys.exit(main())
