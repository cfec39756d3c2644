"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from worker.engine.brought import Doing
from worker.engine.comparison import CHANGES, Change, Comparison, Example, RuleFigures
from worker.log import one_line
from worker.report.report import Report, acted, counted, totals, withheld

Style = Literal["", "heading", "new", "gone", "faint"]

_HEADINGS = {
    Change.NEW: "new answers",
    Change.GONE: "answers that are gone",
    Change.DIFFERENT: "different answers",
}
_LONGEST = 400  # characters of a text; the page shows more


@dataclass(frozen=True, slots=True)
class Line:
    """One line; nothing in it can move the terminal's cursor."""

    text: str = ""
    style: Style = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is shown."""

    rules: int = 40
    examples: int = 10


WHOLE = Amount()
ONE_SCREEN = Amount(rules=8, examples=2)


def lines(report: Report, amount: Amount = WHOLE) -> Iterator[Line]:
    """The report, line by line."""
    yield Line(one_line(report.title), "heading")
    yield Line(one_line(f"{report.verbs[0]:<10} {report.before}"))
    yield Line(one_line(f"{report.verbs[1]:<10} {report.after}"))
    yield Line(f"{'past':<10} {report.period}; {report.size}")
    yield Line(f"{'answers':<10} {answers(report)}")
    yield Line(f"{'customers':<10} {customers(report.comparison)}")
    if report.comparison.actions:
        yield Line(f"{'actions':<10} {actions(report.comparison)}")
    yield from _rules(report, amount.rules)
    for change in CHANGES:
        yield from _examples(report, change, amount.examples)
    yield from _shadows(report, amount.examples)
    yield Line()
    for note in report.all_notes:
        yield Line(one_line(note), "faint")


def answers(report: Report) -> str:
    """All answers in one line."""
    found = report.comparison.answers
    before, after = totals(report.comparison)
    return (
        f"{before:,} {report.verbs[0]}, {after:,} {report.verbs[1]}: "
        f"{found[Change.SAME]:,} the same, {found[Change.NEW]:,} new, "
        f"{found[Change.GONE]:,} gone, {found[Change.DIFFERENT]:,} different"
    )


def customers(comparison: Comparison) -> str:
    """How many would notice."""
    if not comparison.affected:
        return "nobody would have seen anything else"
    of_all = counted(comparison.conversations, "conversation")
    return f"{comparison.affected:,} of {of_all} would have seen something else"


def actions(comparison: Comparison) -> str:
    """What would be done otherwise that customers do not see."""
    return ", ".join(
        f"{kind}: {number:,} {change.value}"
        for (kind, change), number in comparison.actions.items()
    )


def _rules(report: Report, most: int) -> Iterator[Line]:
    changed = report.changed_rules()
    if not changed:
        return
    before, after = report.verbs
    widest = max(len(name) for name, _ in changed[:most])
    head = f"{before:>9} {after:>9} {'new':>7} {'gone':>7} {'different':>9}  withheld"
    yield Line()
    yield Line(f"{'rule':<{widest}} {head}", "heading")
    for name, rule in changed[:most]:
        yield Line(one_line(f"{name:<{widest}} {_figures(report, name, rule)}").rstrip())
    if len(changed) > most:
        yield Line(f"… and {counted(len(changed) - most, 'rule')} more", "faint")


def _figures(report: Report, name: str, rule: RuleFigures) -> str:
    before, after = acted(rule)
    counts = [rule.changes[one] for one in CHANGES]
    figures = " ".join(
        f"{number:>{width},}" for number, width in zip(counts, (7, 7, 9), strict=True)
    )
    return f"{before:>9,} {after:>9,} {figures}  {', '.join(_besides(report, name, rule))}"


def _besides(report: Report, name: str, rule: RuleFigures) -> list[str]:
    told = [f"{one.value} {was:,} → {would:,}" for one, was, would in withheld(rule)]
    if rule.shadows:
        told.append(f"shadow: {counted(rule.shadows, 'answer')}")
    elif not rule.after and name not in report.rules:
        told.append("no such rule any more")
    return told


def change_of(report: Report, name: str, rule: RuleFigures) -> str:
    """What changes about one rule, in a line."""
    before, after = acted(rule)
    told = [f"acts {before:,} → {after:,} times"]
    told += [f"{rule.changes[one]:,} {one.value}" for one in CHANGES if rule.changes[one]]
    return ", ".join([*told, *_besides(report, name, rule)])


def _examples(report: Report, change: Change, most: int) -> Iterator[Line]:
    found = report.comparison.examples.get(change, ())[:most]
    if not found:
        return
    number = report.comparison.answers[change]
    shown = "" if number == len(found) else f", {len(found)} of them"
    yield Line()
    yield Line(f"{_HEADINGS[change]}: {number:,}{shown}", "heading")
    yield from _shown(report, found)


def _shown(report: Report, examples: Sequence[Example]) -> Iterator[Line]:
    for one in examples:
        why = f"  ({one.why})" if one.why else ""
        yield Line(
            one_line(f"  {report.moment(one.at)}  {one.conversation}  {one.event}{why}"), "faint"
        )
        for asked in one.asked:
            # in quotes: a line that begins with :: is a command to who runs a workflow
            yield Line(f"      “{_cut(asked)}”")
        yield from _side("-", "gone", one.pair.before)
        yield from _side("+", "new", one.pair.after)


def _side(sign: str, style: Style, doing: Doing | None) -> Iterator[Line]:
    if doing is not None:
        yield Line(f"    {sign} {one_line(doing.rule)}: {_cut(doing.text)}", style)


def _shadows(report: Report, most: int) -> Iterator[Line]:
    found = report.comparison.shadows[:most]
    if not found:
        return
    total = sum(rule.shadows for rule in report.comparison.rules.values())
    yield Line()
    yield Line(
        f"shadow rules would have said: {counted(total, 'answer')}"
        " (- what customers saw, + what the shadow rule has to say)",
        "heading",
    )
    yield from _shown(report, found)


def _cut(text: str) -> str:
    text = one_line(" ⏎ ".join(text.splitlines()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
