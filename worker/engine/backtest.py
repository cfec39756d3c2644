"""The recorded past, decided again by other rules. Pure: time is what was recorded.

The same rules decide the same again. What else would have become different by then, because other
rules acted before (cooldowns, limits, silences, menus, tags), is carried along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from worker.engine.brought import NOTHING, Brought, brought, happened, recorded
from worker.engine.divergence import Divergence, Effects
from worker.engine.fate import withheld
from worker.engine.history import History, looks_back
from worker.engine.index import RuleIndex
from worker.engine.plan import decide
from worker.engine.recorded import TALK, Seen, facts_of, seen
from worker.engine.standing import Going, Standing
from worker.model.action import Intent
from worker.model.event import EventKind
from worker.model.flow import SUSPENDING
from worker.model.ids import IntentKey, RuleId
from worker.model.ledger import Firing, Planned, Recent, visible_send
from worker.model.past import PastDecision
from worker.model.rule import Rule, RuleSet
from worker.model.verdict import Reason

_NAMED_BY_RULES = frozenset({EventKind.CONVERSATION_WAITING, EventKind.SCHEDULE})

_FORGET_EVERY = 5000

# How the notes begin of decisions on a wish to hear nothing more, and on its end.
_OPTED_OUT, _OPTED_IN = "opted out", "opted in"


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
        self._only_live: set[IntentKey] = set()  # flows that would not have begun
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
        as_recorded = seen(past.events, past.at, past.context)
        ours = self._divergence.laid_over(as_recorded)
        ours = replace(ours, flows=tuple(self._under_way(ours.flows)))
        if event.resumed is not None:
            key = event.resumed.timer
            goes_on = key not in self._only_live
            self._only_live.discard(key)
            if goes_on:
                return self._as_it_was(past, ours)
            return self._without(past, as_recorded, ours)
        if self._taken(past, ours):
            return self._as_it_was(past, ours)
        return self._anew(past, as_recorded, ours)

    @staticmethod
    def _taken(past: PastDecision, ours: Seen) -> bool:
        """An open question took the message, and would have been open here too."""
        rule = past.context.get(TALK)
        return rule is not None and any(one.timer.flow.rule_id == rule for one in ours.flows)

    def _under_way(self, flows: Iterable[Going]) -> Iterable[Going]:
        return (one for one in flows if one.timer.key not in self._only_live)

    def _anew(self, past: PastDecision, as_recorded: Seen, ours: Seen) -> Brought:
        facts = facts_of(ours, self.ruleset.names)
        planned = decide(
            facts,
            [one.id for one in ours.events],
            self._index.candidates(facts),
            self.ruleset,
            Standing(
                conversation=ours.conversation,
                contact=ours.contact,
                history=self._history,
                flows=ours.flows,
            ),
        )
        before = facts if ours == as_recorded else facts_of(as_recorded, self.ruleset.names)
        kept_back = withheld(past, planned.intents, facts, self._rules, before)
        self._history.fired(planned.firings)
        self._count(past, planned.intents, kept_back)
        done = {one.key: one for one in planned.intents if one.key not in kept_back}
        self._diverge(past, as_recorded, ours, done)
        self._opted(past, as_recorded, ours, planned)
        unfollowed = self._begun(past, done)
        return brought(planned.trace, planned.intents, kept_back, unfollowed)

    def _as_it_was(self, past: PastDecision, ours: Seen) -> Brought:
        """What went on of a rule that waited: its steps are those it was planned with, whatever the
        rules are now.
        """
        self._history.fired(_fired(past, ours))
        kept_back = {one.key: "" for one in past.intents if not happened(one)}
        self._count(past, past.intents, kept_back)
        return recorded(past)

    def _without(self, past: PastDecision, as_recorded: Seen, ours: Seen) -> Brought:
        """Nothing: the rule that went on would not have begun."""
        self._diverge(past, as_recorded, ours, {})
        self._begun(past, {})
        return NOTHING

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

    def _pass_to(self, now: datetime) -> None:
        """What was found out by then about sends that never happened is known."""
        while self._never_sent and self._never_sent[0][0] <= now:
            self._history.not_sent(heappop(self._never_sent)[1])
        self._decided += 1
        if self._decided % _FORGET_EVERY == 0:
            self._history.forget(now - looks_back(self.ruleset))

    def _count(
        self, past: PastDecision, intents: Iterable[Intent], kept_back: Mapping[IntentKey, str]
    ) -> None:
        """Sends count for later decisions: those that would have been, and as long as nobody knew
        better those that never were.
        """
        settled = {one.key: one.settled_at for one in past.intents}
        for one in intents:
            if not one.visible:
                continue
            until = settled.get(one.key)
            if one.key not in kept_back or until is not None:
                self._history.sending([visible_send(one, one.created_at)])
            if one.key in kept_back and until is not None:
                heappush(self._never_sent, (until, one.key))

    def _begun(self, past: PastDecision, done: Mapping[IntentKey, Intent]) -> int:
        """Flows that only the live rules began are known; how many only ours would have."""
        live = {one.key for one in past.intents if one.kind in SUSPENDING and happened(one)}
        own = {one.key for one in done.values() if one.kind in SUSPENDING}
        self._only_live |= live - own
        return len(own - live)

    def _diverge(
        self,
        past: PastDecision,
        as_recorded: Seen,
        ours: Seen,
        done: Mapping[IntentKey, Intent],
    ) -> None:
        live = {one.key: one for one in past.intents if happened(one)}
        self._divergence.acted(as_recorded, ours, Effects(live, done))

    def _opted(self, past: PastDecision, as_recorded: Seen, ours: Seen, planned: Planned) -> None:
        """What the customer wished, by the live rules' phrases and by ours."""
        if as_recorded.contact is None or ours.contact is None:
            return
        live = as_recorded.contact.opted_out_at
        if past.trace.note.startswith(_OPTED_OUT):
            live = live or past.at
        elif past.trace.note.startswith(_OPTED_IN):
            live = None
        after = (planned.contact or ours.contact).opted_out_at
        self._divergence.opted(ours.contact, after, live)


def _fired(past: PastDecision, ours: Seen) -> Iterable[Firing]:
    """The rules that acted beside the one that waited, as the trace tells."""
    event = ours.event
    return (
        Firing(
            RuleId(one.rule),
            past.at,
            event.conversation_id,
            event.contact_id,
            shadow=one.shadow,
            sends=sum(act.visible for act in one.acts),
        )
        for one in past.trace.rules
        if one.reason in (Reason.MATCHED, Reason.SHADOW) and not one.flow
    )


def shadow_as_live(ruleset: RuleSet) -> RuleSet:
    """The rules with those in `state: shadow` live."""
    return replace(ruleset, rules=tuple(_as_live(one) for one in ruleset.rules))


def _as_live(rule: Rule) -> Rule:
    return replace(rule, state="live") if rule.state == "shadow" else rule
