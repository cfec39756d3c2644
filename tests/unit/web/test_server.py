"""The probes: right status, useful body, open, and quiet about secrets."""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from tests.clocks import HandClock
from worker.errors import SettingsError
from worker.metrics import Metrics
from worker.web import WebServer
from worker.web.health import Health
from worker.web.server import _refusal


@dataclass
class Worker:
    """Whatever state a test wants the worker to be in."""

    health: Health = field(default_factory=lambda: Health(ready=True, parts={"rules": "ok"}))

    def __call__(self) -> Health:
        """Its health now."""
        return self.health


@pytest.fixture
def worker() -> Worker:
    """A worker that is well."""
    return Worker()


@pytest_asyncio.fixture
async def server(worker: Worker, clock: HandClock) -> AsyncIterator[WebServer]:
    """A server on any free port."""
    one = WebServer("127.0.0.1", 0, worker, Metrics(clock))
    await one.start()
    yield one
    await one.stop()


async def ask(server: WebServer, path: str, method: str = "GET") -> tuple[int, str]:
    """Status and body."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{server.address}{path}") as answer,
    ):
        assert answer.headers["Server"] == "worker"
        return answer.status, await answer.text()


async def test_a_worker_that_is_well_is_alive_and_ready(server: WebServer) -> None:
    """An orchestrator would restart, or send no traffic to, one that is not."""
    assert await ask(server, "/healthz") == (200, "ok\n")
    status, body = await ask(server, "/readyz")
    assert status == 200
    assert json.loads(body)["ready"] is True


async def test_readyz_says_which_part_is_not_ready(server: WebServer, worker: Worker) -> None:
    """`503` alone sends the operator to the logs."""
    parts = {"rules": "ok", "messages": "last read 90 s ago", "notifications": "ok; slower way"}
    worker.health = Health(ready=False, parts=parts)
    status, body = await ask(server, "/readyz")
    assert status == 503
    told = json.loads(body)
    assert told["not_ready"] == ["messages"]
    assert told["parts"] == parts
    assert (await ask(server, "/healthz"))[0] == 200


async def test_a_rejected_rule_change_is_shown_and_leaves_the_worker_ready(
    server: WebServer, worker: Worker
) -> None:
    """The old rules work; but the author must learn which line is wrong."""
    problems = tuple(f"rules/a.yaml:{line}:1: wrong" for line in range(1, 200))
    worker.health = Health(ready=True, parts={"rules": "ok"}, problems=problems)
    status, body = await ask(server, "/readyz")
    told = json.loads(body)
    assert status == 200
    assert told["rules"]["rejected"] is True
    assert told["rules"]["problems"][0] == "rules/a.yaml:1:1: wrong"
    assert told["rules"]["problems_total"] == 199
    assert len(told["rules"]["problems"]) < 199


async def test_a_worker_that_only_a_restart_can_help_is_not_alive(
    server: WebServer, worker: Worker
) -> None:
    """Otherwise nobody would restart it."""
    worker.health = Health(ready=False, alive=False)
    assert (await ask(server, "/healthz"))[0] == 503


async def test_metrics_say_whether_it_is_ready(server: WebServer, worker: Worker) -> None:
    """An alert is written on metrics, not on probes."""
    worker.health = Health(ready=False)
    status, body = await ask(server, "/metrics")
    assert status == 200
    assert "worker_ready 0.0" in body


@pytest.mark.parametrize("path", ["/", "/admin", "/healthz/", "/../etc/passwd", "/readyz%00"])
async def test_everything_else_is_a_plain_404(server: WebServer, path: str) -> None:
    """What is not there must not look like something that is."""
    status, body = await ask(server, path)
    assert status == 404
    assert "<" not in body


async def test_probes_cannot_be_written_to(server: WebServer) -> None:
    """A probe with side effects is not one."""
    assert (await ask(server, "/healthz", "POST"))[0] == 405
    assert (await ask(server, "/healthz", "HEAD"))[0] == 200


async def test_a_fault_of_ours_does_not_show_in_the_answer(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback on an open port tells strangers about the inside."""

    def broken() -> Health:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Worker, "__call__", lambda _self: broken())
    status, body = await ask(server, "/readyz")
    assert status == 500
    assert "secret" not in body


async def test_a_port_that_is_taken_is_one_clear_line(clock: HandClock, worker: Worker) -> None:
    """The most ordinary mistake of all: two workers on one machine."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = WebServer("127.0.0.1", port, worker, Metrics(clock))
        with pytest.raises(SettingsError, match=r"WORKER_HTTP_PORT.*taken") as caught:
            await server.start()
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    await server.stop()


async def test_a_host_of_another_machine_is_one_clear_line(
    clock: HandClock, worker: Worker
) -> None:
    """An address copied from another deployment."""
    server = WebServer("192.0.2.1", 0, worker, Metrics(clock))
    with pytest.raises(SettingsError, match=r"WORKER_HTTP_HOST: 192\.0\.2\.1 is no address"):
        await server.start()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_every_refusal_names_a_setting(number: int) -> None:
    """The reader can only change settings."""
    assert _refusal(OSError(number, "no"), "::1", 80).startswith("WORKER_HTTP_")


async def test_off_serves_nothing(clock: HandClock, worker: Worker) -> None:
    """Some environments forbid open ports."""
    server = WebServer("127.0.0.1", None, worker, Metrics(clock))
    assert await server.start() is None
    await server.stop()


async def test_an_ipv6_address_can_be_opened_as_it_is_told(
    clock: HandClock, worker: Worker
) -> None:
    """Without brackets the address cannot be pasted into a browser."""
    server = WebServer("::1", 0, worker, Metrics(clock))
    try:
        address = await server.start()
    except SettingsError:
        pytest.skip("no IPv6 here")
    assert address is not None
    assert address.startswith("http://[::1]:")
    assert (await ask(server, "/healthz"))[0] == 200
    await server.stop()
