"""An event loop whose time jumps to the next timer as soon as nothing is left to do.

Hours pass in milliseconds, in an order that is the same in each run: tests of the worker and of
rules live in it. Work for threads is done at once, in the loop; sockets have no place here.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

GRAIN_S = 1e-6
"""A timer passes at least so much time; smaller steps would be lost in a year's float."""


class _Jump(selectors.DefaultSelector):
    """Instead of waiting for `timeout` seconds, lets them have passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is not None and timeout > 0:
            self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, from 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)
        # How early a timer may be called; a machine's own figure is lost beside a year in seconds,
        # and a timer that is due would wait for ever.
        self._clock_resolution = GRAIN_S / 2

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jump.passed

    def call_at(  # type: ignore[override]  # as `run_in_executor`
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Called at `when`, and never without that time passes: real clocks move by themselves."""
        when = max(when, self.time() + GRAIN_S)
        return super().call_at(when, callback, *args, context=context)

    def add_signal_handler(self, *_: object) -> None:
        """Signals come in real time.

        Raises:
            NotImplementedError: always, as on systems that have none.
        """
        raise NotImplementedError

    def run_in_executor(  # type: ignore[override]  # the stub cannot be spelt before 3.12
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """The function has run, here and at once: a thread would live in real time."""
        del executor
        result: asyncio.Future[T] = self.create_future()
        try:
            result.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
            result.set_exception(error)
        return result


class LoopClock:
    """The clock of the running loop: virtual in a `VirtualLoop`.

    Args:
        start: the wall clock when the loop's time was 0; `jump` moves it, as a wrong clock would.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start

    def now(self) -> datetime:
        """Wall time."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """`seconds` have passed."""
        await asyncio.sleep(max(0.0, seconds))

    async def rest(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """`seconds` have passed, or `wake` is set."""
        if wake is None:
            await self.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await wake.wait()

    def jump(self, by: timedelta) -> None:
        """The wall clock is set; monotonic time is not."""
        self._start += by


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
