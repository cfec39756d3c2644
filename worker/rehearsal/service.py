"""The worker of one test: started, stopped and killed over one ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import SecretStr

from worker.app import run
from worker.errors import WorkerError
from worker.ledger.memory import MemoryLedger
from worker.model.http import Request, Response
from worker.model.ids import AccountId
from worker.model.ledger import Ledger
from worker.rehearsal.clock import RehearsalClock
from worker.runtime.reload import RuleSource
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.transport import SandboxTransport
from worker.settings import Settings

ACCOUNT = AccountId("imbrace")
"""What the ledger calls the only account."""

UNLIMITED = 1_000_000
"""Requests a minute: a rehearsal looks far more often than a worker that can wait."""

READY_S = 1.0
LAST_CALLS_S = 60.0


@dataclass(slots=True)
class Posts:
    """Webhooks are taken here, and go nowhere."""

    urls: list[str] = field(default_factory=list)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        """The post is on record."""
        del body, headers, timeout_s
        self.urls.append(url)


class Severed:
    """A ledger that nothing reaches any more once the process that held it is dead."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self.severed = False

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._ledger, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self.severed:
                raise asyncio.CancelledError
            return await method(*args, **kwargs)

        return call


class _Noticed:
    """A transport whose calls wake a still stage: where the platform is asked, somebody works."""

    def __init__(self, transport: SandboxTransport, clock: RehearsalClock) -> None:
        self.inner = transport
        self._clock = clock

    async def send(self, request: Request) -> Response:
        self._clock.noticed()
        return await self.inner.send(request)

    async def close(self) -> None:
        """Calls the platform has yet to finish are the platform's."""


class Service:
    """The worker, as whoever operates it sees it."""

    def __init__(
        self,
        clock: RehearsalClock,
        gateway: SandboxGateway,
        ledger: MemoryLedger,
        rules: RuleSource,
        posts: Posts,
        webhook_allow: tuple[str, ...] = (),
    ) -> None:
        self._clock = clock
        self._gateway = gateway
        self._ledger = ledger
        self._rules = rules
        self._posts = posts
        self._settings = Settings(
            access_token=SecretStr(gateway.access_token),
            http_port="off",
            requests_per_minute=UNLIMITED,
            webhook_allow=webhook_allow,
        )
        self._transport = SandboxTransport(gateway, self._settings.request_timeout.total_seconds())
        self._stop = asyncio.Event()
        self._held = Severed(ledger)
        self._task: asyncio.Task[int] | None = None
        self._others: set[asyncio.Task[Any]] = set()

    @property
    def running(self) -> bool:
        """It is at work."""
        return self._task is not None

    async def start(self) -> None:
        """It is at work and has looked at everything once."""
        self._stop = asyncio.Event()
        self._held = Severed(self._ledger)
        self._others = asyncio.all_tasks()
        self._task = asyncio.create_task(
            run(
                self._settings,
                stop=self._stop,
                clock=self._clock,
                transport=_Noticed(self._transport, self._clock),
                ledger=cast("Ledger", self._held),
                rules=self._rules,
                post=self._posts.post,
            )
        )
        await self._clock.sleep(READY_S)
        self.check()

    def check(self) -> None:
        """It has not failed.

        Raises:
            WorkerError: it has, and why.
        """
        if self._task is not None and self._task.done():
            task, self._task = self._task, None
            task.result()
            raise WorkerError("it ended by itself")

    async def stop(self) -> None:
        """It was told to stop, and has."""
        if self._task is None:
            return
        self._stop.set()
        self._clock.stir()
        task, self._task = self._task, None
        async with asyncio.timeout(LAST_CALLS_S):
            await task

    async def kill(self) -> None:
        """No task of it gets another turn, and nothing it held is written any more."""
        if self._task is None:
            return
        self._held.severed = True
        self._task = None
        spared = self._others | self._transport.unfinished
        current = asyncio.current_task()
        doomed = [one for one in asyncio.all_tasks() - spared if one is not current]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)

    async def close(self) -> None:
        """It is stopped, and the platform has nothing left to finish."""
        try:
            await self.stop()
        finally:
            await self._transport.close()
