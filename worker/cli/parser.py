"""The command line: its verbs, and help that is made when it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, Protocol

from typing_extensions import override

from worker.cli import (
    actions,
    backtest,
    check,
    demo,
    explain,
    healthcheck,
    prune,
    rescue,
    run,
    sandbox,
    schema,
    status,
    test,
)


class Verbs(Protocol):
    """Where a verb registers itself."""

    def add_parser(self, name: str, *, help: str, description: str) -> Parser:  # noqa: A002
        """A parser for the verb's own arguments."""
        ...


class Parser(argparse.ArgumentParser):
    """A parser whose help may have an end that is only made when somebody reads it."""

    late_help: Callable[[], str] | None = None

    @override
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Nothing is left over: a verb's own usage says what it takes, not that of all verbs."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def format_help(self) -> str:
        """The usual help, and the late part."""
        text = super().format_help()
        return f"{text}\n{self.late_help()}" if self.late_help else text


# Registration: one line a family.
FAMILIES: tuple[Callable[[Verbs], None], ...] = (
    demo.register,
    run.register,
    sandbox.register,
    check.register,
    test.register,
    explain.register,
    backtest.register,
    status.register,
    actions.register,
    prune.register,
    rescue.register,
    schema.register,
    healthcheck.register,
)


def command_line() -> Parser:
    """The parser of the whole command line; a parsed result has `call`."""
    parser = Parser(
        prog="worker",
        description="Answers chat customers by rules in YAML, every answer exactly once.",
        epilog="exit codes: 0 fine, 1 what was asked about is wrong, 2 bad settings or usage, "
        "3 a needed service was not reachable",
    )
    verbs: Verbs = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for register in FAMILIES:
        register(verbs)
    return parser
