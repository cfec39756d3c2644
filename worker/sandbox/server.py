"""The sandbox on a loopback port: a thin HTTP shell around the gateway."""

from __future__ import annotations

import asyncio
import socket
import struct
from urllib.parse import parse_qsl, unquote

from aiohttp import BodyPartReader, MultipartReader, web

from worker.model.http import Request, Response, Upload
from worker.sandbox.gateway import SandboxGateway, conclude
from worker.sandbox.reply import JSON, MALFORMED, Ending, decode, encode

_HARD_CLOSE = struct.pack("ii", 1, 0)  # linger on, zero seconds: the peer sees a reset
_GRACE_S = 0.2
_LONGEST_OUTAGE_S = 3600.0


class SandboxServer:
    """A running sandbox; `base_url` is known after `start`.

    Args:
        port: 0 for any free one; kept over outages.
    """

    def __init__(self, gateway: SandboxGateway, host: str = "127.0.0.1", port: int = 0) -> None:
        self.gateway = gateway
        self._host = host
        self._port = port
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._outage: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def base_url(self) -> str:
        """Where clients reach it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """It listens.

        Raises:
            OSError: the port is taken.
        """
        await self._listen()

    async def stop(self) -> None:
        """It no longer listens, and its connections are closed."""
        if self._outage is not None:
            self._outage.cancel()
            await asyncio.gather(self._outage, return_exceptions=True)
        await self._hush()
        if self._server is not None:
            await self._server.shutdown(_GRACE_S)

    async def down(self) -> None:
        """Connections are refused, open ones are reset: as when the process behind it is gone."""
        await self._hush()
        for protocol in self._server.connections if self._server is not None else ():
            if protocol.transport is not None:
                _reset(protocol.transport)

    async def up(self) -> None:
        """It listens again, on the same port."""
        if self._listener is None:
            await self._listen()

    async def outage_over(self) -> None:
        """No announced outage is under way."""
        if self._outage is not None:
            await self._outage

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        if self._server is None:
            self._server = web.Server(self._serve, access_log=None)
        self._listener = await loop.create_server(
            self._server, self._host, self._port, reuse_address=True, backlog=1024
        )
        self._port = self._listener.sockets[0].getsockname()[1]

    async def _hush(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    async def _serve(self, incoming: web.BaseRequest) -> web.StreamResponse:
        request = await _read(incoming)
        if request.path == "/_sandbox/outage" and request.method == "POST":
            answer = self._announced_outage(request)
            if answer is not None:
                return _written(answer)
        reply = self.gateway.begin(request)
        if reply.delay_s > 0:
            await self.gateway.clock.sleep(reply.delay_s)
        if reply.ending is not Ending.ANSWER:
            return _hang_up(incoming, reply.ending)
        return _written(conclude(reply))

    def _announced_outage(self, request: Request) -> Response | None:
        """With `seconds` the port goes away for that time; without, only the platform does."""
        body = request.body if request.has_body else None
        seconds = body.get("seconds") if isinstance(body, dict) else None
        if not isinstance(seconds, (int, float)) or not 0 < seconds <= _LONGEST_OUTAGE_S:
            return None
        if self._outage is None or self._outage.done():
            self._outage = asyncio.create_task(self._be_away(float(seconds)))
        return Response(200, {"content-type": JSON}, encode({"down": True, "seconds": seconds}))

    async def _be_away(self, seconds: float) -> None:
        await self.gateway.clock.sleep(0.05)  # the announcement's own answer gets out first
        await self.down()
        await self.gateway.clock.sleep(seconds)
        await self.up()


async def _read(incoming: web.BaseRequest) -> Request:
    """The call as a value; a body that is no JSON is `MALFORMED`."""
    path, _, query = incoming.raw_path.partition("?")
    headers = {name.lower(): value for name, value in incoming.headers.items()}
    media_type = headers.get("content-type", "")
    upload = None
    body = None
    has_body = False
    if incoming.body_exists:
        if media_type.startswith("multipart/"):
            upload = await _uploaded(incoming)
        else:
            content = await incoming.content.read()
            has_body = bool(content)
            body = _decoded(content) if has_body else None
    return Request(
        method=incoming.method,
        path=unquote(path) if "%" in path and path.startswith("/_sandbox") else path,
        query=tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
        headers=headers,
        body=body,
        has_body=has_body,
        upload=upload,
    )


def _decoded(content: bytes) -> object:
    try:
        return decode(content)
    except ValueError:
        return MALFORMED


async def _uploaded(incoming: web.BaseRequest) -> Upload | None:
    """The first file of the form; None where there is none."""
    try:
        reader = MultipartReader(incoming.headers, incoming.content)
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename:
                media_type = part.headers.get("Content-Type", "application/octet-stream")
                content = bytes(await part.read(decode=False))
                return Upload(part.name or "", part.filename, content, media_type)
    except (ValueError, AssertionError):
        return None
    return None


def _written(answer: Response) -> web.Response:
    return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


def _hang_up(incoming: web.BaseRequest, ending: Ending) -> web.Response:
    """The connection ends here; the returned answer has nowhere to go."""
    transport = incoming.transport
    if transport is not None:
        if ending is Ending.CLOSED:
            transport.close()
        else:
            _reset(transport)
    return web.Response(status=503)


def _reset(transport: asyncio.BaseTransport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD_CLOSE)
    if isinstance(transport, asyncio.Transport):
        transport.abort()
    else:
        transport.close()
