"""Steps with conditions of their own, as the rule set had them that planned them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from worker.model.action import Intent
from worker.model.facts import Names
from worker.model.ids import IntentKey
from worker.model.rule import Condition, places
from worker.runtime.live import Live


@dataclass(frozen=True, slots=True)
class Conditional:
    """What is asked when the step is reached, and the names its rule had."""

    conditions: tuple[Condition, ...]
    names: Names


class Steps:
    """Keeps the conditions of steps that are planned and not yet done.

    Rules may change or go meanwhile; after a restart the rules in force are asked, if the step
    still has the conditions it was planned with.
    """

    def __init__(self) -> None:
        self._kept: dict[IntentKey, Conditional] = {}

    def keep(self, intents: Iterable[Intent], live: Live) -> None:
        """These intents, planned by `live`, will be asked by it whatever is in force then."""
        for intent in intents:
            if intent.guards.asked and (found := _of(intent, live)) is not None:
                self._kept[intent.key] = found

    def find(self, intent: Intent, live: Live) -> Conditional | None:
        """What the intent's step is to be asked; None: nobody knows any more.

        Args:
            live: the rules in force.
        """
        return self._kept.get(intent.key) or _of(intent, live)

    def forget(self, intent: Intent) -> None:
        """The intent needs nothing more."""
        self._kept.pop(intent.key, None)


def _of(intent: Intent, live: Live) -> Conditional | None:
    rule = live.find(intent.rule_id)
    step = None if rule is None else dict(places(rule.steps)).get(intent.position)
    if rule is None or step is None:
        return None
    if step.action.kind != intent.kind or step.asked != intent.guards.asked:
        return None
    names = Names({**live.ruleset.vars, **rule.vars}, live.ruleset.calendars)
    return Conditional(step.conditions, names)
