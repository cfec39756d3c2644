"""What rules did, sorted and counted without SQL: for the memory ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from worker.model.ids import AccountId, EventId, RuleId
from worker.model.ledger import Activity, Firing

Fired = tuple[AccountId, int, Firing]
"""A firing with the number of its event."""


def in_time(fired: Sequence[Fired]) -> tuple[Firing, ...]:
    """The firings in the order of their time."""
    ordered = sorted(fired, key=lambda one: (one[2].at, one[1]))
    return tuple(firing for _, _, firing in ordered)


def activities(fired: Sequence[Fired], events: Mapping[int, EventId]) -> tuple[Activity, ...]:
    """What each rule did, by rule id; live before shadow.

    Args:
        fired: of one account.
        events: the ids of events by their number.
    """
    by_rule: defaultdict[tuple[RuleId, bool], list[tuple[int, Firing]]] = defaultdict(list)
    answers: defaultdict[int, list[RuleId]] = defaultdict(list)
    for _, number, one in fired:
        by_rule[one.rule_id, one.shadow].append((number, one))
        if one.sends and not one.shadow:
            answers[number].append(one.rule_id)
    return tuple(
        Activity(
            rule_id,
            shadow,
            len(those),
            sum(one.sends for _, one in those),
            events.get(max(number for number, _ in those)),
            _beside([number for number, _ in those], answers) if shadow else {},
        )
        for (rule_id, shadow), those in sorted(by_rule.items())
    )


def _beside(
    numbers: Sequence[int], answers: Mapping[int, Sequence[RuleId]]
) -> Mapping[RuleId, int]:
    nobody = (RuleId(""),)
    return Counter(rule for number in numbers for rule in answers.get(number) or nobody)
