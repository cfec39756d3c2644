"""The HTTP client's own share: the CPU time of a call's steps, without what waits in between."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Generator
from typing import Any

from worker.model.http import Request, Response, Transport


class Stepped:
    """A transport that tells what its POSTs took on the loop's thread.

    Not in it: the callbacks in which the loop hands over the bytes of an answer.
    """

    def __init__(self, carrier: Transport) -> None:
        self._carrier = carrier
        self._posts = 0
        self._spent_ns = 0

    def forget(self) -> None:
        """What was measured until now does not count."""
        self._posts = self._spent_ns = 0

    @property
    def us(self) -> float:
        """Microseconds of CPU time a POST."""
        return self._spent_ns / max(1, self._posts) / 1000

    async def send(self, request: Request) -> Response:
        """See `Transport.send`."""
        if not request.writes:
            return await self._carrier.send(request)
        self._posts += 1
        answer: Response = await _Steps(self, self._carrier.send(request))
        return answer

    async def close(self) -> None:
        """Connections are closed."""
        await self._carrier.close()

    def step(self, call: Coroutine[Any, Any, Response], error: BaseException | None) -> Any:
        """What the call waits for next; its end is a `StopIteration`."""
        began = time.thread_time_ns()
        try:
            return call.send(None) if error is None else call.throw(error)
        finally:
            self._spent_ns += time.thread_time_ns() - began


class _Steps:
    """One call, taken step by step."""

    def __init__(self, watch: Stepped, call: Coroutine[Any, Any, Response]) -> None:
        self._watch = watch
        self._call = call

    def __await__(self) -> Generator[Any, None, Response]:
        error: BaseException | None = None
        while True:
            try:
                waited_for = self._watch.step(self._call, error)
            except StopIteration as ended:
                found: Response = ended.value
                return found
            error = None
            try:
                yield waited_for
            except BaseException as thrown:  # noqa: BLE001 - it belongs to the call
                error = thrown
