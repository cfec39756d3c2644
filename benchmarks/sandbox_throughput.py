"""Sends per second that the sandbox takes over loopback HTTP; the server is a process of its own.

    python benchmarks/sandbox_throughput.py --sends 20000 --concurrency 64 --rounds 5

Prints each round and the median. The sandbox must not be what limits other measurements: 5,000/s
is the least it may reach while the client shares the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

ROOT = Path(__file__).resolve().parent.parent
_SERVE = "from worker.sandbox.launch import run_sandbox; run_sandbox(port=0)"
_LEAST = 5000.0


def start_sandbox() -> tuple[subprocess.Popen[str], dict[str, str]]:
    """A sandbox in its own process, and the settings it printed."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _SERVE], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    settings: dict[str, str] = {}
    if child.stdout is None:
        raise SystemExit("the sandbox has no output")
    for line in child.stdout:
        name, equals, value = line.strip().partition("=")
        if equals:
            settings[name] = value
        elif line.startswith("play "):
            return child, settings
    raise SystemExit("the sandbox did not start")


async def _play(session: aiohttp.ClientSession, base: str, name: str, **given: Any) -> Any:
    async with session.post(f"{base}/_sandbox/play/{name}", json=given) as answer:
        answer.raise_for_status()
        return (await answer.json())["result"]


async def measure(
    settings: dict[str, str], sends: int, concurrency: int, conversations: int, rounds: int
) -> list[float]:
    """Sends per second of each round."""
    base = settings["WORKER_BASE_URL"]
    headers = {
        "x-access-token": settings["WORKER_ACCESS_TOKEN"],
        "content-type": "application/json",
    }
    url = base + "/v1/backend/conversation_messages"
    connector = aiohttp.TCPConnector(limit=concurrency)
    rates = []
    async with aiohttp.ClientSession(connector=connector) as session:
        bodies = []
        for _ in range(conversations):
            contact = await _play(session, base, "create_contact")
            conversation = await _play(session, base, "create_conversation", contact=contact)
            body = {"conversation_id": conversation, "type": "text", "text": "We are on it."}
            bodies.append(json.dumps(body).encode())

        async def sender(number: int) -> None:
            for index in range(number, sends, concurrency):
                body = bodies[index % conversations]
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                    answer.raise_for_status()

        for _ in range(rounds):
            started = time.perf_counter()
            await asyncio.gather(*(sender(number) for number in range(concurrency)))
            rates.append(sends / (time.perf_counter() - started))
            sys.stdout.write(f"round {len(rates)}: {rates[-1]:,.0f} sends/s\n")
        async with session.get(f"{base}/_sandbox/state") as answer:
            stored = (await answer.json())["messages"]
    if stored != sends * rounds:
        raise SystemExit(f"sent {sends * rounds}, stored {stored}")
    return rates


def main() -> int:
    """The figures are printed; 1 where the median is below what is promised."""
    parser = argparse.ArgumentParser(description="Sends per second of the sandbox over HTTP.")
    parser.add_argument("--sends", type=int, default=20_000, help="sends in a round")
    parser.add_argument("--concurrency", type=int, default=64, help="requests in flight")
    parser.add_argument("--conversations", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    child, settings = start_sandbox()
    try:
        rates = uvloop.run(
            measure(settings, given.sends, given.concurrency, given.conversations, given.rounds)
        )
    finally:
        child.terminate()
        child.wait(timeout=10)
    median = statistics.median(rates)
    sys.stdout.write(
        f"median of {len(rates)}: {median:,.0f} sends/s at {given.concurrency} in flight "
        f"(promised: {_LEAST:,.0f})\n"
    )
    return 0 if median >= _LEAST else 1


if __name__ == "__main__":
    raise SystemExit(main())
