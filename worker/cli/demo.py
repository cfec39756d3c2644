"""`worker demo`: the whole product on one screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.cli.parser import Verbs

_FASTEST = 100.0


def register(verbs: Verbs) -> None:
    """`demo` is a verb."""
    parser = verbs.add_parser(
        "demo",
        help="the whole product on one screen; needs no account",
        description="Starts a simulated platform on a free loopback port, runs the worker with the "
        "shipped rules, plays customers in several languages, and checks what each of them got.",
    )
    parser.add_argument("--keep", action="store_true", help="go on until interrupted")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="customers type N times faster"
    )
    parser.add_argument("--plain", action="store_true", help="no colours")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="also write what was shown as SVG"
    )
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The demo was shown: 0 if every customer got what was due, else 1."""
    import asyncio

    from worker.demo.run import run_demo

    return asyncio.run(
        run_demo(
            keep=arguments.keep,
            speed=arguments.speed,
            plain=arguments.plain,
            picture=arguments.picture,
        )
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"expected a number above 0, at most {_FASTEST:.0f}")
    return speed
