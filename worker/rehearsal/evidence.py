"""What speaks for and against a rule having acted, from the recorded decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.engine.match import ask, triggered
from worker.model.action import IntentState
from worker.model.event import Event
from worker.model.rule import Rule
from worker.model.verdict import Reason, RuleTrace, Trace, Verdict
from worker.rehearsal.window import Decision, Window


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one rule made of one event; `reason` MATCHED: it acted."""

    event: Event
    reason: Reason
    detail: str = ""
    verdicts: tuple[Verdict, ...] = ()


def evidence_of(rule: Rule, window: Window) -> tuple[Evidence, ...]:
    """Everything about this rule in the window, in the order of events."""
    found = [one for decision in window.decisions for one in _decided(rule, decision, window)]
    now = {decision.stored.event.id for decision in window.decisions}
    found += [
        # planned to be done later, and held back then
        Evidence(window.events[intent.event_id], Reason(intent.reason), intent.error)
        for intent in window.withheld
        if intent.rule_id == rule.id and intent.event_id not in now
    ]
    return tuple(found)


def _decided(rule: Rule, decision: Decision, window: Window) -> Iterator[Evidence]:
    event, trace = decision.stored.event, decision.stored.trace
    if trace is None:
        return
    told = [one for one in trace.rules if one.rule == rule.id]
    yield from (_acted(event, one, rule, window) for one in told)
    if told:
        return
    of_all = _said_of_all(trace)
    if of_all is not None:
        if any(trigger.kind is event.kind for trigger in rule.triggers):
            yield Evidence(event, of_all, trace.note)
    elif decision.facts is not None and triggered(decision.facts, rule):
        # the index knew that the rule cannot fit; asked in full, it says why
        asked = ask(decision.facts, rule)
        yield Evidence(event, asked.reason, "", asked.verdicts)


def _said_of_all(trace: Trace) -> Reason | None:
    """The reason that a note on the whole event begins with, where no rule was asked."""
    if trace.rules or not trace.note:
        return None
    word = trace.note.partition(":")[0].replace(" ", "_")
    return next((one for one in Reason if word.startswith(one.value)), None)


def _acted(event: Event, told: RuleTrace, rule: Rule, window: Window) -> Evidence:
    """It acted, unless all that it wanted (that customers would see) was held back later."""
    if told.reason is not Reason.MATCHED:
        return Evidence(event, told.reason, told.detail, told.verdicts)
    mine = [
        one
        for one in window.intents.values()
        if one.rule_id == rule.id and one.event_id == event.id
    ]
    wanted = [one for one in mine if one.visible] or mine
    if wanted and all(one.state is IntentState.SKIPPED for one in wanted):
        held = wanted[0]
        return Evidence(event, Reason(held.reason), f"held back before sending: {held.error}")
    return Evidence(event, Reason.MATCHED, "", told.verdicts)
