"""Sandboxes without sockets, on a clock that only the test moves."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from tests.sandbox_fixture import newer_sandbox, sandbox
from worker.sandbox.gateway import SandboxGateway

__all__ = ["newer_sandbox", "sandbox"]


@pytest.fixture
def gateway(clock: HandClock) -> SandboxGateway:
    """The documented generation."""
    return SandboxGateway(clock)


@pytest.fixture
def newer(clock: HandClock) -> SandboxGateway:
    """The newer generation."""
    return SandboxGateway(clock, generation="v2")


@pytest.fixture
def conversation(gateway: SandboxGateway) -> str:
    """A conversation of a customer on the web, where nothing was said yet."""
    return gateway.stage.create_conversation(gateway.stage.create_contact())
