"""`worker run`: the service."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from worker.cli.parser import Verbs
    from worker.settings import Settings


_CLOCK_ERROR = timedelta(hours=1)
"""So far may this machine's clock be behind the one that a time was read from."""


def register(verbs: Verbs) -> None:
    """`run` is a verb."""
    parser = verbs.add_parser(
        "run",
        help="the service",
        description="Polls the platform, decides by rules and acts, until SIGTERM or SIGINT. "
        "A second signal stops at once; either way nothing is lost or doubled.",
    )
    parser.late_help = _settings
    parser.set_defaults(call=run)


def _settings() -> str:
    from worker.settings import settings_text

    return (
        "settings, from the environment, .env, and a secrets directory, in this order:\n"
        + settings_text()
    )


def run(_arguments: argparse.Namespace) -> int:
    """The service has run and was stopped."""
    import gc

    # Nearly all that is made while starting stays; the first load of rules ends with it on again.
    gc.disable()
    from worker.clock import SystemClock
    from worker.errors import SettingsError
    from worker.log import configure_logs
    from worker.settings import RUN_NEEDS, load_settings

    settings = load_settings(require=RUN_NEEDS)
    if not os.path.lexists(settings.rules):
        raise SettingsError(f"WORKER_RULES: {settings.rules}: there is no such file or directory")
    start = settings.start_from
    if isinstance(start, datetime) and start > SystemClock().now() + _CLOCK_ERROR:
        raise SettingsError(
            f"WORKER_START_FROM: {start.isoformat()} is still to come; nobody would be answered "
            "until then"
        )
    configure_logs(level=settings.log_level, format=settings.log_format, secrets=settings.secrets)
    return _serve(settings)


def _serve(settings: Settings) -> int:
    import asyncio

    from worker.app import run as serve
    from worker.errors import WorkerError
    from worker.log import get_logger

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(serve(settings))
    except WorkerError:
        raise
    except Exception:  # noqa: BLE001 - the end of everything; see below
        # Nobody is left to handle it: its cause, without secrets, and an exit code.
        get_logger().exception("worker.failed")
        return 1


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.Loop
