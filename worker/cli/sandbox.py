"""`worker sandbox`: only the simulated platform."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.cli.parser import Verbs

_DEFAULT_PORT = 8090


def register(verbs: Verbs) -> None:
    """`sandbox` is a verb."""
    parser = verbs.add_parser(
        "sandbox",
        help="only the simulated platform",
        description="Serves a simulated platform on loopback and prints its base URL and tokens.",
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=_DEFAULT_PORT,
        help="0 takes any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--generation", choices=("v1", "v2"), default="v1", help="of the platform's API"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="TEXT",
        help="what goes wrong, e.g. 'POST send_message: 500-after p=0.1'; may be repeated",
    )
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The sandbox was served until it was told to stop."""
    from worker.sandbox.launch import run_sandbox

    return run_sandbox(port=arguments.port, generation=arguments.generation, faults=arguments.fault)


def port_number(text: str) -> int:
    """A TCP port, 0 for any."""
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("expected a port from 0 (any free one) to 65535")
    return int(text)
