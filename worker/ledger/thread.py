"""One thread that takes whatever has gathered while it was busy, and answers it together."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

from worker.errors import LedgerError

Asked = TypeVar("Asked")
Entry = tuple[Asked, "asyncio.Future[Any]"]

SWITCH_S: Final = 0.0005
"""A thread that needs the interpreter waits for it so long at most; Python's own is 5 ms. A commit
needs it again after each of its statements, so beside a busy loop it took many times its work."""

# Bounds the memory and the time of one group; far above what gathers during one commit.
_GROUP_LIMIT = 1024


class GatheringThread(Generic[Asked]):
    """Carries calls from one event loop to a thread, with one hop each way a group.

    Args:
        answer: called in the thread with all that has gathered, in order; one answer each. An
            answer that is an exception is raised to its caller.
    """

    def __init__(self, name: str, answer: Callable[[Sequence[Asked]], Sequence[object]]) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._gathered: list[Entry[Asked]] = []
        self._handed: SimpleQueue[list[Entry[Asked]] | None] = SimpleQueue()
        self._accepting = True
        # A daemon: a commit cut off by the end of the process is a commit nobody was told of.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, asked: Asked) -> asyncio.Future[Any]:
        """The answer, later. A caller that is cancelled does not stop what it asked for.

        Raises:
            LedgerError: the thread was stopped.
        """
        if not self._accepting:
            raise LedgerError("the ledger is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._gathered:
            # All that this round of the loop asks for goes over in one hand.
            self._loop.call_soon(self._hand_over)
        self._gathered.append((asked, future))
        return future

    async def stop(self) -> None:
        """All that was asked is answered and the thread has ended."""
        if self._accepting:
            self._accepting = False
            self._hand_over()
            self._handed.put(None)
        await asyncio.shield(self._ended)

    def _hand_over(self) -> None:
        if self._gathered:
            self._handed.put(self._gathered)
            self._gathered = []

    def _run(self) -> None:
        stopping = False
        while not stopping:
            entries: list[Entry[Asked]] = []
            batch = self._handed.get()
            while batch is not None:
                entries += batch
                if len(entries) >= _GROUP_LIMIT or self._handed.empty():
                    break
                batch = self._handed.get()
            stopping = batch is None
            if entries:
                self._answer_all(entries)
        self._tell(self._end)

    def _answer_all(self, entries: list[Entry[Asked]]) -> None:
        try:
            answers = self._answer([asked for asked, _ in entries])
        except Exception as error:  # noqa: BLE001 - whatever it was, its callers must hear of it
            answers = [LedgerError(f"the ledger failed: {error}") for _ in entries]
        self._tell(_deliver, [future for _, future in entries], answers)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            return  # the loop is gone, and everyone who waited with it

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


def _deliver(futures: Sequence[asyncio.Future[Any]], answers: Sequence[object]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():
            continue  # its caller was cancelled
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
