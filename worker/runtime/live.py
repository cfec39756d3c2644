"""The rule set in force, with what is made of it once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from worker.engine.history import looks_back
from worker.engine.index import RuleIndex
from worker.model.event import EventKind
from worker.model.ids import RuleId
from worker.model.rule import Rule, RuleSet


@dataclass(slots=True)
class Live:
    """The rule set in force and its index: swapped whole."""

    ruleset: RuleSet
    index: RuleIndex = field(init=False)

    kinds: frozenset[EventKind] = field(init=False)
    """What some rule answers that is not paused."""

    longest_settle: timedelta = field(init=False)
    longest_memory: timedelta = field(init=False)
    """How far back any cooldown or limit looks."""

    _by_id: dict[RuleId, Rule] = field(init=False)

    def __post_init__(self) -> None:
        rules = self.ruleset.rules
        self.longest_settle = max([self.ruleset.settle, *(rule.settle for rule in rules)])
        self.index = RuleIndex(rules)
        self.kinds = frozenset(
            trigger.kind for rule in rules if rule.state != "paused" for trigger in rule.triggers
        )
        self._by_id = {rule.id: rule for rule in rules}
        self.longest_memory = looks_back(self.ruleset)

    def find(self, rule: RuleId) -> Rule | None:
        """The rule with this id."""
        return self._by_id.get(rule)
