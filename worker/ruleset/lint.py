"""Warnings: rules that can be read, and that their author would not want as they are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from worker.conditions.calendar import CalendarCondition
from worker.conditions.expr import ExprCondition
from worker.conditions.first_message import FirstMessageCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.duration import format_duration
from worker.errors import Problem
from worker.model.rule import Condition, Rule
from worker.ruleset.building import Written
from worker.ruleset.likeness import canonical, kind_of
from worker.ruleset.lint_braces import warnings_of_braces
from worker.ruleset.lint_echo import said, warnings_of_echo
from worker.ruleset.lint_flows import warnings_of_questions
from worker.ruleset.lint_menus import Menus
from worker.ruleset.lint_walk import everywhere, warning
from worker.ruleset.lint_words import warnings_of_names, warnings_of_words
from worker.ruleset.shadow import shadowed
from worker.ruleset.shared import Shared

LONGEST_COOLDOWN = timedelta(days=30)
"""A month: who asks again after that has forgotten that there was an answer."""


class Doubts:
    """Warnings, gathered while rules are read.

    Args:
        platform: whose channels are known; "" where none is.
        names: the `vars` of all files.
    """

    def __init__(self, platform: str, names: Mapping[str, Any]) -> None:
        self._platform = platform
        self._vars = names
        self._menus = Menus()
        self._found: list[Problem] = []

    def add(self, written: Written) -> None:
        """One more rule was read; its document is not needed any more."""
        self._found += warnings_of_words(written, self._platform)
        self._found += warnings_of_braces(written)
        self._found += _always_true(written)
        self._found += warnings_of_echo(written, self._vars)
        self._found += _long_rest(written)
        self._found += _late(written)
        self._found += warnings_of_questions(written)
        self._menus.add(written)

    def all(self, rules: Sequence[Rule], shared: Shared) -> list[Problem]:
        """Every warning, also about shared names and, where all are known, about rules beside each
        other.

        Args:
            rules: in the order they are asked.
        """
        found = [*self._found, *warnings_of_names(shared)]
        if shared.whole:
            found += self._menus.warnings()
            found += _shadowed(rules)
        return found


def _shadowed(rules: Sequence[Rule]) -> Iterator[Problem]:
    unique = {rule.id: rule for rule in rules}
    for later, earlier in shadowed(tuple(unique.values())):
        message = f"this rule can never act: '{earlier.id}' ({earlier.place}) takes all its events"
        hint = "narrow the other, give this one a higher priority, or say `also: true`"
        yield warning(later.place, message, hint)


def _always_true(written: Written) -> Iterator[Problem]:
    for condition, at in everywhere(written):
        if not isinstance(condition, AnyOfCondition):
            continue
        known = {canonical(branch) for branch in condition.conditions}
        for position, branch in enumerate(condition.conditions):
            if _holds_always(branch):
                message = "this branch always holds, so the other branches of 'any' decide nothing"
                hint = "take out the branch, or the whole 'any'"
            elif _opposite(branch) in known:
                message = "this branch holds whenever another one does not: 'any' always holds"
                hint = "take out the whole 'any', or mend the branch"
            else:
                continue
            yield warning(written.place((*at, "any", position)), message, hint)
            break


def _opposite(branch: Condition) -> Hashable:
    """What a condition is known by that holds whenever this one does not; None: nothing is."""
    if isinstance(branch, NotCondition) and len(branch.conditions) == 1:
        return canonical(branch.conditions[0])
    if isinstance(branch, FirstMessageCondition):
        return canonical(FirstMessageCondition.model_construct(wanted=not branch.wanted))
    if isinstance(branch, CalendarCondition):
        other = CalendarCondition.model_construct(open=branch.closed, closed=branch.open)
        return canonical(other)
    return None


def _holds_always(condition: Condition) -> bool:
    if isinstance(condition, AllCondition):
        return all(map(_holds_always, condition.conditions))
    if isinstance(condition, AnyOfCondition):
        return any(map(_holds_always, condition.conditions))
    if isinstance(condition, ExprCondition):
        return condition.always()
    # a pattern that is found in nothing is found in everything
    return kind_of(condition) == "text" and said(condition, "")


def _long_rest(written: Written) -> Iterator[Problem]:
    """A cooldown of months is a slip of the unit more often than a wish."""
    cooldown = written.rule.cooldown
    if cooldown is None or cooldown.window is None or cooldown.window <= LONGEST_COOLDOWN:
        return
    who = {"rule": "everybody", "contact": "the same contact"}.get(cooldown.per, "a conversation")
    shown = format_duration(cooldown.window)
    message = f"after it acted, this rule is silent for {who} for {shown}"
    hint = f"write at most {LONGEST_COOLDOWN.days}d; d are days, h are hours, m are minutes"
    yield warning(written.place(("cooldown", "for")), message, hint)


def _late(written: Written) -> Iterator[Problem]:
    """Who waits for more messages until the first is out of date never answers."""
    rule = written.rule
    if rule.settle < rule.expires_after:
        return
    settle, expires = format_duration(rule.settle), format_duration(rule.expires_after)
    message = f"this rule can never act: it settles for {settle}, and expires after {expires}"
    hint = "write a shorter 'settle'; to answer later, give the step a 'delay'"
    yield warning(written.place(("settle",)), message, hint)
