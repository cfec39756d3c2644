"""Real processes for tests: a sandbox, and workers that can be killed, paused and told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import aiohttp

from worker.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
_SERVE = (
    "import sys; from worker.sandbox.launch import run_sandbox;"
    " run_sandbox(port=0, seed=int(sys.argv[1]), faults=sys.argv[2:])"
)
RUN = ("-m", "worker", "run")
PATIENCE_S = 60.0
_LINE_LIMIT = 1 << 20


@dataclass(slots=True)
class SandboxChild:
    """A sandbox in its own process, played over HTTP.

    Attributes:
        settings: what it printed for a worker.
    """

    session: aiohttp.ClientSession
    settings: Mapping[str, str]

    @property
    def base(self) -> str:
        """Where it listens."""
        return self.settings["WORKER_BASE_URL"]

    async def play(self, name: str, **given: Any) -> Any:
        """One person or thing has acted."""
        return (await self._ask("POST", f"play/{name}", given))["result"]

    async def get(self, path: str) -> Any:
        """What it answers to a look inside."""
        return await self._ask("GET", path, None)

    async def fault(self, text: str) -> None:
        """One more fault is in force."""
        await self._ask("POST", "faults", {"fault": text})

    async def clear_faults(self) -> None:
        """No fault is in force."""
        await self._ask("DELETE", "faults", None)

    async def _ask(self, method: str, path: str, given: Mapping[str, Any] | None) -> Any:
        async with self.session.request(
            method, f"{self.base}/_sandbox/{path}", json=given
        ) as answer:
            answer.raise_for_status()
            return await answer.json()


@asynccontextmanager
async def sandbox_child(faults: Sequence[str] = (), seed: int = 0) -> AsyncIterator[SandboxChild]:
    """A sandbox runs inside; it is killed at the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _SERVE,
        str(seed),
        *faults,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            settings = await _welcome(child)
        async with aiohttp.ClientSession() as session:
            yield SandboxChild(session, settings)
    finally:
        child.kill()
        await child.wait()


async def _welcome(child: asyncio.subprocess.Process) -> dict[str, str]:
    assert child.stdout is not None
    settings: dict[str, str] = {}
    async for raw in child.stdout:
        name, equals, value = raw.decode().strip().partition("=")
        if equals:
            settings[name] = value
        elif name.startswith("play "):
            break
    return settings


@dataclass(slots=True)
class WorkerChild:
    """`worker run` in its own process.

    Attributes:
        events: how often each line was logged.
        complaints: what stood on standard error.
    """

    process: asyncio.subprocess.Process
    events: Counter[str] = field(default_factory=Counter)
    lines: list[dict[str, Any]] = field(default_factory=list)
    complaints: str = ""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ready_at: str = "account.opened"
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def start(
        cls,
        environment: Mapping[str, str],
        *,
        program: Sequence[str] = RUN,
        log: TextIO | None = None,
        keep: bool = True,
        ready_at: str = "account.opened",
    ) -> WorkerChild:
        """It was started; `ready` is set when it logs `ready_at`.

        Args:
            program: what Python runs instead.
            log: each line is written there too.
            keep: lines are kept in memory.
        """
        ours = {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            cwd=ROOT,
            env=ours | dict(environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        child = cls(process, ready_at=ready_at)
        child._readers = [
            asyncio.create_task(child._read_lines(log, keep=keep)),
            asyncio.create_task(child._read_complaints(log)),
        ]
        return child

    async def _read_lines(self, log: TextIO | None, *, keep: bool) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            if log is not None:
                log.write(raw.decode("utf-8", "replace"))
            try:
                line = json.loads(raw)
            except ValueError:
                continue  # cut off by the kill
            name = str(line.get("event", ""))
            self.events[name] += 1
            if keep:
                self.lines.append(line)
            if name == self.ready_at:
                self.ready.set()

    async def _read_complaints(self, log: TextIO | None) -> None:
        assert self.process.stderr is not None
        self.complaints = (await self.process.stderr.read()).decode("utf-8", "replace")
        if log is not None:
            log.write(self.complaints)

    async def opened(self) -> None:
        """It has reached the gateway; fails when it ends before."""
        ended = asyncio.create_task(self.process.wait())
        ready = asyncio.create_task(self.ready.wait())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            ready.cancel()
        assert self.ready.is_set(), f"the worker ended: {await self.ended()} {self.complaints}"

    async def ended(self) -> int:
        """It has ended by itself; its exit code."""
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
            await asyncio.gather(*self._readers)
        return code

    async def end(self, number: signal.Signals) -> int:
        """It was sent the signal and has ended; its exit code, negative for a signal."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await self.ended()

    async def destroy(self) -> None:
        """Nothing of it is left."""
        await self.end(signal.SIGKILL)


async def killed_until(over: asyncio.Event, environment: Mapping[str, str], seed: int) -> int:
    """A worker runs and is killed again and again until then; how often."""
    instants = random.Random(seed)
    kills = 0
    while not over.is_set():
        child = await WorkerChild.start(environment)
        await child.opened()
        try:
            async with asyncio.timeout(instants.uniform(0.3, 2.5)):
                await over.wait()
        except TimeoutError:
            kills += 1
        await child.end(signal.SIGKILL)
    return kills


def worker_settings(sandbox: SandboxChild, directory: Path, **changes: str) -> dict[str, str]:
    """Settings of a worker beside a sandbox on the same machine, quick in all it waits for."""
    return {
        "WORKER_BASE_URL": sandbox.base,
        "WORKER_ACCESS_TOKEN": sandbox.settings["WORKER_ACCESS_TOKEN"],
        "WORKER_RULES": str(directory / "rules.yaml"),
        "WORKER_DATABASE_URL": f"sqlite:///{directory / 'worker.db'}",
        "WORKER_REQUESTS_PER_MINUTE": "60000",
        "WORKER_POLL_MESSAGES": "500ms",
        "WORKER_POLL_NOTIFICATIONS": "1s",
        "WORKER_REQUEST_TIMEOUT": "1s",
        "WORKER_SETTLING_TIME": "500ms",
        "WORKER_START_FROM": "beginning",
        "WORKER_HTTP_PORT": "off",
        "WORKER_LOG_FORMAT": "json",
        **{f"WORKER_{name.upper()}": value for name, value in changes.items()},
    }


async def passes(seconds: float) -> None:
    """So much real time is over."""
    await SystemClock().sleep(seconds)
