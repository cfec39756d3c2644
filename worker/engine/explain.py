"""Why each rule did or did not act on an event: every rule asked in full, in asking order. Pure.

The decision itself is `plan.decide`'s, or was recorded; here it is only told with everything that
deciding needs not ask: conditions behind the first that failed, and rules of other events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import msgspec

from worker.engine.acts import act_of
from worker.engine.match import ask, triggered
from worker.engine.opting import OPT_IN_RULE, OPT_OUT_RULE
from worker.engine.plan import decide
from worker.engine.standing import Standing
from worker.model.action import Intent
from worker.model.facts import Facts
from worker.model.ids import EventId
from worker.model.rule import Rule, RuleSet
from worker.model.verdict import Answer, Near, Reason, RuleTrace, Trace, Verdict

WHEN = "when"
"""The kind of a near miss whose conditions all hold, for another kind of event."""

_WORDS = frozenset({"text", "payload", "extract"})
"""Kinds that are about what the customer said: who fits these means this rule."""

_NEAR = 0.5


@runtime_checkable
class Hinting(Protocol):
    """A condition that can say what it would have wanted."""

    def near(self, facts: Facts) -> Near:
        """What would have made it a yes."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What one rule said to one event.

    Args:
        trace: the engine's own words, with the verdict of every condition.
        fits: its `when` names this event.
    """

    rule: Rule
    trace: RuleTrace
    fits: bool


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The one condition that kept a rule from fitting; `kind` is `WHEN` for its `when`."""

    rule: Rule
    kind: str
    because: str
    hint: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every rule's answer, in asking order.

    Args:
        besides: what is told of what was not asked: rules that wait in the conversation, and a
            customer's wish to be left alone or not to be.
        note: what was said about the event as a whole.
    """

    rules: tuple[Told, ...]
    nearest: NearMiss | None
    note: str = ""
    besides: tuple[RuleTrace, ...] = ()


def explain(
    facts: Facts, events: Sequence[EventId], ruleset: RuleSet, standing: Standing
) -> Explanation:
    """What `decide` decides about these facts, and why."""
    planned = decide(facts, events, ruleset.rules, ruleset, standing)
    return retell(facts, ruleset, planned.trace, planned.intents)


def retell(
    facts: Facts, ruleset: RuleSet, trace: Trace, intents: Sequence[Intent] = ()
) -> Explanation:
    """A decision, told with the verdict of every condition of every rule.

    Where no rule was asked, none is told: a rule went on that had waited, or the customer wished
    to hear no more.

    Args:
        trace: of a decision on these facts by these rules, as made or as recorded.
        intents: what it made.
    """
    flows = tuple(one for one in trace.rules if one.flow)
    if facts.event.resumed is not None:
        return Explanation((), None, trace.note, flows)
    if not trace.rules and trace.note:
        return Explanation((), None, trace.note, tuple(_wish(facts, ruleset, intents)))
    decided = {one.rule: one for one in trace.rules if not one.flow}
    told = tuple(_told(facts, rule, decided, trace) for rule in ruleset.rules)
    return Explanation(told, nearest(facts, told), trace.note, flows)


def _wish(facts: Facts, ruleset: RuleSet, intents: Sequence[Intent]) -> Iterator[RuleTrace]:
    """The phrase by which a customer asked for silence or for its end, and the confirmation."""
    asked = ((OPT_OUT_RULE, ruleset.stop_phrases), (OPT_IN_RULE, ruleset.start_phrases))
    for rule_id, phrases in asked:
        verdict = phrases.decide(facts) if phrases is not None else Verdict(Answer.NO)
        said = (verdict,) if verdict.answer is Answer.YES else ()
        acts = tuple(act_of(intent) for intent in intents if intent.rule_id == rule_id)
        if acts or said:
            yield RuleTrace(rule_id, Reason.MATCHED, "", said, acts=acts)
            return


def _told(facts: Facts, rule: Rule, decided: Mapping[str, RuleTrace], trace: Trace) -> Told:
    fits = triggered(facts, rule)
    verdicts: tuple[Verdict, ...] = ()
    if rule.state != "paused":
        verdicts = tuple(_all_asked(facts, rule))
    known = decided.get(rule.id)
    if known is not None:
        return Told(rule, msgspec.structs.replace(known, verdicts=verdicts, cut=False), fits)
    reason, detail = _unasked(facts, rule, trace) if fits else (Reason.CONDITION, _other(rule))
    shadow = rule.state == "shadow"
    return Told(rule, RuleTrace(rule.id, reason, detail, verdicts, shadow), fits)


def _all_asked(facts: Facts, rule: Rule) -> Iterator[Verdict]:
    """Each condition's verdict, on what those before it found."""
    for condition in rule.conditions:
        verdict = condition.decide(facts)
        yield verdict
        if verdict.answer is Answer.YES:
            facts = facts.knowing(verdict.found)


