"""Stopped, hurried, paused: whatever it is told, nobody is answered twice or forgotten."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.process.children import SandboxChild, WorkerChild, passes, sandbox_child, worker_settings
from tests.process.customers import Customers, rules

STALL_S = 40.0


@pytest_asyncio.fixture
async def customers(tmp_path: Path) -> AsyncIterator[Customers]:
    """Three conversations beside a sandbox."""
    (tmp_path / "rules.yaml").write_text(rules(), "utf-8")
    async with sandbox_child() as sandbox:
        made = Customers(sandbox, seed=3)
        await made.arrive(3)
        yield made


async def started(customers: Customers, directory: Path, **changes: str) -> WorkerChild:
    """A worker that has opened the account."""
    worker = await WorkerChild.start(worker_settings(customers.sandbox, directory, **changes))
    await worker.opened()
    return worker


async def sends_begin(sandbox: SandboxChild, many: int) -> None:
    """So many sends have reached the gateway."""
    while (await sandbox.get("requests"))["counts"].get("send_message", 0) < many:
        await passes(0.05)


async def rest_is_served(customers: Customers, directory: Path) -> None:
    """The next worker brings everything to its end."""
    await customers.sandbox.clear_faults()
    await customers.write(3)
    worker = await started(customers, directory)
    compared = await customers.served()
    assert await worker.end(signal.SIGTERM) == 0
    assert compared.faultless, compared


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
async def test_a_stop_lets_running_calls_end_and_is_no_failure(
    customers: Customers, tmp_path: Path, number: signal.Signals
) -> None:
    """Every roll-out of a new version would leave outcomes unknown."""
    await customers.sandbox.fault("POST conversation_messages: stall-after seconds=1.5")
    worker = await started(customers, tmp_path, request_timeout="10s")
    await customers.write(3)
    await sends_begin(customers.sandbox, 1)
    assert await worker.end(number) == 0
    ended = [line for line in worker.lines if line["event"] == "intent.settled"]
    assert {line["state"] for line in ended if line["action"] == "reply"} == {"done"}
    assert worker.events["worker.stopped"] == 1
    assert worker.complaints == ""
    await rest_is_served(customers, tmp_path)


async def test_a_second_signal_ends_it_at_once(customers: Customers, tmp_path: Path) -> None:
    """An operator in a hurry would reach for `kill -9`; it must not wait on."""
    await customers.sandbox.fault(f"POST conversation_messages: stall-after seconds={STALL_S}")
    worker = await started(customers, tmp_path, request_timeout="120s", shutdown_grace="120s")
    await customers.write(3)
    await sends_begin(customers.sandbox, 1)
    worker.process.send_signal(signal.SIGTERM)
    await passes(0.3)
    assert worker.process.returncode is None, "it waits for the running call"
    worker.process.send_signal(signal.SIGTERM)
    assert await worker.ended() == 0
    assert worker.events["worker.grace_ended"] == 0
    await rest_is_served(customers, tmp_path)


async def test_the_grace_ends_before_a_gateway_that_never_answers(
    customers: Customers, tmp_path: Path
) -> None:
    """A container runtime kills after its own grace; the worker must be gone by then."""
    await customers.sandbox.fault(f"POST conversation_messages: stall-after seconds={STALL_S}")
    worker = await started(customers, tmp_path, request_timeout="120s", shutdown_grace="1s")
    await customers.write(3)
    await sends_begin(customers.sandbox, 1)
    assert await worker.end(signal.SIGTERM) == 0
    assert worker.events["worker.grace_ended"] == 1
    await rest_is_served(customers, tmp_path)


@pytest.mark.parametrize(
    "fault",
    [
        "stall-after",
        pytest.param("stall-before", marks=pytest.mark.slow),
        pytest.param("late", marks=pytest.mark.slow),
    ],
)
async def test_a_process_that_was_paused_beyond_every_timeout_goes_on(
    customers: Customers, tmp_path: Path, fault: str
) -> None:
    """A suspended machine wakes up with calls whose time is long over."""
    worker = await started(customers, tmp_path)
    await customers.sandbox.fault(f"POST conversation_messages: {fault} seconds=0.6 p=0.5")
    for _ in range(2):
        await customers.write(3)
        await passes(0.7)
        worker.process.send_signal(signal.SIGSTOP)
        await customers.write(2)
        await passes(2.5)
        worker.process.send_signal(signal.SIGCONT)
    await customers.sandbox.clear_faults()
    compared = await customers.served()
    assert await worker.end(signal.SIGTERM) == 0
    assert compared.faultless, compared
