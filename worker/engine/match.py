"""Which rules fit an event: triggers and conditions, nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.noun import Noun
from worker.model.rule import Rule, Trigger
from worker.model.verdict import Answer, Reason, Verdict


class Asked(Noun, frozen=True):
    """One rule's answer: MATCHED, CONDITION, UNDECIDED or PAUSED."""

    rule: Rule
    reason: Reason
    verdicts: tuple[Verdict, ...]
    found: Mapping[str, Any]


def match(facts: Facts, rules: Iterable[Rule]) -> list[Asked]:
    """Every rule of `rules` whose trigger fits has been asked, in the order given."""
    return [ask(facts, rule) for rule in rules if triggered(facts, rule)]


def triggered(facts: Facts, rule: Rule) -> bool:
    """Some `when` of the rule names a kind of this event, with fitting parameters."""
    for trigger in rule.triggers:  # a generator would cost more than what it asks
        if trigger.kind in facts.kinds and (not trigger.parameters or _fits(facts, trigger)):
            return True
    return False


def _fits(facts: Facts, trigger: Trigger) -> bool:
    if trigger.kind is not EventKind.QUICK_REPLY_PICKED:
        return trigger.parameters == facts.event.parameters
    pick = facts.pick
    if pick is None:
        return False
    return all(
        getattr(pick, name) == value
        or (isinstance(value, list | tuple) and getattr(pick, name) in value)
        for name, value in trigger.parameters.items()
    )


def ask(facts: Facts, rule: Rule) -> Asked:
    """All conditions of one rule, up to the first that is not a yes."""
    if rule.state == "paused":
        return Asked(rule, Reason.PAUSED, (), {})
    verdicts: list[Verdict] = []
    found: dict[str, Any] = {}
    for condition in rule.conditions:
        verdict = condition.decide(facts)
        verdicts.append(verdict)
        if verdict.answer is not Answer.YES:
            # a later "no" would be the stronger reason, but the rule rests either way
            no = verdict.answer is Answer.NO
            reason = Reason.CONDITION if no else Reason.UNDECIDED
            return Asked(rule, reason, tuple(verdicts), {})
        if verdict.found:
            found.update(verdict.found)
            facts = facts.knowing(verdict.found)
    return Asked(rule, Reason.MATCHED, tuple(verdicts), found)
