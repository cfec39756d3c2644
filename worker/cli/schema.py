"""`worker schema`: the JSON Schema of rule files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.cli.parser import Verbs


def register(verbs: Verbs) -> None:
    """`schema` is a verb."""
    parser = verbs.add_parser(
        "schema",
        help="the JSON Schema of rule files, for editors",
        description="Prints the JSON Schema of rule files.",
    )
    parser.set_defaults(call=run)


def run(_arguments: argparse.Namespace) -> int:
    """The schema was printed."""
    from worker.ruleset.schema import schema_text

    print(schema_text(), end="")
    return 0
