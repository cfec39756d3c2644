"""A started sandbox for any test: a real port, real HTTP, and the hands to play people in it.

Use it by `pytest_plugins`, or import the fixture `sandbox` into a `conftest.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from worker.clock import SystemClock
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.server import SandboxServer
from worker.sandbox.stage import Stage


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        gateway: state, faults, journal; `server` the port; `stage` the people.
    """

    gateway: SandboxGateway
    server: SandboxServer

    @property
    def stage(self) -> Stage:
        """Who can be played."""
        return self.gateway.stage

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return self.server.base_url

    @property
    def token(self) -> str:
        """The worker's account's token."""
        return self.gateway.access_token

    def fault(self, text: str) -> None:
        """One more fault is in force; the grammar is that of `worker.sandbox.faults`."""
        self.gateway.faults.add(text)


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox of the documented generation on a free loopback port."""
    gateway = SandboxGateway(SystemClock())
    server = SandboxServer(gateway)
    await server.start()
    yield Sandbox(gateway, server)
    await server.stop()


@pytest_asyncio.fixture
async def newer_sandbox() -> AsyncIterator[Sandbox]:
    """The same, answering as the newer generation does."""
    gateway = SandboxGateway(SystemClock(), generation="v2")
    server = SandboxServer(gateway)
    await server.start()
    yield Sandbox(gateway, server)
    await server.stop()
