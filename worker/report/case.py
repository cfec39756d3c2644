"""One event and what was decided about it, put together for a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from worker.engine.explain import Explanation, NearMiss
from worker.engine.keys import intent_key
from worker.model.action import Intent
from worker.model.event import Event
from worker.model.ids import EventId, IntentKey, RuleId
from worker.model.rule import Rule, RuleSet
from worker.model.text import MessageText
from worker.model.verdict import Act, Reason, RuleTrace, Trace, Verdict
from worker.text.origin import typed

_ACTED = frozenset({Reason.MATCHED, Reason.SHADOW})


@dataclass(frozen=True, slots=True)
class Row:
    """One rule's answer. `rule`: as it is today; None: it is not known any more."""

    trace: RuleTrace
    rule: Rule | None
    fits: bool = True

    @property
    def acted(self) -> bool:
        """It did something or, in shadow, would have."""
        return self.trace.reason in _ACTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one rule set said.

    Args:
        title: which one, and when.
        recorded: it was decided so; else it would be.
        note: on the event as a whole.
        left_out: rules that were asked and are not recorded, by reason.
    """

    title: str
    version: str
    rows: tuple[Row, ...]
    recorded: bool
    nearest: NearMiss | None = None
    note: str = ""
    left_out: Mapping[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is told.

    Args:
        told: the event in a few words, the most important first.
        said: the message that decided; `earlier`: what was said before it in the same burst.
        intents: what became of what was planned, by key.
        remarks: what the reader should know about this telling.
        others: further events of the conversation, newest first.
    """

    event: Event
    made_up: bool
    told: tuple[str, ...]
    said: MessageText | None
    sections: tuple[Section, ...]
    earlier: tuple[str, ...] = ()
    intents: Mapping[IntentKey, Intent] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    others: tuple[tuple[EventId, datetime], ...] = ()

    def key(self, rule: str, act: Act) -> IntentKey:
        """The key of the intent that this act of a rule became."""
        return intent_key(self.event.account, self.event.id, RuleId(rule), act.position)


def explained(explanation: Explanation, *, title: str, version: str) -> Section:
    """What a rule set says, every rule asked in full."""
    rules = {str(one.rule.id): one.rule for one in explanation.rules}
    rows = (
        *(Row(one, rules.get(one.rule)) for one in explanation.besides),
        *(Row(one.trace, one.rule, one.fits) for one in explanation.rules),
    )
    return Section(
        title=title,
        version=version,
        rows=rows,
        recorded=False,
        nearest=explanation.nearest,
        note=explanation.note,
    )


def as_recorded(trace: Trace, known: RuleSet | None, *, title: str, version: str) -> Section:
    """What was decided, as it was recorded; rules that the event did not touch are not in it."""
    rules = {str(rule.id): rule for rule in known.rules} if known is not None else {}
    return Section(
        title=title,
        version=version,
        rows=tuple(Row(one, rules.get(one.rule)) for one in trace.rules),
        recorded=True,
        note=trace.note,
        left_out=trace.left_out,
    )


def places(said: MessageText | None, verdict: Verdict) -> Iterator[tuple[int, int]]:
    """Where in the customer's own characters the condition found what it looked for."""
    if said is None:
        return
    for hit in verdict.hits:
        place = typed(said, hit.form, hit.start, hit.end)
        if place is not None:
            yield place
    for part in verdict.parts:
        yield from places(said, part)


def hit_places(case: Case) -> list[tuple[int, int]]:
    """Every place that made a rule act, each once, in order."""
    found = {
        place
        for section in case.sections
        for row in section.rows
        if row.acted
        for verdict in row.trace.verdicts
        for place in places(case.said, verdict)
    }
    return sorted(found)
