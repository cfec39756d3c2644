"""A case for a machine: the same names in every version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from worker.engine.explain import NearMiss
from worker.model.action import Intent
from worker.model.text import MessageText
from worker.model.verdict import Act, Verdict
from worker.report.case import Case, Row, Section, places
from worker.report.mends import mend


def as_json(case: Case) -> dict[str, Any]:
    """All of it, nothing shortened beyond what was recorded; holds what customers wrote."""
    event = case.event
    return {
        "event": {
            "id": None if case.made_up else event.id,
            "kind": event.kind.value,
            "at": event.at.isoformat(),
            "conversation": None if case.made_up else event.conversation_id,
            "contact": None if case.made_up else event.contact_id,
            "text": case.said.raw if case.said is not None else None,
            "earlier_texts": list(case.earlier),
        },
        "remarks": list(case.remarks),
        "decisions": [_section(case, section) for section in case.sections],
        "other_events": [{"id": event_id, "at": at.isoformat()} for event_id, at in case.others],
    }


def _section(case: Case, section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "recorded": section.recorded,
        "rules_version": section.version,
        "note": section.note,
        "acted": [row.trace.rule for row in section.rows if row.acted and not row.trace.shadow],
        "rules": [_row(case, row, section) for row in section.rows],
        "left_out": {reason.value: count for reason, count in section.left_out.items()},
        "nearest_miss": _miss(section.nearest),
    }


def _row(case: Case, row: Row, section: Section) -> dict[str, Any]:
    trace, rule = row.trace, row.rule
    return {
        "id": trace.rule,
        "place": str(rule.place) if rule is not None else None,
        "reason": trace.reason.value,
        "detail": trace.detail,
        "shadow": trace.shadow,
        "waited": trace.flow,
        "when_fits": row.fits,
        "mend": "" if row.acted and not trace.shadow else mend(trace, rule),
        "conditions": [_verdict(case.said, one) for one in trace.verdicts],
        "conditions_left_out": trace.cut,
        "actions": [_act(case, trace.rule, act, section) for act in trace.acts],
    }


def _verdict(said: MessageText | None, verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "answer": verdict.answer.value,
        "because": verdict.because,
        "found": {name: str(value) for name, value in verdict.found.items()},
        "in_text": list(_pieces(said, verdict)),
        "parts": [_verdict(said, part) for part in verdict.parts],
    }


def _pieces(said: MessageText | None, verdict: Verdict) -> Iterator[Mapping[str, Any]]:
    if said is not None and verdict.hits:
        own = Verdict(verdict.answer, hits=verdict.hits)
        for start, end in places(said, own):
            yield {"start": start, "end": end, "text": said.raw[start:end]}


def _act(case: Case, rule: str, act: Act, section: Section) -> dict[str, Any]:
    key = case.key(rule, act)
    outcome = case.intents.get(key) if section.recorded else None
    return {
        "kind": act.kind,
        "text": act.text,
        "visible": act.visible,
        **(_outcome(outcome) if outcome is not None else {}),
    }


def _outcome(intent: Intent) -> dict[str, Any]:
    return {
        "key": intent.key,
        "state": intent.state.value,
        "reason": intent.reason,
        "error": intent.error,
        "message": intent.result_id,
    }


def _miss(miss: NearMiss | None) -> dict[str, Any] | None:
    if miss is None:
        return None
    return {
        "rule": miss.rule.id,
        "place": str(miss.rule.place),
        "condition": miss.kind,
        "because": miss.because,
        "hint": miss.hint,
    }
