"""What the worker costs while nothing happens, and how soon it is ready.

    python -m benchmarks.idle --rules 1000 --seconds 60 --starts 5

The sandbox and `worker run` are processes of their own; default poll intervals, 1,000 rules, probes
on, rules watched. Ready: from the start of the process until `/readyz` answers 200; the modules are
compiled by a start before the measured ones, as they are in the image. Exits 1 where a promise is
missed: ready within 1 s, at most 1 % of one core, at most 100 MB resident.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from benchmarks.desk import ROOT, rule_file
from benchmarks.plotting import growth
from benchmarks.sandbox_throughput import start_sandbox

READY_S, CPU_SHARE, RESIDENT_MB = 1.0, 0.01, 100.0
PROMISED_RULES = 1000
WARM_UP_S = 10.0


def start_worker(directory: Path, printed: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """`worker run` has been started."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= {
        "PYTHONPYCACHEPREFIX": str(directory / "compiled"),
        "WORKER_BASE_URL": printed["WORKER_BASE_URL"],
        "WORKER_ACCESS_TOKEN": printed["WORKER_ACCESS_TOKEN"],
        "WORKER_RULES": str(directory / "rules.yaml"),
        "WORKER_DATABASE_URL": f"sqlite:///{directory / 'worker.db'}",
        "WORKER_HTTP_PORT": str(port),
        # a few starts within a minute would use up what one account may ask, and wait
        "WORKER_REQUESTS_PER_MINUTE": "6000",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "worker", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def ready_after(child: subprocess.Popen[bytes], port: int, began: float) -> float:
    """Seconds from `began` until the worker says that it is ready."""
    while child.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            url = f"http://127.0.0.1:{port}/readyz"
            with urllib.request.urlopen(url, timeout=5):
                return time.perf_counter() - began
        time.sleep(0.005)
    raise SystemExit(f"the worker ended with {child.returncode}")


def stop(child: subprocess.Popen[bytes]) -> None:
    """The worker has ended."""
    child.send_signal(signal.SIGTERM)
    child.wait(timeout=30)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def measure(
    rules: int, given: argparse.Namespace, printed: dict[str, str]
) -> tuple[float, float, float]:
    """Seconds until ready (median), share of one core, resident MB."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "rules.yaml").write_text(rule_file(rules), "utf-8")
        starts = []
        port = free_port()
        child = start_worker(directory, printed, port)
        ready_after(child, port, time.perf_counter())
        stop(child)
        for number in range(given.starts):
            began = time.perf_counter()
            child = start_worker(directory, printed, port)
            starts.append(ready_after(child, port, began))
            spent = psutil.Process(child.pid).cpu_times()
            print(
                f"start {number + 1}: ready after {starts[-1]:.2f} s, "
                f"{spent.user + spent.system:.2f} s of CPU",
                flush=True,
            )
            if number < given.starts - 1:
                stop(child)
        seen = psutil.Process(child.pid)
        time.sleep(WARM_UP_S)
        before, began = seen.cpu_times(), time.perf_counter()
        time.sleep(given.seconds)
        after, took = seen.cpu_times(), time.perf_counter() - began
        resident = seen.memory_info().rss / 1e6
        stop(child)
    share = (after.user + after.system - before.user - before.system) / took
    return statistics.median(starts), share, resident


def main() -> int:
    """The figures are printed; 1 where one is not what is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--rules", type=int, nargs="+", default=[PROMISED_RULES], help="sizes of rule sets"
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--starts", type=int, default=5)
    given = parser.parse_args()
    found = {rules: summed_up(rules, given) for rules in given.rules}
    if len(found) > 1:
        names = ("ready, s", "idle, % of a core", "resident, 100 MB")
        scaled = [(ready, 100 * share, mb / 100) for ready, share, mb in found.values()]
        measured = dict(zip(names, zip(*scaled, strict=True), strict=True))
        told = growth(
            "idle",
            list(found),
            measured,
            across="rules",
            upward="parts of what is promised at 1,000 rules",
            bound=1.0,
        )
        print(f"drawn: {told}")
    kept = [
        ready <= READY_S and share <= CPU_SHARE and resident <= RESIDENT_MB
        for rules, (ready, share, resident) in found.items()
        if rules <= PROMISED_RULES
    ]
    return 0 if all(kept) else 1


def summed_up(rules: int, given: argparse.Namespace) -> tuple[float, float, float]:
    """What `measure` found, printed."""
    sandbox, printed = start_sandbox()
    try:
        ready, share, resident = measure(rules, given, printed)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)
    print(
        f"{rules} rules: ready after {ready:.2f} s, median of {given.starts} (promised: "
        f"{READY_S:g} s); idle {share:.2%} of one core over {given.seconds:g} s (promised: "
        f"{CPU_SHARE:.0%}); {resident:.0f} MB resident (promised: {RESIDENT_MB:g} MB)"
    )
    return ready, share, resident


if __name__ == "__main__":
    sys.exit(main())
