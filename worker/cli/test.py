"""`worker test`: do the rules do what their tests say?"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.cli.parser import Verbs
    from worker.rehearsal.suite import Result, Suite


def register(verbs: Verbs) -> None:
    """`test` is a verb."""
    parser = verbs.add_parser(
        "test",
        help="do the rules do what their tests say?",
        description="Plays the tests of rules: the whole worker against the simulated platform, in "
        "virtual time. Needs no account. Exit 0: all passed; 1: a test failed, or rules or tests "
        "have errors; 2: no such path, or no such test.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or directories with tests (default: WORKER_RULES)",
    )
    parser.add_argument(
        "-k", dest="name", default="", metavar="NAME", help="only tests with this in their name"
    )
    parser.add_argument("--junit", type=Path, metavar="FILE", help="results as JUnit XML, for CI")
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The tests were played and the results printed."""
    from worker.clock import SystemClock
    from worker.log import configure_logs
    from worker.rehearsal import report, suite
    from worker.rehearsal.rules import Library
    from worker.settings import load_settings

    settings = load_settings()
    library = Library(settings.webhook_allow)
    paths = arguments.paths or [settings.rules]
    suites = suite.gather(paths, settings.rules, library, arguments.name)
    configure_logs(level="error", stream=io.StringIO())  # what went wrong is told by the tests
    clock = SystemClock()
    begun = clock.monotonic()
    results: list[Result] = []
    for one in suites:
        mine = suite.run(one, library, clock, _tell)
        results += mine
        _tell_gaps(one, mine)
    print(*report.by_file(results), sep="\n")
    print(report.summary(results, clock.monotonic() - begun))
    if arguments.junit is not None:
        _write(arguments.junit, results)
    return 0 if all(one.passed for one in results) else 1


def _tell(result: Result) -> None:
    from worker.log import one_line
    from worker.rehearsal.report import failed

    if not result.passed:
        for line in failed(result):
            print(one_line(line))


def _tell_gaps(suite: Suite, results: Sequence[Result]) -> None:
    """What no test exercised; nothing where only some were asked for."""
    from worker.rehearsal.coverage import Covered, coverage
    from worker.rehearsal.report import exercised

    if not suite.whole:
        return
    found = Covered()
    for one in results:
        found |= one.covered
    print(*exercised(coverage(suite.rules, found)), sep="\n")


def _write(path: Path, results: Sequence[Result]) -> None:
    from worker.rehearsal.junit import junit

    try:
        path.write_bytes(junit(results))
    except OSError as error:
        said = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"--junit {path}: cannot be written: {said}") from None
