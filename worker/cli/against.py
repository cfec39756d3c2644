"""`worker check --against`: what a change of the rules does to customers, in one screen."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.past import replay, replay_past, unseen
from worker.errors import LedgerError, RulesError

if TYPE_CHECKING:
    from worker.engine.course import Course
    from worker.model.rule import RuleSet
    from worker.report.report import Report
    from worker.ruleset.testing.written import WrittenTest
    from worker.settings import Settings


_EVER = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    """What was found.

    Args:
        problem: why nothing could be compared; "" where `report` says what was found.
        ruleset: the rules that were checked.
        private: what the past holds was written by customers.
    """

    problem: str = ""
    report: Report | None = None
    ruleset: RuleSet | None = None
    private: bool = True


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two rule sets with their tests, and the time they are compared on."""

    path: Path
    against: str
    before: RuleSet
    after: RuleSet
    tests: tuple[WrittenTest, ...]
    since: datetime
    zone: tzinfo


def difference(
    path: Path, against: str, since: datetime, now: datetime, settings: Settings
) -> Difference:
    """The behaviour of the rules at `path` beside that of those at `against`.

    On the recorded past, or where there is none on what the rules' own tests say.

    Raises:
        SettingsError: there is nothing at `against`.
        RulesError: the rules at `path` have errors.
    """
    from worker.cli.earlier import rules_elsewhere
    from worker.report.report import counted, local_zone

    after, tests = _rules_and_tests(path, settings)
    with rules_elsewhere(path, against) as earlier:
        try:
            before, old_tests = _rules_and_tests(earlier, settings)
        except RulesError as error:
            return Difference(
                f"the rules at {against} have {counted(len(error.problems), 'error')} themselves, "
                f"nothing to compare with: {error.problems[0]}"
            )
        names = {test.form.name for test in tests}
        tests += tuple(test for test in old_tests if test.form.name not in names)
        sides = _Sides(path, against, before, after, tests, since, local_zone(now))
        try:
            found = asyncio.run(_on_the_ledger(sides, settings))
        except LedgerError as error:
            return _on_the_tests(sides, settings, str(error))
        return found or _on_the_tests(sides, settings, "the ledger has recorded nothing since")


def _rules_and_tests(path: Path, settings: Settings) -> tuple[RuleSet, tuple[WrittenTest, ...]]:
    from worker.cli.check import capabilities_of
    from worker.ruleset.load import load_tests

    return load_tests(
        path,
        platform=settings.platform,
        capabilities=capabilities_of(settings.platform),
        webhook_allow=settings.webhook_allow,
    )


async def _on_the_ledger(sides: _Sides, settings: Settings) -> Difference | None:
    from worker.engine.course import Course

    course = Course(sides.after, sides.before, sides.zone)
    if not await replay_past(settings, sides.since, course):
        return None
    return Difference(report=_report(sides, course, ""), ruleset=sides.after)


def _on_the_tests(sides: _Sides, settings: Settings, why: str) -> Difference:
    """Each test is played by the rules before; what was recorded is decided by both."""
    from worker.engine.course import Course
    from worker.log import configure_logs
    from worker.rehearsal.play import recorded
    from worker.rehearsal.rules import Library
    from worker.rehearsal.service import ACCOUNT
    from worker.report.report import counted
    from worker.runtime.live import Live

    if not sides.tests:
        return Difference(f"nothing to compare on: the rules have no tests, and {why}")
    configure_logs(level="error", stream=io.StringIO())
    course = Course(sides.after, sides.before, sides.zone)
    library = Library(settings.webhook_allow)
    live = Live(sides.before)
    for test in sides.tests:
        ledger = recorded(test, live, library)
        asyncio.run(replay(ledger, ACCOUNT, _EVER, course, unseen))
    past = f"{counted(len(sides.tests), 'test')} of the rules ({why.partition(';')[0]})"
    return Difference(report=_report(sides, course, past), ruleset=sides.after, private=False)


def _report(sides: _Sides, course: Course, past: str) -> Report:
    from worker.report.report import Report, described, unheard_note

    return Report(
        title=f"{sides.path} against {sides.against}",
        before=described(sides.against, sides.before),
        after=described(str(sides.path), sides.after),
        verbs=("before", "after"),
        rules=[str(rule.id) for rule in sides.after.rules],
        comparison=course.result(),
        zone=sides.zone,
        past=past,
        notes=unheard_note(course.unheard()),
    )


def notices(found: Difference) -> Iterator[tuple[str, int, str]]:
    """For each rule that would do otherwise: its file, its line, and what changes in one line."""
    from worker.report.text import change_of

    if found.report is None or found.ruleset is None:
        return
    places = {str(rule.id): rule.place for rule in found.ruleset.rules}
    for name, figures in found.report.changed_rules():
        place = places.get(name)
        told = f"{name}: {change_of(found.report, name, figures)}"
        yield (place.path, place.line, told) if place is not None else ("", 0, told)
