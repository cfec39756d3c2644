"""What the worker costs while nothing happens, and how soon it is ready.

    python -m benchmarks.idle --rules 1000 --seconds 60 --starts 5

The sandbox and `worker run` are processes of their own; default poll intervals, 1,000 rules, probes
on, rules watched. Ready: from the start of the process until `/readyz` answers 200. Exits 1 where a
promise is missed: ready within 1 s, at most 1 % of one core, at most 100 MB resident.
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
from benchmarks.sandbox_throughput import start_sandbox

READY_S, CPU_SHARE, RESIDENT_MB = 1.0, 0.01, 100.0
WARM_UP_S = 10.0


def start_worker(directory: Path, printed: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """`worker run` has been started."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}
    environment |= {
        "WORKER_BASE_URL": printed["WORKER_BASE_URL"],
        "WORKER_ACCESS_TOKEN": printed["WORKER_ACCESS_TOKEN"],
        "WORKER_RULES": str(directory / "rules.yaml"),
        "WORKER_DATABASE_URL": f"sqlite:///{directory / 'worker.db'}",
        "WORKER_HTTP_PORT": str(port),
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


def measure(given: argparse.Namespace, printed: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until ready (median), share of one core, resident MB."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "rules.yaml").write_text(rule_file(given.rules), "utf-8")
        starts = []
        port = free_port()
        for number in range(given.starts):
            began = time.perf_counter()
            child = start_worker(directory, printed, port)
            starts.append(ready_after(child, port, began))
            print(f"start {number + 1}: ready after {starts[-1]:.2f} s", flush=True)
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
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--starts", type=int, default=5)
    given = parser.parse_args()
    sandbox, printed = start_sandbox()
    try:
        ready, share, resident = measure(given, printed)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)
    print(
        f"{given.rules} rules: ready after {ready:.2f} s, median of {given.starts} (promised: "
        f"{READY_S:g} s); idle {share:.2%} of one core over {given.seconds:g} s (promised: "
        f"{CPU_SHARE:.0%}); {resident:.0f} MB resident (promised: {RESIDENT_MB:g} MB)"
    )
    return 0 if ready <= READY_S and share <= CPU_SHARE and resident <= RESIDENT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
