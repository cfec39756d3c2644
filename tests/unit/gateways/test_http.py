"""The adapter over real sockets: what a failure may have done decides who hears twice."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from tests.unit.gateways.doubles import Conduct, raw_server
from worker.errors import Fault, GatewayError, SettingsError, TookEffect
from worker.gateways.http import AiohttpTransport, checked_base_url
from worker.model.http import Request, Upload

READ = Request(method="GET", path="/list", query=(("q", "secret words"),), endpoint="list")
WRITE = Request(
    method="POST", path="/send", body={"a": "é"}, has_body=True, writes=True, endpoint="send"
)


async def failure_of(base_url: str, request: Request, **options: float) -> GatewayError:
    transport = AiohttpTransport(
        base_url, timeout_s=options.get("timeout_s", 5.0), max_body_bytes=1000
    )
    try:
        with pytest.raises(GatewayError) as caught:
            await transport.send(request)
    finally:
        await transport.close()
    return caught.value


async def close_silently(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    writer.close()


async def reset(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stall(_r: asyncio.StreamReader, _w: asyncio.StreamWriter, _h: bytes) -> None:
    await asyncio.Event().wait()


async def cut(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


async def cut_chunk(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"')
    await writer.drain()
    writer.close()


async def no_http(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
    writer.close()


async def flood(_r: asyncio.StreamReader, writer: asyncio.StreamWriter, _h: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)
    await writer.drain()


@pytest.mark.parametrize(
    ("conduct", "fault"),
    [
        (close_silently, Fault.DISCONNECTED),
        (reset, Fault.DISCONNECTED),
        (stall, Fault.TIMEOUT),
        (cut, Fault.DISCONNECTED),
        (cut_chunk, Fault.DISCONNECTED),
        (no_http, Fault.UNREADABLE),
        (flood, Fault.UNREADABLE),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
async def test_a_call_that_was_sent_may_have_taken_effect(
    conduct: Conduct, fault: Fault, request_: Request
) -> None:
    """Without this a lost answer to a send would be sent again blindly, or a read held in doubt."""
    async with raw_server(conduct) as url:
        error = await failure_of(url, request_, timeout_s=0.2 if conduct is stall else 5.0)
    assert error.fault is fault
    assert error.took_effect is (TookEffect.MAYBE if request_.writes else TookEffect.NO)
    assert "secret" not in str(error)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_a_connection_that_was_never_made_took_no_effect(url: str) -> None:
    """Without this an outage would leave every reply in doubt instead of retried."""
    error = await failure_of(url, WRITE)
    assert error.fault is Fault.REFUSED
    assert error.took_effect is TookEffect.NO


async def test_a_server_without_tls_took_no_effect() -> None:
    """Without this a wrong scheme in the base URL would look like a lost answer."""
    async with raw_server(no_http) as url:
        error = await failure_of(url.replace("http:", "https:"), WRITE)
    assert error.fault is Fault.REFUSED
    assert error.took_effect is TookEffect.NO


async def test_a_kept_connection_closed_before_the_write_is_a_doubt_and_not_repeated() -> None:
    """Without this the HTTP library would repeat a PUT in secret, outside budget and record."""
    heads: list[bytes] = []

    async def answer_once(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        heads.append(head)
        if len(heads) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
        else:
            writer.close()

    put = Request(method="PUT", path="/x", body=[], has_body=True, writes=True, endpoint="put")
    async with raw_server(answer_once) as url:
        transport = AiohttpTransport(url)
        assert (await transport.send(READ)).status == 200
        with pytest.raises(GatewayError) as caught:
            await transport.send(put)
        await transport.close()
    assert caught.value.took_effect is TookEffect.MAYBE
    assert len(heads) == 2


async def test_json_goes_out_with_its_type_and_its_length_even_on_delete() -> None:
    """Without this the platform's form parser swallows the body, or loses a chunked one."""
    seen: list[tuple[bytes, bytes]] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        seen.append((head, await reader.readexactly(int(fields[b"content-length"]))))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    delete = Request(
        method="DELETE", path="/d", body=["not_1"], has_body=True, writes=True, endpoint="d"
    )
    upload = Request(
        method="POST", path="/u", upload=Upload("file", "ä.png", b"PNG", "image/png"), endpoint="u"
    )
    async with raw_server(echo) as url:
        transport = AiohttpTransport(url + "/base/")
        answers = [await transport.send(one) for one in (delete, WRITE, upload)]
        await transport.close()
    assert [one.status for one in answers] == [302, 302, 302], "redirects are not followed"
    assert seen[0][0].startswith(b"DELETE /base/d HTTP/1.1")
    assert b"content-type: application/json" in seen[0][0].lower()
    assert b"chunked" not in seen[0][0].lower()
    assert [body for _, body in seen[:2]] == [b'["not_1"]', '{"a":"é"}'.encode()]
    assert b"multipart/form-data; boundary=" in seen[2][0]
    assert b'name="file"' in seen[2][1]
    assert b"PNG" in seen[2][1]


async def test_a_token_with_a_line_break_is_never_sent_and_never_shown() -> None:
    """Without this a token file with two lines could inject headers, or show up in a log."""
    request = Request(
        method="GET", path="/", headers={"x-access-token": "acc_1\r\nevil: 1"}, endpoint="x"
    )
    error = await failure_of("http://127.0.0.1:1", request)
    assert error.took_effect is TookEffect.NO
    assert "acc_1" not in str(error)


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "https://", "https://u:p@host", "http://h?q=1", "http://h:99999", "host"]
)
def test_a_base_url_that_cannot_be_one_is_a_settings_error(url: str) -> None:
    """Without this a typing mistake would be an endless outage instead of exit code 2."""
    with pytest.raises(SettingsError):
        checked_base_url(url)
