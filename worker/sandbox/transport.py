"""The sandbox in process: the client's transport without sockets, for virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from worker.errors import Fault, GatewayError, TookEffect
from worker.model.http import Request, Response
from worker.sandbox.gateway import SandboxGateway, conclude
from worker.sandbox.reply import Ending, Reply, decode, encode

_ENDINGS = {
    Ending.REFUSED: (Fault.REFUSED, "connection refused", TookEffect.NO),
    Ending.RESET: (Fault.DISCONNECTED, "connection reset before an answer", TookEffect.MAYBE),
    Ending.CLOSED: (Fault.DISCONNECTED, "connection closed without an answer", TookEffect.MAYBE),
}


class SandboxTransport:
    """Carries calls to a sandbox gateway in the same process.

    Args:
        timeout_s: how long a call may take, by the gateway's clock.
    """

    def __init__(self, gateway: SandboxGateway, timeout_s: float = 20.0) -> None:
        self._gateway = gateway
        self._timeout_s = timeout_s
        self._late: set[asyncio.Task[None]] = set()

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status.

        Raises:
            GatewayError: refused (NO), timed out or disconnected (MAYBE).
        """
        await self._gateway.clock.sleep(0)  # on a real clock: others have their turn first
        reply = self._gateway.begin(_carried(request))
        if reply.delay_s > self._timeout_s:
            if reply.finish is not None:
                self._finish_later(reply)
            await self._gateway.clock.sleep(self._timeout_s)
            message = f"no answer within {self._timeout_s:g} s"
            raise GatewayError(Fault.TIMEOUT, message, took_effect=TookEffect.MAYBE)
        if reply.delay_s > 0:
            await self._gateway.clock.sleep(reply.delay_s)
        if reply.ending is not Ending.ANSWER:
            fault, message, took_effect = _ENDINGS[reply.ending]
            raise GatewayError(fault, message, took_effect=took_effect)
        return conclude(reply)

    @property
    def unfinished(self) -> frozenset[asyncio.Task[None]]:
        """Work that was given up on and is still to come."""
        return frozenset(self._late)

    async def close(self) -> None:
        """Work that nobody waits for any more is dropped."""
        for task in tuple(self._late):
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    def _finish_later(self, reply: Reply) -> None:
        task = asyncio.create_task(self._finish(reply))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _finish(self, reply: Reply) -> None:
        await self._gateway.clock.sleep(reply.delay_s)
        conclude(reply)


def _carried(request: Request) -> Request:
    """The request as it would arrive over a wire: lower-case header names, a body of its own."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.has_body:
        headers.setdefault("content-type", "application/json")
    body = decode(encode(request.body)) if request.has_body else None
    return replace(request, headers=headers, body=body)
