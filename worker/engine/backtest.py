"""The recorded past, decided again by other rules. Pure: time is what was recorded.

The same rules decide the same again. What else would have become different by then, because other
rules acted before (cooldowns, limits, silences, menus, tags), is carried along.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from worker.engine.divergence import Divergence, Effects
from worker.engine.history import History, looks_back
from worker.engine.index import RuleIndex
from worker.engine.plan import decide
from worker.engine.recorded import Seen, facts_of, of_a_flow, seen
from worker.engine.segment import OWN_DOING
from worker.engine.standing import Standing
from worker.model.action import Intent, IntentState
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import IntentKey
from worker.model.ledger import Planned, Recent, VisibleSend
from worker.model.past import PastDecision
from worker.model.rule import Rule, RuleSet, places
from worker.model.verdict import Answer, Reason, Trace

NEVER_SEEN = frozenset({IntentState.SKIPPED, IntentState.DEAD})
"""Intents in these states did not happen."""

DRY_RUN = Reason.SHADOW.value
"""Why an intent was skipped that only a dry run kept from being done."""

_OF_THE_CONVERSATION = frozenset(
    {Reason.HUMAN, Reason.CLOSED, Reason.HANDED_OVER, Reason.OPTED_OUT, Reason.VENDOR_BOT}
)
"""What withheld one answer just before sending would have withheld any other in its place."""

_NAMED_BY_RULES = frozenset({EventKind.CONVERSATION_WAITING, EventKind.SCHEDULE})

_FORGET_EVERY = 5000
_OPTED_OUT = "opted out"  # how the trace of an opt-out begins


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
    """

    answers: tuple[Doing, ...] = ()
    actions: tuple[Doing, ...] = ()
    reasons: Mapping[str, Reason]
    shadows: tuple[Doing, ...] = ()


def recorded(past: PastDecision) -> Brought:
    """What the live rules did."""
    made = [one for one in past.intents if _happened(one) or one.reason == DRY_RUN]
    withheld = {
        one.key: _why_not(one)
        for one in past.intents
        if not _happened(one) and one.reason != DRY_RUN
    }
    return Brought(
        answers=tuple(_doing(one) for one in made if one.visible),
        actions=tuple(_doing(one) for one in made if not one.visible),
        reasons=_reasons(past.trace, past.intents, withheld),
        shadows=_shadows(past.trace),
    )


