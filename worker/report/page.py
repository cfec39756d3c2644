"""The report as one page of HTML that fetches nothing and runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from worker.engine.comparison import CHANGES, Change, RuleFigures
from worker.report.charts import days_chart, rules_chart
from worker.report.difference import pieces
from worker.report.report import Report, acted, totals, withheld
from worker.report.text import actions, answers

_HEADINGS = {
    Change.NEW: "New answers",
    Change.GONE: "Answers that are gone",
    Change.DIFFERENT: "Different answers",
}
_KEPT = "\n\t\u200c\u200d"
"""Besides what is printable: line ends, and what joins letters and emoji."""


def page(report: Report) -> str:
    """The whole page."""
    found = report.comparison
    changed = report.changed_rules()
    return _TEMPLATE.render(
        report=report,
        found=found,
        totals=totals(found),
        answers=answers(report),
        actions=actions(found),
        days=days_chart(found.days) if any(found.answers.values()) else None,
        rules=rules_chart(changed, report.verbs),
        changed=[_row(name, rule) for name, rule in changed],
        examples=[
            (_HEADINGS[change], found.answers[change], found.examples[change])
            for change in CHANGES
            if found.examples[change]
        ],
        pieces=pieces,
    )


def _row(name: str, rule: RuleFigures) -> dict[str, Any]:
    told = [f"{one.value} {was:,} → {would:,}" for one, was, would in withheld(rule)]
    if rule.shadows:
        told.append(f"shadow: {rule.shadows:,}")
    figures = [*acted(rule), *(rule.changes[one] for one in CHANGES)]
    return {"name": name, "figures": figures, "withheld": ", ".join(told)}


def shown(text: str) -> str:
    """`text` with what cannot be seen made visible: no sign of it can act on what stands around
    it, and a broken one cannot break the file.
    """
    if text.isprintable():
        return text
    return "".join(
        sign
        if sign.isprintable() or sign in _KEPT
        else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = shown
    source = (Path(__file__).parent / "page.html").read_text("utf-8")
    return environment.from_string(source)


_TEMPLATE = _template()
