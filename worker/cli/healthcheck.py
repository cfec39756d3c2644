"""`worker healthcheck`: asks the worker of this container whether it is alive."""

from __future__ import annotations

import argparse
import sys
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from worker.errors import WorkerError

if TYPE_CHECKING:
    from worker.cli.parser import Verbs

_TIMEOUT_S = 3.0
# Listening on every address means that loopback answers too.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def register(verbs: Verbs) -> None:
    """`healthcheck` is a verb."""
    parser = verbs.add_parser(
        "healthcheck",
        help="whether the worker of these settings is alive",
        description="Asks /healthz where the settings say the worker listens; 0 alive, 1 not. "
        "Meant for a container engine.",
    )
    parser.set_defaults(call=run)


def run(_arguments: argparse.Namespace) -> int:
    """0: it is alive, or there is nothing to ask; 1: it is not. Engines know no other codes."""
    from worker.settings import load_settings

    try:
        settings = load_settings()
    except WorkerError as error:
        return _unhealthy(str(error))
    port = settings.http_port
    if port is None:
        print("nothing to ask: WORKER_HTTP_PORT is off")
        return 0
    if port == 0:
        return _unhealthy("WORKER_HTTP_PORT is 0: which port it took is not known here")
    return _asked(_ANY.get(settings.http_host, settings.http_host), port)


def _asked(host: str, port: int) -> int:
    # Not urllib: it would ask a proxy of the environment for an address of this container.
    connection = HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return _unhealthy(f"{host}:{port} does not answer: {str(error) or type(error).__name__}")
    finally:
        connection.close()
    if status != 200:  # noqa: PLR2004
        return _unhealthy(f"{host}:{port} answers {status}")
    print("ok")
    return 0


def _unhealthy(why: str) -> int:
    print(f"worker: {why}", file=sys.stderr)
    return 1