class Replay:
    """Decides the past again by one rule set. Decisions are given in the order they were made.

    Args:
        recent: what the ledger tells of the time before; what came later in it is left out.
        begin: when the first decision was made.
    """

    def __init__(self, ruleset: RuleSet, recent: Recent, begin: datetime) -> None:
        self.ruleset = ruleset
        self._index = RuleIndex(ruleset.rules)
        self._rules = {str(rule.id): rule for rule in ruleset.rules}
        self._history = History()
        self._history.fired(one for one in recent.firings if one.at < begin)
        self._history.sending(one for one in recent.sends if one.at < begin)
        self._divergence = Divergence()
        self._never_sent: list[tuple[datetime, IntentKey]] = []
        self._heard: set[tuple[EventKind, frozenset[tuple[str, Any]]]] = set()
        self._decided = 0

    def decide(self, past: PastDecision) -> Brought:
        """What these rules would have brought.

        Raises:
            ValueError: its context is not one that can be read.
        """
        self._pass_to(past.at)
        event = past.events[-1]
        if event.kind in _NAMED_BY_RULES:
            self._heard.add((event.kind, frozenset(event.parameters.items())))
        if of_a_flow(past.events, past.context):
            return self._as_it_was(past)
        as_recorded = seen(past.events, past.at, past.context)
        ours = self._divergence.laid_over(as_recorded)
        facts = facts_of(ours, self.ruleset.names)
        planned = decide(
            facts,
            [one.id for one in ours.events],
            self._index.candidates(facts),
            self.ruleset,
            Standing(conversation=ours.conversation, contact=ours.contact, history=self._history),
        )
        withheld = self._withheld(past, planned, facts)
        self._count(past, planned, withheld)
        self._diverge(past, planned, withheld, as_recorded, ours)
        made = [one for one in planned.intents if withheld.get(one.key, DRY_RUN) == DRY_RUN]
        return Brought(
            answers=tuple(_doing(one) for one in made if one.visible),
            actions=tuple(_doing(one) for one in made if not one.visible),
            reasons=_reasons(
                planned.trace,
                planned.intents,
                {key: why for key, why in withheld.items() if why != DRY_RUN},
            ),
            shadows=_shadows(planned.trace),
        )

    def unheard(self) -> tuple[str, ...]:
        """Rules that nothing was recorded for, because their events exist only where rules name
        them: how long a customer waits, when a schedule is due.
        """
        return tuple(
            str(rule.id)
            for rule in self.ruleset.rules
            if rule.state != "paused"
            and any(
                one.kind in _NAMED_BY_RULES
                and (one.kind, frozenset(one.parameters.items())) not in self._heard
                for one in rule.triggers
            )
        )

    def _as_it_was(self, past: PastDecision) -> Brought:
        """What went on of a rule that waited: its steps are those it was planned with, whatever the
        rules are now.
        """
        self._history.sending(
            VisibleSend(one.key, one.created_at, one.conversation_id, one.contact_id)
            for one in past.intents
            if one.visible and _happened(one)
        )
        return recorded(past)

    def _pass_to(self, now: datetime) -> None:
        """What was found out by then about sends that never happened is known."""
        while self._never_sent and self._never_sent[0][0] <= now:
            self._history.not_sent(heappop(self._never_sent)[1])
        self._decided += 1
        if self._decided % _FORGET_EVERY == 0:
            self._history.forget(now - looks_back(self.ruleset))

    def _withheld(self, past: PastDecision, planned: Planned, facts: Facts) -> dict[IntentKey, str]:
        """The intents that would not have been done, with why: what became of the same intent, or
        of the answer in whose place it stands; a rule before it; or its step's own conditions.
        """
        known = {one.key: one for one in past.intents}
        instead = _instead(past)
        silences: list[Intent] = []
        withheld: dict[IntentKey, str] = {}
        for intent in planned.intents:
            same = known.get(intent.key)
            before = [one for one in silences if same is None or one.key not in known]
            why = "" if same is None or _happened(same) else _why_not(same)
            if not why and intent.visible:
                why = (instead if same is None else "") or _silenced(intent, before)
            if not why and same is None and intent.guards.asked:
                why = self._step(intent, facts)
            if why:
                withheld[intent.key] = why
            elif intent.kind in OWN_DOING:
                silences.append(intent)
        return withheld

    def _step(self, intent: Intent, facts: Facts) -> str:
        """Why the step's own conditions keep it from being done; "": they hold."""
        rule = self._rules[intent.rule_id]
        facts = replace(facts, vars={**facts.vars, **rule.vars})
        for condition in dict(places(rule.steps))[intent.position].conditions:
            verdict = condition.decide(facts)
            if verdict.answer is not Answer.YES:
                undecided = verdict.answer is Answer.UNDECIDED
                return (Reason.UNDECIDED if undecided else Reason.CONDITION).value
            facts = facts.knowing(verdict.found)
        return ""

    def _count(
        self, past: PastDecision, planned: Planned, withheld: Mapping[IntentKey, str]
    ) -> None:
        """Firings and sends count for later decisions, as long as they did or would have."""
        self._history.fired(planned.firings)
        settled = {one.key: one.settled_at for one in past.intents}
        for one in planned.intents:
            if not one.visible:
                continue
            until = settled.get(one.key)
            if one.key not in withheld or until is not None:
                self._history.sending(
                    [VisibleSend(one.key, one.created_at, one.conversation_id, one.contact_id)]
                )
            if one.key in withheld and until is not None:
                heappush(self._never_sent, (until, one.key))

    def _diverge(
        self,
        past: PastDecision,
        planned: Planned,
        withheld: Mapping[IntentKey, str],
        as_recorded: Seen,
        ours: Seen,
    ) -> None:
        live = {one.key: one for one in past.intents if _happened(one)}
        own = {one.key: one for one in planned.intents if one.key not in withheld}
        self._divergence.acted(as_recorded, ours, Effects(live, own))
        if as_recorded.contact is not None and ours.contact is not None:
            before = as_recorded.contact.opted_out_at
            live_after = before
            if past.trace.note.startswith(_OPTED_OUT):
                live_after = before or past.at
            after = (planned.contact or ours.contact).opted_out_at
            self._divergence.opted(ours.contact, after, live_after)


def _shadows(trace: Trace) -> tuple[Doing, ...]:
    return tuple(
        Doing(one.rule, act.kind, act.text)
        for one in trace.rules
        if one.reason is Reason.SHADOW
        for act in one.acts
        if act.visible
    )


def shadow_as_live(ruleset: RuleSet) -> RuleSet:
    """The rules with those in `state: shadow` live."""
    return replace(ruleset, rules=tuple(_as_live(one) for one in ruleset.rules))


def _as_live(rule: Rule) -> Rule:
    return replace(rule, state="live") if rule.state == "shadow" else rule


def _happened(intent: Intent) -> bool:
    """It was done, or may have been, or still will be."""
    return intent.state not in NEVER_SEEN


def _instead(past: PastDecision) -> str:
    """What kept every answer of the decision from being sent, and would have kept any other."""
    answers = [one for one in past.intents if one.visible]
    if not answers or any(map(_happened, answers)):
        return ""
    # silence that the live rules themselves brought about is theirs alone
    own = {OWN_DOING[one.kind] for one in past.intents if one.kind in OWN_DOING and _happened(one)}
    reasons = [one for one in _OF_THE_CONVERSATION - own if one.value == answers[0].reason]
    return reasons[0].value if reasons else ""


def _silenced(intent: Intent, before: Iterable[Intent]) -> str:
    """Why an action of an earlier rule keeps this answer from being sent; "": none does."""
    reasons = (OWN_DOING[one.kind] for one in before)
    return next((one.value for one in reasons if one not in intent.guards.own_doing), "")


def _why_not(intent: Intent) -> str:
    return intent.reason or Reason.GATEWAY.value


def _reasons(
    trace: Trace, intents: Iterable[Intent], withheld: Mapping[IntentKey, str]
) -> Mapping[str, Reason]:
    """By rule; one whose every answer was withheld just before sending did not act."""
    reasons = {one.rule: one.reason for one in trace.rules}
    answers: dict[str, list[str]] = {}
    for one in intents:
        if one.visible:
            answers.setdefault(one.rule_id, []).append(withheld.get(one.key, ""))
    for rule, whys in answers.items():
        if all(whys) and whys[0] in Reason._value2member_map_:
            reasons[rule] = Reason(whys[0])
        else:
            reasons.setdefault(rule, Reason.MATCHED)
    return reasons


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
