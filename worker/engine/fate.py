"""What becomes of replayed actions: what became of the recorded ones, where that tells. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from msgspec.structs import replace

from worker.engine.brought import happened, why_not
from worker.engine.segment import OWN_DOING
from worker.model.action import Intent
from worker.model.facts import Facts
from worker.model.ids import IntentKey
from worker.model.past import PastDecision
from worker.model.rule import Rule, places
from worker.model.verdict import Answer, Reason

_OF_THE_CONVERSATION: frozenset[str] = frozenset(
    {Reason.HUMAN, Reason.CLOSED, Reason.HANDED_OVER, Reason.OPTED_OUT, Reason.VENDOR_BOT}
)
"""What withheld one answer just before sending would have withheld any other in its place."""


def withheld(
    past: PastDecision,
    intents: Iterable[Intent],
    facts: Facts,
    rules: Mapping[str, Rule],
    recorded: Facts,
) -> dict[IntentKey, str]:
    """Those of the replayed intents that would not have been done, with why.

    The same intent has the fate it had. Any other: that of the answer in whose place it stands;
    silence that a rule before it brought; its step's own conditions. Else it would have been done.

    Args:
        facts: those that would have been; `recorded`: those that were. Where a step's own
            conditions say another thing to the two, its fate tells nothing.
    """
    own = _own_silences(past)
    instead = _instead(past, own)
    # what an action of the live rules kept back depends on whether that action is still there
    known = {one.key: one for one in past.intents if happened(one) or one.reason not in own}
    silences: list[Intent] = []
    found: dict[IntentKey, str] = {}
    for intent in intents:
        same = known.get(intent.key)
        if same is not None and intent.guards.asked and facts != recorded:
            then, now = _step(intent, recorded, rules), _step(intent, facts, rules)
            same = same if then == now else None
        before = [one for one in silences if same is None or one.key not in known]
        why = "" if same is None or happened(same) else why_not(same)
        if not why and intent.visible:
            why = (instead if same is None else "") or _silenced(intent, before)
        if not why and same is None and intent.guards.asked:
            why = _step(intent, facts, rules)
        if why:
            found[intent.key] = why
        elif intent.kind in OWN_DOING:
            silences.append(intent)
    return found


def _own_silences(past: PastDecision) -> frozenset[str]:
    """Reasons for silence that actions of this very decision brought about."""
    kinds = {one.kind for one in past.intents if happened(one)}
    return frozenset(reason.value for kind, reason in OWN_DOING.items() if kind in kinds)


def _instead(past: PastDecision, own: Container[str]) -> str:
    """What kept every answer of the decision from being sent, and would have kept any other."""
    answers = [one for one in past.intents if one.visible]
    if not answers or any(map(happened, answers)):
        return ""
    reason = answers[0].reason
    return reason if reason in _OF_THE_CONVERSATION and reason not in own else ""


def _silenced(intent: Intent, before: Iterable[Intent]) -> str:
    """Why an action of an earlier rule keeps this answer from being sent; "": none does."""
    reasons = (OWN_DOING[one.kind] for one in before)
    return next((one.value for one in reasons if one not in intent.guards.own_doing), "")


def _step(intent: Intent, facts: Facts, rules: Mapping[str, Rule]) -> str:
    """Why the step's own conditions keep it from being done; "": they hold."""
    rule = rules[intent.rule_id]
    facts = replace(facts, vars={**facts.vars, **rule.vars})
    if (reached := intent.guards.reached) is not None:
        facts = replace(facts, found=reached.found, steps=reached.steps)
    for condition in dict(places(rule.steps))[intent.position].conditions:
        verdict = condition.decide(facts)
        if verdict.answer is not Answer.YES:
            undecided = verdict.answer is Answer.UNDECIDED
            return (Reason.UNDECIDED if undecided else Reason.CONDITION).value
        facts = facts.knowing(verdict.found)
    return ""
