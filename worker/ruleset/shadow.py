"""Rules that can never act because an earlier one takes every event of theirs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

from worker.model.event import EventKind
from worker.model.rule import Condition, Rule, Trigger
from worker.ruleset.likeness import Traces, flat, follows, kind_of, marks

# Rules that share a mark are compared one by one; beyond this many, a check is not worth its time.
_COMPARED = 100
_ALWAYS = "always"


def shadowed(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Each rule that never acts, with the earlier one that acts or stops instead.

    Args:
        rules: in the order they are asked.
    """
    flattened = {rule.id: tuple(flat(rule.conditions)) for rule in rules}
    known = {
        rule.id: [marks(condition) for condition in flattened[rule.id]]
        for rule in rules
        if _takes(rule)
    }
    common = Counter(mark for each in known.values() for found in each for mark in found)
    traces = Traces(common, (one for each in flattened.values() for one in each))
    earlier: defaultdict[Hashable, list[Rule]] = defaultdict(list)
    for rule in rules:
        conditions = flattened[rule.id]
        looked = [_ALWAYS, *(trace for one in conditions for trace in traces.of(one))]
        found = next(
            (
                other
                for mark in dict.fromkeys(looked)
                for other in earlier.get(mark, ())[:_COMPARED]
                if _takes_all(other, flattened[other.id], rule, conditions)
            ),
            None,
        )
        if found is not None:
            yield rule, found
        elif rule.id in known:
            for mark in _rarest(known.pop(rule.id), common):
                earlier[mark].append(rule)


def _rarest(found: list[frozenset[Hashable]], common: Counter[Hashable]) -> frozenset[Hashable]:
    """Where few others are filed: an earlier rule is found by any one of its conditions."""
    if not found:
        return frozenset({_ALWAYS})
    return min(found, key=lambda each: sum(common[mark] for mark in each))


def _takes(rule: Rule) -> bool:
    return rule.state == "live" and (_answers(rule) or _stops(rule))


def _answers(rule: Rule) -> bool:
    """Whenever it matches, the customer sees something."""
    return any(step.action.visible and not step.conditions for step in rule.steps)


def _stops(rule: Rule) -> bool:
    return any(step.action.kind == "stop" and not step.conditions for step in rule.steps)


def _takes_all(
    first: Rule,
    wide: tuple[Condition, ...],
    second: Rule,
    narrow: tuple[Condition, ...],
) -> bool:
    """Nothing is left for the second rule."""
    if second.state == "paused":
        return False
    outranks = _answers(first) and second.visible and not second.also
    if first.cooldown is not None and (second.also or second.priority < 0):
        return False  # a fallback for the time of the cooldown
    return (
        (outranks or _stops(first))
        and all(any(_hears(one, other) for one in first.triggers) for other in second.triggers)
        and all(any(follows(one, other) for other in narrow) for one in wide)
        and not any(kind_of(one) == "extract" for one in wide)
    )


def _hears(wide: Trigger, narrow: Trigger) -> bool:
    if wide.kind is EventKind.QUICK_REPLY_PICKED is narrow.kind:
        return all(_picks(wide, name) >= _picks(narrow, name) > set() for name in wide.parameters)
    if wide.parameters:
        return wide == narrow
    if wide.kind is EventKind.MESSAGE_RECEIVED and narrow.kind is EventKind.QUICK_REPLY_PICKED:
        return True
    return wide.kind is narrow.kind


def _picks(trigger: Trigger, name: str) -> set[str]:
    """The menus or payloads it waits for; none: any."""
    value = trigger.parameters.get(name) or ()
    return {value} if isinstance(value, str) else set(value)
