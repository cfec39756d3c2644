"""The report for a machine: plain JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from worker.engine.brought import Doing
from worker.engine.comparison import Example, RuleFigures
from worker.model.verdict import Reason
from worker.report.report import Report, totals


def as_json(report: Report) -> dict[str, Any]:
    """Everything the report knows; times are ISO 8601."""
    found = report.comparison
    before, after = totals(found)
    return {
        "title": report.title,
        "before": report.before,
        "after": report.after,
        "first": None if found.first is None else found.first.isoformat(),
        "last": None if found.last is None else found.last.isoformat(),
        "events": found.events,
        "decisions": found.decisions,
        "conversations": {"all": found.conversations, "affected": found.affected},
        "answers": {
            "before": before,
            "after": after,
            **{change.value: number for change, number in found.answers.items()},
        },
        "days": {
            day.isoformat(): {change.value: number for change, number in counts.items()}
            for day, counts in found.days.items()
        },
        "actions": [
            {"kind": kind, "change": change.value, "count": number}
            for (kind, change), number in found.actions.items()
        ],
        "rules": {name: _rule(rule) for name, rule in found.rules.items()},
        "turned": [
            {"rule": rule, "before": before.value, "after": after.value, "count": number}
            for (rule, before, after), number in found.turned.items()
        ],
        "examples": {change.value: _examples(kept) for change, kept in found.examples.items()},
        "shadows": _examples(found.shadows),
        "recorded_by_versions": dict(found.versions),
        "unreadable": found.unreadable,
        "inexact": found.inexact,
        "unfollowed": found.unfollowed,
        "notes": list(report.all_notes),
    }


def _rule(rule: RuleFigures) -> dict[str, Any]:
    return {
        "before": _reasons(rule.before),
        "after": _reasons(rule.after),
        "answers": {change.value: number for change, number in rule.changes.items()},
        "shadow_answers": rule.shadows,
    }


def _reasons(counts: Counter[Reason]) -> dict[str, int]:
    return {reason.value: number for reason, number in sorted(counts.items())}


def _examples(kept: Sequence[Example]) -> list[dict[str, Any]]:
    return [
        {
            "event": one.event,
            "at": one.at.isoformat(),
            "conversation": one.conversation,
            "asked": list(one.asked),
            "before": _doing(one.pair.before),
            "after": _doing(one.pair.after),
            "why": one.why,
        }
        for one in kept
    ]


def _doing(doing: Doing | None) -> dict[str, str] | None:
    return None if doing is None else {"rule": doing.rule, "text": doing.text}
