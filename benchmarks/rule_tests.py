"""How long `worker test` takes for many tests: the shipped rules' own tests, again and again.

Prints the time of a whole run in a process of its own, start-up and loading included, and how it
divides: CPU time a test, the slowest ones. Promised: 200 tests in at most 10 s.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from worker.clock import SystemClock
from worker.rehearsal.rules import Library
from worker.rehearsal.suite import gather

RULES = Path(__file__).parents[1] / "rules"
PROMISED_S = 10.0
PROMISED_TESTS = 200


def multiplied(folder: Path, wanted: int) -> int:
    """The shipped rules are in `folder`, with their tests copied until there are enough; how many
    there are.
    """
    for file in RULES.glob("*.yaml"):
        if not file.name.endswith(".test.yaml"):
            shutil.copy(file, folder)
    (suite,) = gather([RULES], RULES, Library())
    files = sorted(RULES.glob("*.test.yaml"))
    whole, rest = divmod(wanted, len(suite.tests))
    for copy in range(whole):
        for file in files:
            shutil.copy(file, folder / f"{file.name.removesuffix('.test.yaml')}-{copy}.test.yaml")
    counts = {path: sum(one.path == path for one in suite.tests) for path in map(str, files)}
    for file in files:  # whole files, so that a little more than asked for may come
        if rest > 0:
            shutil.copy(file, folder / f"{file.name.removesuffix('.test.yaml')}-rest.test.yaml")
            rest -= counts[str(file)]
    return wanted - min(0, rest) - max(0, rest)


def main() -> int:
    """The figures are printed; 1 where a run takes longer than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=PROMISED_TESTS)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    clock = SystemClock()
    took: list[float] = []
    used: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        count = multiplied(folder, given.tests)
        for number in range(given.rounds):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            begun = clock.monotonic()
            done = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "worker", "test", directory],
                capture_output=True,
                text=True,
                check=False,
            )
            took.append(clock.monotonic() - begun)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr
            print(f"round {number + 1}: {took[-1]:.2f} s, {used[-1]:.2f} s of CPU; {last}")
            if done.returncode or not re.match(rf"{count} tests: {count} passed", last):
                print(done.stdout, done.stderr, file=sys.stderr)
                return 1
    best, cpu = min(took), min(used)
    print(
        f"{count} tests: {best:.2f} s, {cpu:.2f} s of CPU, {1000 * cpu / count:.0f} ms a test "
        f"(promised: {PROMISED_TESTS} in {PROMISED_S:g} s), best of {given.rounds}"
    )
    # one process that never waits: its CPU time is what it takes on a machine of its own
    return 0 if cpu <= PROMISED_S * count / PROMISED_TESTS else 1


if __name__ == "__main__":
    sys.exit(main())
