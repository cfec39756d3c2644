"""The sandbox over real sockets: bodies, broken connections, outages, and its command."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.sandbox_fixture import Sandbox
from worker.clock import SystemClock
from worker.errors import SettingsError
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.launch import run_sandbox, serve_until_told, welcome
from worker.sandbox.server import SandboxServer

SEND = "/v1/backend/conversation_messages"


@pytest_asyncio.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the worker's account, without retries of its own."""
    headers = {"x-access-token": sandbox.token}
    async with aiohttp.ClientSession(sandbox.base_url, headers=headers) as session:
        yield session


def opened(sandbox: Sandbox) -> str:
    """A conversation."""
    return sandbox.stage.create_conversation(sandbox.stage.create_contact())


async def test_a_send_goes_through_http(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    """Without it nothing would show that the port speaks for the gateway."""
    conversation = opened(sandbox)
    body = {"conversation_id": conversation, "type": "text", "text": "hi ✓"}
    async with client.post(SEND, json=body) as answer:
        assert answer.status == 200
        assert answer.headers["Date"].endswith("GMT")
        assert answer.headers["x-request-id"]
    assert sandbox.stage.texts(conversation) == ("hi ✓",)


async def test_both_generations_are_served(newer_sandbox: Sandbox) -> None:
    """Without it the fixture of the newer generation could be anything."""
    url = f"{newer_sandbox.base_url}/channel-service/v1/contacts"
    headers = {"x-access-token": newer_sandbox.token}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert await answer.json() == {"data": [], "total": 0}


async def test_a_delete_carries_its_body_and_a_query_may_repeat(
    sandbox: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Without it dismissing and channel types would only be tried without a wire."""
    conversation = opened(sandbox)
    mine = sandbox.stage.notifications()[0]["id"]
    async with client.delete("/v1/backend/notifications/dismiss", json=[mine]) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    assert sandbox.stage.notifications() == []
    contact = sandbox.gateway.world.conversations[conversation].contact_id
    url = f"/v1/backend/contacts/{contact}/conversations?channel_types=line&channel_types=web"
    async with client.get(url) as answer:
        assert len((await answer.json())["data"]) == 1


async def test_broken_json_is_refused(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    """Without it a broken body would be a failure of the sandbox."""
    headers = {"content-type": "application/json"}
    async with client.post(SEND, data=b'{"type":', headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 40000)


async def test_a_file_of_some_megabytes_is_taken(
    sandbox: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Without it attachments of ordinary size would fail only here."""
    form = aiohttp.FormData()
    content = io.BytesIO(b"x" * 3_000_000)
    form.add_field("file", content, filename="a.png", content_type="image/png")
    async with client.post("/v1/backend/contacts/_fileupload", data=form) as answer:
        assert (await answer.json())["url"].endswith(".png")
    uploaded = next(sandbox.gateway.journal.entries(kind="upload"))
    assert uploaded.detail["size_bytes"] == 3_000_000


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        ("reset", aiohttp.ClientOSError, 0),
        ("reset-after", aiohttp.ClientOSError, 1),
        ("close", aiohttp.ServerDisconnectedError, 0),
        ("close-after", aiohttp.ServerDisconnectedError, 1),
        ("refuse", aiohttp.ClientOSError, 0),
    ],
)
async def test_a_connection_ends_as_the_fault_says(
    sandbox: Sandbox,
    client: aiohttp.ClientSession,
    fault: str,
    error: type[Exception],
    stored: int,
) -> None:
    """Without it a reset could be a quiet close, which clients take differently."""
    conversation = opened(sandbox)
    sandbox.fault(f"send_message: {fault}")
    with pytest.raises(error):
        await client.post(SEND, json={"conversation_id": conversation, "type": "text", "text": "x"})
    assert len(sandbox.stage.texts(conversation)) == stored


async def test_an_outage_refuses_connections_and_ends_on_the_same_port(
    sandbox: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Without it a restart of the platform could not be played to a running worker."""
    async with client.get("/") as answer:
        assert answer.status == 200
    await sandbox.server.down()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.get("/")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/")
    await sandbox.server.up()
    async with client.get("/") as answer:
        assert answer.status == 200


async def test_an_announced_outage_ends_by_itself(
    sandbox: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Without it a test in another process could close the port for ever."""
    async with client.post("/_sandbox/outage", json={"seconds": 0.05}) as answer:
        assert (await answer.json())["down"]
    async with asyncio.timeout(5):
        await sandbox.server.outage_over()
    async with client.get("/") as answer:
        assert answer.status == 200


async def test_a_stalled_call_does_not_keep_the_server_from_stopping() -> None:
    """Without it every test with a stall would hang at its end."""
    gateway = SandboxGateway(SystemClock())
    server = SandboxServer(gateway)
    await server.start()
    gateway.faults.add("*: stall seconds=600")
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.get(server.base_url + "/"))
        while not gateway.requests.counts:
            await asyncio.wait({call}, timeout=0.01)
        async with asyncio.timeout(5):
            await server.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await call


async def test_the_command_says_where_it_is_and_stops_on_sigterm() -> None:
    """Without it `worker sandbox` would leave people guessing its tokens."""
    gateway = SandboxGateway(SystemClock(), generation="v2")
    gateway.faults.add("*: reset p=0.01")
    lines: list[str] = []

    def write(line: str) -> None:
        lines.append(line)
        if line.startswith("play"):
            os.kill(os.getpid(), signal.SIGTERM)

    server = SandboxServer(gateway)
    async with asyncio.timeout(5):
        await serve_until_told(server, write)
    assert tuple(lines) == welcome(server)
    assert f"WORKER_BASE_URL=http://127.0.0.1:{server.port}" in lines
    assert "WORKER_API_PREFIX=/channel-service/v1" in lines
    assert f"WORKER_ACCESS_TOKEN={gateway.access_token}" in lines
    assert "fault: * *: reset-before p=0.01" in lines


async def test_a_taken_port_is_one_clear_line(sandbox: Sandbox) -> None:
    """Without it a second sandbox would end in a traceback."""
    second = SandboxServer(SandboxGateway(SystemClock()), port=sandbox.server.port)
    with pytest.raises(SettingsError, match=f"cannot listen on port {sandbox.server.port}"):
        await serve_until_told(second, lambda line: None)


def test_a_wrong_fault_stops_the_command_before_it_listens() -> None:
    """Without it a slip in `--fault` would be noticed after the run."""
    with pytest.raises(SettingsError, match="explode"):
        run_sandbox(port=0, faults=["*: explode"])
