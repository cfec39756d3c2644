"""What one event brought under one rule set: to the customer, unseen, and in each rule's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.model.action import Intent, IntentState
from worker.model.ids import IntentKey
from worker.model.past import PastDecision
from worker.model.verdict import Reason, Trace

DRY_RUN = Reason.SHADOW.value
"""Why an intent was skipped that only a dry run kept from being done."""

_REASONS: frozenset[str] = frozenset(Reason)
_NEVER_DONE = frozenset({IntentState.SKIPPED, IntentState.DEAD})


@dataclass(frozen=True, slots=True)
class Doing:
    """One action that was done, or would have been. `text`: what it says or does, whole."""

    rule: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one event brought under one rule set.

    Args:
        answers: what the customer saw; `actions`: what was done unseen.
        reasons: what each rule that was asked came to; MATCHED: it acted.
        shadows: what rules in shadow would have shown the customer, were they live.
        unfollowed: rules that would have begun to wait, though nothing was recorded of what then
            came.
    """

    answers: tuple[Doing, ...] = ()
    actions: tuple[Doing, ...] = ()
    reasons: Mapping[str, Reason]
    shadows: tuple[Doing, ...] = ()
    unfollowed: int = 0


NOTHING = Brought(reasons={})


def recorded(past: PastDecision) -> Brought:
    """What the live rules did."""
    withheld = {one.key: why_not(one) for one in past.intents if not happened(one)}
    return brought(past.trace, past.intents, withheld)


def brought(
    trace: Trace,
    intents: Iterable[Intent],
    withheld: Mapping[IntentKey, str],
    unfollowed: int = 0,
) -> Brought:
    """What these intents bring, but for those that were withheld; what only a dry run kept from
    being done counts as done.
    """
    withheld = {key: why for key, why in withheld.items() if why != DRY_RUN}
    made = [one for one in intents if one.key not in withheld]
    return Brought(
        answers=tuple(_doing(one) for one in made if one.visible),
        actions=tuple(_doing(one) for one in made if not one.visible),
        reasons=_reasons(trace, intents, withheld),
        shadows=_shadows(trace),
        unfollowed=unfollowed,
    )


def happened(intent: Intent) -> bool:
    """It was done, or may have been, or still will be."""
    return intent.state not in _NEVER_DONE


def why_not(intent: Intent) -> str:
    """Why it was not done."""
    return intent.reason or Reason.GATEWAY.value


def _reasons(
    trace: Trace, intents: Iterable[Intent], withheld: Mapping[IntentKey, str]
) -> Mapping[str, Reason]:
    """By rule; one whose every answer was withheld just before sending did not act."""
    reasons = {one.rule: one.reason for one in trace.rules if not one.flow}
    answers: dict[str, list[str]] = {}
    for one in intents:
        if one.visible:
            answers.setdefault(one.rule_id, []).append(withheld.get(one.key, ""))
    for rule, whys in answers.items():
        if all(whys) and whys[0] in _REASONS:
            reasons[rule] = Reason(whys[0])
        else:
            reasons.setdefault(rule, Reason.MATCHED)
    return reasons


def _shadows(trace: Trace) -> tuple[Doing, ...]:
    return tuple(
        Doing(one.rule, act.kind, act.text)
        for one in trace.rules
        if one.reason is Reason.SHADOW
        for act in one.acts
        if act.visible
    )


def _doing(intent: Intent) -> Doing:
    return Doing(str(intent.rule_id), intent.kind, shown(intent.work))


def shown(work: Mapping[str, Any]) -> str:
    """What the customer reads, or what is done; two actions that do the same read the same."""
    if "text" in work:
        options = [f"[{one['title']}]" for one in work.get("quick_replies") or ()]
        return "\n".join([str(work["text"]), *options])
    place = work.get("url") or work.get("path")
    if place and "caption" in work:
        return "\n".join(filter(None, (f"({work['kind']}: {place})", str(work["caption"]))))
    told = {name: value for name, value in work.items() if name != "flow"}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
