"""`worker sandbox`: the sandbox on a port until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from collections.abc import Callable, Iterable

import uvloop

from worker.clock import SystemClock
from worker.errors import SettingsError
from worker.sandbox.faults import FaultError, FaultRule, parse_fault
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.server import SandboxServer
from worker.sandbox.switches import Generation, Switches

DEFAULT_PORT = 8090


def run_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    generation: Generation = "v1",
    faults: Iterable[str] = (),
    seed: int = 0,
    switches: Switches | None = None,
) -> int:
    """The sandbox has run until SIGINT or SIGTERM; the exit code, 0.

    Raises:
        SettingsError: a fault's text is wrong, or the port is taken.
    """
    gateway = SandboxGateway(SystemClock(), generation=generation, seed=seed, switches=switches)
    for rule in _parsed(faults):
        gateway.faults.add(rule)
    uvloop.run(serve_until_told(SandboxServer(gateway, host, port), _write))
    return 0


def _parsed(faults: Iterable[str]) -> list[FaultRule]:
    try:
        return [parse_fault(text) for text in faults]
    except FaultError as error:
        raise SettingsError(str(error)) from None


async def serve_until_told(server: SandboxServer, write: Callable[[str], None]) -> None:
    """The server has run until SIGINT or SIGTERM, and said where it is and with which tokens.

    Raises:
        SettingsError: the port is taken.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    try:
        await server.start()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "another program has it" if taken else error.strerror or str(error)
        message = f"the sandbox cannot listen on port {server.port}: {reason}"
        raise SettingsError(f"{message}; --port names another, 0 any free one") from None
    try:
        for line in welcome(server):
            write(line)
        await told.wait()
    finally:
        await server.stop()


def welcome(server: SandboxServer) -> tuple[str, ...]:
    """What a person needs to point a worker at it; its tokens are made up, so they may be shown."""
    gateway = server.gateway
    prefix = "/channel-service/v1" if gateway.generation == "v2" else "/v1/backend"
    lines = [
        f"sandbox gateway ({gateway.generation}) at {server.base_url}",
        f"WORKER_BASE_URL={server.base_url}",
        f"WORKER_API_PREFIX={prefix}",
        f"WORKER_ACCESS_TOKEN={gateway.access_token}",
        f"WORKER_API_TOKEN={gateway.api_token}",
        f"WORKER_ORGANIZATION_ID={gateway.world.organization_id}",
        f"WORKER_BUSINESS_UNIT_ID={gateway.world.business_unit_id}",
        f"WORKER_USER_ID={gateway.world.worker.id}",
    ]
    lines += [f"fault: {text}" for text in gateway.faults.played()]
    lines.append(f"play customers and read back: GET {server.base_url}/_sandbox/ says how")
    return tuple(lines)


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
