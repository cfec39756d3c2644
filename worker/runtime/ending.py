"""How the service ends: by a signal, by the first failure, or by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from worker.errors import LedgerError
from worker.log import get_logger

log = get_logger()


async def first(*works: Coroutine[Any, Any, Any]) -> None:
    """One of `works` has ended, the others are cancelled; what it raised is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            if (error := task.exception()) is not None:
                raise _innermost(error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _innermost(error: BaseException) -> BaseException:
    """The first failure itself: a group of one has no exit code."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, LedgerError):
        log.error("ledger.failed", error=str(error))
    return error


def listen_for_signals(stop: asyncio.Event) -> asyncio.Event:
    """SIGTERM and SIGINT set `stop`; a second one sets what is returned."""
    hurry = asyncio.Event()

    def told() -> None:
        if stop.is_set():
            hurry.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # not in the main thread (tests), or not on this system
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, told)
    return hurry
