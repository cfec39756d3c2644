"""The whole worker against the sandbox in virtual time: real engine, real client, real rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from worker.app import run
from worker.ledger.memory import MemoryLedger
from worker.model.action import Intent, IntentState
from worker.model.ids import AccountId
from worker.model.ledger import Ledger
from worker.rehearsal.service import Severed
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.stage import Stage
from worker.sandbox.switches import Switches
from worker.sandbox.transport import SandboxTransport
from worker.settings import Settings
from worker.virtual_time import LoopClock, run_virtually

START = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
ACCOUNT = AccountId("imbrace")


@dataclass(slots=True)
class Place:
    """A sandbox, and what a worker in it remembers over its restarts."""

    clock: LoopClock
    gateway: SandboxGateway
    ledger: MemoryLedger
    rules: Path

    @property
    def stage(self) -> Stage:
        """The people."""
        return self.gateway.stage

    @property
    def intents(self) -> list[Intent]:
        """Every action planned so far, in order, as it stands now."""
        return [row.now for row in self.ledger._rows.values()]

    @property
    def states(self) -> list[IntentState]:
        """What has become of them."""
        return [intent.state for intent in self.intents]

    def conversation(self, **more: Any) -> str:
        """A new customer's conversation."""
        return self.stage.create_conversation(self.stage.create_contact(**more))

    def texts(self, conversation: str) -> list[str]:
        """What the worker sent there."""
        return list(self.stage.texts(conversation))

    async def passes(self, seconds: float) -> None:
        """Time passes."""
        await self.clock.sleep(seconds)

    @asynccontextmanager
    async def worker(self, **changes: Any) -> AsyncIterator[asyncio.Task[int]]:
        """A worker runs inside, ready; it is stopped as by SIGTERM at the end."""
        settings = Settings(
            **{
                "access_token": SecretStr(self.gateway.access_token),
                "rules": self.rules,
                "http_port": "off",
                "watch": False,
                **changes,
            }
        )
        stop = asyncio.Event()
        transport = SandboxTransport(self.gateway, settings.request_timeout.total_seconds())
        task = asyncio.create_task(
            run(settings, stop=stop, clock=self.clock, transport=transport, ledger=self.ledger)
        )
        await self.passes(5)
        if task.done():
            task.result()
        try:
            yield task
        finally:
            stop.set()
            await asyncio.wait_for(task, 60)

    @asynccontextmanager
    async def doomed_worker(self, **changes: Any) -> AsyncIterator[None]:
        """A worker that dies at the end as by `kill -9`: no task of it gets another turn."""
        before = asyncio.all_tasks()
        settings = Settings(
            **{
                "access_token": SecretStr(self.gateway.access_token),
                "rules": self.rules,
                "http_port": "off",
                "watch": False,
                **changes,
            }
        )
        transport = SandboxTransport(self.gateway, settings.request_timeout.total_seconds())
        ledger = Severed(self.ledger)
        doomed = asyncio.create_task(
            run(settings, clock=self.clock, transport=transport, ledger=cast("Ledger", ledger))
        )
        await self.passes(5)
        assert not doomed.done()
        yield
        ledger.severed = True
        for task in asyncio.all_tasks() - before:
            task.cancel()
        await self.clock.sleep(0)


def play(
    rules: str,
    scenario: Callable[[Place], Coroutine[Any, Any, None]],
    directory: Path,
    *,
    switches: Switches | None = None,
    generation: Any = "v1",
    start: datetime = START,
) -> None:
    """The scenario has been played, in virtual time; it begins at `start`.

    AGENT in the rules stands for a colleague's id.
    """
    path = directory / "rules.yaml"

    async def whole() -> None:
        clock = LoopClock(start)
        gateway = SandboxGateway(clock, generation=generation, switches=switches)
        path.write_text(rules.replace("AGENT", gateway.world.agent.id), "utf-8")
        await scenario(Place(clock, gateway, MemoryLedger(), path))

    run_virtually(whole())
