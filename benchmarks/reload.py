"""How long the event loop stands still while 10,000 rules are loaded into a running worker.

    python -m benchmarks.reload --rules 10000 --rounds 5

The real `Reloader` with the real loader, on uvloop beside an open ledger, whose threads set how
soon the interpreter is handed over, in a loop that looks at the clock every millisecond, as it
would have to answer a call. A round changes the file, loads it, and swaps the set. Exits 1 where
the longest lag of the median round is above 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.desk import rule_file
from benchmarks.plotting import growth
from worker.clock import SystemClock
from worker.ledger import open_ledger
from worker.log import configure_logs
from worker.metrics import Metrics
from worker.model.gateway import Capability
from worker.model.rule import RuleSet
from worker.runtime.notices import Standing
from worker.runtime.planner import Live
from worker.runtime.reload import Reloader, RuleFiles

PROMISED_MS = 50.0
STEP_S = 0.001


async def lags(work: asyncio.Task[Any]) -> list[float]:
    """By how many seconds each look was late while the work ran."""
    late = []
    last = time.perf_counter()
    while not work.done():
        await asyncio.sleep(STEP_S)
        now = time.perf_counter()
        late.append(now - last - STEP_S)
        last = now
    return late


async def measure(count: int, rounds: int) -> list[tuple[float, float]]:
    """(longest lag, seconds it took) of each round."""
    clock = SystemClock()
    found = []
    live = [Live(RuleSet(rules=(), version="", limits=(), settle=timedelta()))]

    def swap(one: Live) -> Live:
        live.append(one)
        return live.pop(0)

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rules.yaml"
        ledger = open_ledger(f"sqlite:///{directory}/worker.db")
        await ledger.open()
        reloader = Reloader(
            RuleFiles(path, "imbrace", frozenset(Capability)),
            Standing(),
            clock,
            Metrics(clock),
            swap,
            loaded="",
        )
        for number in range(rounds):
            path.write_text(rule_file(count + number), "utf-8")
            began = time.perf_counter()
            late = await lags(asyncio.create_task(reloader.load()))
            took = time.perf_counter() - began
            late += await lags(asyncio.create_task(reloader.let_go()))
            if len(live[0].ruleset.rules) != count + number:
                raise SystemExit("the rules were not loaded")
            found.append((max(late), took))
            print(
                f"round {number + 1}: lag {1000 * max(late):.1f} ms, loaded in {took:.2f} s",
                flush=True,
            )
        await ledger.close()
    return found


def main() -> int:
    """The figures are printed; 1 where the lag is above what is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rules", type=int, nargs="+", default=[10_000], help="sizes of rule sets")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    configure_logs(level="error")
    longest: list[float] = []
    for rules in given.rules:
        found = uvloop.run(measure(rules, given.rounds))
        longest.append(1000 * statistics.median(lag for lag, _ in found))
        print(
            f"{rules} rules: longest lag {longest[-1]:.1f} ms, median of {given.rounds} (promised: "
            f"{PROMISED_MS:g} ms), loaded in {statistics.median(took for _, took in found):.2f} s"
        )
    if len(longest) > 1:
        told = growth(
            "reload",
            given.rules,
            {"longest lag": longest},
            across="rules",
            upward="ms the event loop was late",
            bound=PROMISED_MS,
        )
        print(f"drawn: {told}")
    return 0 if max(longest) <= PROMISED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
