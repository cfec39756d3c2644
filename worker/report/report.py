"""What a report is about, and the words it uses for its two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from worker.engine.comparison import CHANGES, Change, Comparison, RuleFigures
from worker.model.rule import RuleSet
from worker.model.verdict import Reason

UNKNOWABLE = (
    "Replayed is what happened: how customers and colleagues would have reacted to other answers, "
    "nobody can know."
)

_NAMED = 5

PLAIN_REASONS = frozenset({Reason.MATCHED, Reason.CONDITION, Reason.SHADOW, Reason.PAUSED})
"""Reasons that withhold nothing: the rule acted, did not fit, or was not to act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One comparison with its headings.

    Args:
        title: what was asked.
        before, after: the two sides, in a few words each.
        verbs: what the two sides are called in a table.
        rules: ids of the rules of the later side, in the order they are asked.
        zone: whose time is shown.
        past: what was replayed, where it is not the time from the first event to the last.
        notes: what else the reader must know.
    """

    title: str
    before: str
    after: str
    verbs: tuple[str, str]
    rules: Sequence[str]
    comparison: Comparison
    zone: tzinfo
    past: str = ""
    notes: tuple[str, ...] = ()

    def moment(self, at: datetime) -> str:
        """A time as shown, to the minute."""
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    @property
    def period(self) -> str:
        """What was replayed: a time, or `past`."""
        if self.past:
            return self.past
        first, last = self.comparison.first, self.comparison.last
        if first is None or last is None:
            return "nothing was recorded in this time"
        return f"{self.moment(first)} to {self.moment(last)} ({self.zone.tzname(first)})"

    @property
    def size(self) -> str:
        """How much was replayed."""
        found = self.comparison
        return (
            f"{counted(found.events, 'event')} in {counted(found.decisions, 'decision')} "
            f"and {counted(found.conversations, 'conversation')}"
        )

    @property
    def all_notes(self) -> tuple[str, ...]:
        """`notes`, and what the figures themselves make worth saying."""
        found = self.comparison
        told = list(self.notes)
        if found.unreadable:
            told.append(
                f"{counted(found.unreadable, 'decision')} could not be read and are left out."
            )
        if found.inexact:
            inexact = counted(found.inexact, "decision")
            told.append(
                f"{inexact} were recorded without all that was known then (colleagues, silences, "
                "opt-outs): replayed as if there had been nothing."
            )
        if found.unfollowed:
            waits = counted(found.unfollowed, "time")
            told.append(f"{waits} a rule would begin to wait or ask: what follows is not replayed.")
        return (*told, UNKNOWABLE)

    def changed_rules(self) -> list[tuple[str, RuleFigures]]:
        """Rules that would do otherwise, those with most changed answers first."""
        found = [(name, one) for name, one in self.comparison.rules.items() if one.differs]
        return sorted(found, key=lambda rule: (-_weight(rule[1]), rule[0]))


def unheard_note(rules: Sequence[str]) -> tuple[str, ...]:
    """That these rules were not replayed, where there are any."""
    if not rules:
        return ()
    named = ", ".join(rules[:_NAMED]) + (", …" if len(rules) > _NAMED else "")
    note = (
        f"Not replayed, for nothing of the kind was recorded: {named}. A customer who waits and a "
        "time that is due become events only where the rules of that time named them."
    )
    return (note,)


def local_zone(now: datetime) -> tzinfo:
    """The zone of this machine."""
    return now.astimezone().tzinfo or UTC


def described(name: str, ruleset: RuleSet) -> str:
    """A rule set in a few words."""
    return f"{name} ({counted(len(ruleset.rules), 'rule')}, version {ruleset.version})"


def _weight(rule: RuleFigures) -> int:
    return sum(rule.changes[one] for one in CHANGES)


def withheld(rule: RuleFigures) -> list[tuple[Reason, int, int]]:
    """How often each guard kept the rule from acting, before and after, where that differs."""
    reasons = [one for one in Reason if one not in PLAIN_REASONS]
    figures = [(one, rule.before[one], rule.after[one]) for one in reasons]
    return [(one, before, after) for one, before, after in figures if before != after]


def acted(rule: RuleFigures) -> tuple[int, int]:
    """How often it acted, before and after."""
    return rule.before[Reason.MATCHED], rule.after[Reason.MATCHED]


def totals(comparison: Comparison) -> tuple[int, int]:
    """All answers, before and after."""
    answers = comparison.answers
    kept = answers[Change.SAME] + answers[Change.DIFFERENT]
    return kept + answers[Change.GONE], kept + answers[Change.NEW]


def counted(number: int, noun: str) -> str:
    """`1 event`, `12,345 events`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
