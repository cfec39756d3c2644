"""`worker backtest`: what other rules would have done with the recorded past."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.past import SINCE_HELP, read_since, replay_past
from worker.errors import SettingsError

if TYPE_CHECKING:
    from worker.cli.parser import Verbs
    from worker.model.rule import RuleSet
    from worker.report.report import Report
    from worker.report.text import Line
    from worker.settings import Settings


def register(verbs: Verbs) -> None:
    """`backtest` is a verb."""
    parser = verbs.add_parser(
        "backtest",
        help="what other rules would have done with the recorded past",
        description="Decides the recorded events again by other rules and compares with what the "
        "live rules did; sends nothing, works beside a running worker. "
        "Exit 1: the rules have errors; 3: there is no readable ledger.",
    )
    parser.add_argument(
        "--rules", type=Path, metavar="PATH", help="file or directory (default: WORKER_RULES)"
    )
    parser.add_argument("--since", default="7d", metavar="WHEN", help=SINCE_HELP)
    parser.add_argument(
        "--shadow-as-live",
        action="store_true",
        help="rules in `state: shadow` act as if they were live",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="everything, for a machine; holds what customers wrote",
    )
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="also one page with charts; holds what customers wrote",
    )
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The comparison was printed."""
    import asyncio

    from worker.clock import SystemClock
    from worker.report.report import local_zone
    from worker.settings import load_settings

    settings = load_settings()
    now = SystemClock().now()
    since = read_since(arguments.since, now)
    path = existing(arguments.rules or settings.rules)
    if arguments.html is not None and not arguments.html.absolute().parent.is_dir():
        raise SettingsError(f"--html {arguments.html}: its directory is not there")
    ruleset = rules_of(path, settings)
    if arguments.shadow_as_live:
        from worker.engine.backtest import shadow_as_live

        ruleset = shadow_as_live(ruleset)
    name = f"{path}, shadow rules as if live" if arguments.shadow_as_live else str(path)
    report = asyncio.run(_compared(settings, name, ruleset, since, local_zone(now)))
    if arguments.html is not None:
        _write_page(arguments.html, report)
    if arguments.json:
        from worker.report.plain import as_json

        print(json.dumps(as_json(report), indent=2))
        return 0
    from worker.report.text import lines

    show(lines(report))
    if arguments.html is not None:
        print(f"page written: {arguments.html}")
    return 0


def existing(path: Path) -> Path:
    """The path, which is there.

    Raises:
        SettingsError: it is not.
    """
    if not os.path.lexists(path):
        raise SettingsError(f"{path}: there is no such file or directory")
    return path


def rules_of(path: Path, settings: Settings) -> RuleSet:
    """The rules at a path, for the configured platform.

    Raises:
        RulesError: with every problem.
    """
    from worker.cli.check import capabilities_of
    from worker.ruleset.load import load_rules

    return load_rules(
        path,
        platform=settings.platform,
        capabilities=capabilities_of(settings.platform),
        webhook_allow=settings.webhook_allow,
    )


async def _compared(
    settings: Settings, name: str, ruleset: RuleSet, since: datetime, zone: tzinfo
) -> Report:
    from worker.engine.course import Course
    from worker.report.report import Report, described, unheard_note

    course = Course(ruleset, None, zone)
    await replay_past(settings, since, course)
    comparison = course.result()
    versions = ", ".join(version or "unknown" for version in comparison.versions)
    return Report(
        title=f"backtest: what {name} would have done",
        before=f"what the live rules did (version {versions or 'unknown'})",
        after=described(name, ruleset),
        verbs=("recorded", "replayed"),
        rules=[str(rule.id) for rule in ruleset.rules],
        comparison=comparison,
        zone=zone,
        notes=unheard_note(course.unheard()),
    )


def _write_page(file: Path, report: Report) -> None:
    from worker.report.page import page

    try:
        file.write_text(page(report), "utf-8")
    except OSError as error:
        raise SettingsError(f"--html {file}: cannot be written ({error.strerror})") from error


_COLOURS = {"": "", "heading": "bold", "new": "green", "gone": "red", "faint": "dim"}


def show(lines: Iterable[Line]) -> None:
    """The lines stand on standard output, in colours where it is a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=_COLOURS[line.style]))
