"""`worker rescue`: what can still be read of a damaged ledger."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.cli.parser import Verbs


def register(verbs: Verbs) -> None:
    """`rescue` is a verb."""
    parser = verbs.add_parser(
        "rescue",
        help="all that can still be read of a damaged ledger, in a new one",
        description="Copies every readable row of a damaged database into a new file. The damaged "
        "one is only read; stop the worker first, and put the new file in its place.",
    )
    parser.add_argument("damaged", type=Path)
    parser.add_argument("new", type=Path, help="a file that does not exist yet")
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The rows saved were counted, by table."""
    from worker.ledger.rescue import rescue

    for table, count in rescue(arguments.damaged, arguments.new).items():
        print(f"{count:>9}  {table}")
    return 0
