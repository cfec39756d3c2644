"""`worker check --against`: what a change of the rules does to customers, in one screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.past import replay_past
from worker.errors import LedgerError, RulesError

if TYPE_CHECKING:
    from worker.engine.course import Course
    from worker.model.rule import RuleSet
    from worker.report.report import Report
    from worker.settings import Settings


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


def difference(
    path: Path, against: str, since: datetime, now: datetime, settings: Settings
) -> Difference:
    """The behaviour of the rules at `path` beside that of those at `against`.

    Raises:
        SettingsError: there is nothing at `against`.
        RulesError: the rules at `path` have errors.
    """
    from worker.cli.backtest import rules_of
    from worker.cli.earlier import rules_elsewhere
    from worker.report.report import local_zone

    after = rules_of(path, settings)
    with rules_elsewhere(path, against) as earlier:
        try:
            before = rules_of(earlier, settings)
        except RulesError as error:
            count = len(error.problems)
            return Difference(
                f"the rules at {against} have {count} error{'' if count == 1 else 's'} themselves: "
                "nothing to compare with"
            )
        sides = Sides(path, against, before, after, since, local_zone(now))
        try:
            return asyncio.run(_on_the_ledger(sides, settings))
        except LedgerError as error:
            return Difference(f"no recorded past to compare on: {error}")


@dataclass(frozen=True, slots=True)
class Sides:
    """The two rule sets, and the time they are compared on."""

    path: Path
    against: str
    before: RuleSet
    after: RuleSet
    since: datetime
    zone: tzinfo


async def _on_the_ledger(sides: Sides, settings: Settings) -> Difference:
    from worker.engine.course import Course

    course = Course(sides.after, sides.before, sides.zone)
    await replay_past(settings, sides.since, course)
    return Difference(report=report_of(sides, course), ruleset=sides.after)


def report_of(sides: Sides, course: Course) -> Report:
    """The report on the two sides."""
    from worker.report.report import Report, described, unheard_note

    return Report(
        title=f"{sides.path} against {sides.against}",
        before=described(sides.against, sides.before),
        after=described(str(sides.path), sides.after),
        verbs=("before", "after"),
        rules=[str(rule.id) for rule in sides.after.rules],
        comparison=course.result(),
        zone=sides.zone,
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