def _unasked(facts: Facts, rule: Rule, trace: Trace) -> tuple[Reason, str]:
    """Why a rule that the event could have fired is not in the decision."""
    reason = ask(facts, rule).reason
    if reason is Reason.MATCHED:  # recorded, in a trace that had no room for it
        return next(iter(trace.left_out), Reason.OUTRANKED), "the record had no room for more"
    return reason, ""


def _other(rule: Rule) -> str:
    kinds = ", ".join(
        f"{trigger.kind.value} ({_parameters(trigger.parameters)})"
        if trigger.parameters
        else trigger.kind.value
        for trigger in rule.triggers
    )
    return f"when: it is for {kinds}"


def _parameters(parameters: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in parameters.items())


def nearest(facts: Facts, rules: Iterable[Told]) -> NearMiss | None:
    """The rule that one condition alone kept from fitting; of several the one that came nearest.

    A rule comes near by what the customer said: it holds, or a phrase of it is almost there. None
    where no rule does.
    """
    best: tuple[_Rank, NearMiss] | None = None
    for told in rules:
        found = _miss(facts, told)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best[1] if best else None


_Rank = tuple[float, bool, int]
"""How near, whether customers would have seen it, and how many conditions hold."""


def _miss(facts: Facts, told: Told) -> tuple[_Rank, NearMiss] | None:
    if told.trace.reason not in {Reason.CONDITION, Reason.UNDECIDED}:
        return None
    rule, verdicts = told.rule, told.trace.verdicts
    failing = [place for place, one in enumerate(verdicts) if one.answer is not Answer.YES]
    if len(failing) + (not told.fits) != 1:
        return None
    said = any(one.answer is Answer.YES and _about_words(one) for one in verdicts)
    if not failing:
        miss = NearMiss(rule, WHEN, told.trace.detail.removeprefix("when: "), "")
        return (_ranked(1.0, told), miss) if said else None
    verdict, condition = verdicts[failing[0]], rule.conditions[failing[0]]
    for one in verdicts[: failing[0]]:
        facts = facts.knowing(one.found)
    near = condition.near(facts) if isinstance(condition, Hinting) else Near()
    if not said and not _about_words(verdict):
        return None  # that a situation does not fit says little where nothing was said that does
    closeness = near.likeness + said
    miss = NearMiss(rule, verdict.kind, verdict.because, near.hint)
    return (_ranked(closeness, told), miss) if closeness >= _NEAR else None


def _ranked(closeness: float, told: Told) -> _Rank:
    held = sum(one.answer is Answer.YES for one in told.trace.verdicts)
    return closeness, told.rule.state == "live", held


def _about_words(verdict: Verdict) -> bool:
    return verdict.kind in _WORDS or any(map(_about_words, verdict.parts))


__all__ = ["WHEN", "Explanation", "NearMiss", "Told", "explain", "nearest", "retell"]
