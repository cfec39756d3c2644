"""A clock many can wait on, a transport with a script, and raw HTTP servers that misbehave."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from worker.errors import GatewayError
from worker.model.http import Request, Response

Answer = Response | GatewayError


class VirtualClock:
    """Time moves to the next sleeper when everybody waits."""

    def __init__(self) -> None:
        self._now = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Wall time, in step with the monotonic one."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._now)

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Until the clock was moved so far."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + max(0.0, seconds), next(self._order), future))
        await future

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """The same; whoever would wake is not waited for."""
        del wake
        await self.sleep(seconds)

    async def run(self, work: Awaitable[Any]) -> Any:
        """The result of `work`, moving time as often as everybody waits for it."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(30):
                await asyncio.sleep(0)  # noqa: TID251 - lets others run; no time passes
            if not task.done() and self._sleepers:
                until, _, future = heapq.heappop(self._sleepers)
                self._now = max(self._now, until)
                if not future.done():
                    future.set_result(None)
        return task.result()


def answer(body: Any = None, status: int = 200, **headers: str) -> Response:
    """A JSON answer; bytes go out as they are."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    )
    return Response(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


class ScriptedTransport:
    """Answers by the first rule that fits `METHOD path`; keeps what it was asked."""

    def __init__(self, *rules: tuple[str, Answer | Callable[[Request], Answer]]) -> None:
        self.rules = list(rules)
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Response:
        """The scripted answer; a path nobody serves is Express's own 404."""
        self.asked.append(request)
        for wanted, scripted in self.rules:
            if f"{request.method} {request.path}".startswith(wanted):
                found = scripted(request) if callable(scripted) else scripted
                if isinstance(found, GatewayError):
                    raise found
                return found
        return answer(f"<pre>Cannot {request.method} {request.path}</pre>".encode(), 404)

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [f"{request.method} {request.path}" for request in self.asked]


Conduct = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


@asynccontextmanager
async def raw_server(conduct: Conduct) -> AsyncIterator[str]:
    """A server that reads one request head at a time and then does as told; its base URL."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await conduct(reader, writer, head)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
