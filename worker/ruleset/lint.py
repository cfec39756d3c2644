"""Warnings: rules that can be read, and that their author would not want as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.conditions.expr import ExprCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.duration import format_duration
from worker.errors import Problem
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, EventId
from worker.model.rule import Condition, Rule, places
from worker.model.verdict import Answer
from worker.ruleset.building import Written
from worker.ruleset.likeness import canonical, flat, kind_of
from worker.ruleset.lint_flows import warnings_of_questions
from worker.ruleset.lint_menus import Menus
from worker.ruleset.lint_walk import everywhere, warning
from worker.ruleset.lint_words import warnings_of_names, warnings_of_words
from worker.ruleset.shadow import shadowed
from worker.ruleset.shared import Shared
from worker.text.normalise import normalise

PEOPLE_ONLY_CHANNELS = frozenset({"web"})
"""Channels where no bot can be the customer; on every other one two bots can meet."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


LONGEST_COOLDOWN = timedelta(days=30)
"""A month: who asks again after that has forgotten that there was an answer."""


class Doubts:
    """Warnings, gathered while rules are read.

    Args:
        platform: whose channels are known; "" where none is.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._menus = Menus()
        self._found: list[Problem] = []

    def add(self, written: Written) -> None:
        """One more rule was read; its document is not needed any more."""
        self._found += warnings_of_words(written, self._platform)
        self._found += _always_true(written)
        self._found += _echo(written)
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
        branches = condition.conditions
        known = {canonical(branch) for branch in branches}
        for position, branch in enumerate(branches):
            if _holds_always(branch) or _opposite_of(branch, known):
                place = written.place((*at, "any", position))
                message = "this branch always holds, so the other branches of 'any' decide nothing"
                yield warning(place, message, "take out the branch, or the whole 'any'")
                break


def _opposite_of(branch: Condition, known: set[Any]) -> bool:
    """`any: [x, not: x]`."""
    return (
        isinstance(branch, NotCondition)
        and len(branch.conditions) == 1
        and canonical(branch.conditions[0]) in known
    )


def _holds_always(condition: Condition) -> bool:
    if isinstance(condition, AllCondition):
        return all(map(_holds_always, condition.conditions))
    if isinstance(condition, AnyOfCondition):
        return any(map(_holds_always, condition.conditions))
    if isinstance(condition, ExprCondition):
        return condition.always()
    # a pattern that is found in nothing is found in everything
    return kind_of(condition) == "text" and _said(condition, "")


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _said(condition: Condition, text: str) -> bool:
    """The condition holds for a message with this text."""
    event = Event(id=EventId(""), account=AccountId(""), kind=EventKind.MESSAGE_RECEIVED, at=_NEVER)
    facts = Facts(now=_NEVER, event=event, kinds=frozenset({event.kind}), text=normalise(text))
    return condition.decide(facts).answer is Answer.YES


def _asks_text_only(condition: Condition) -> bool:
    if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
        return all(map(_asks_text_only, condition.conditions))
    return kind_of(condition) == "text"


def _echo(written: Written) -> Iterator[Problem]:
    """A reply that its own rule would answer again, where the customer may be a bot."""
    rule = written.rule
    if rule.cooldown is not None:
        return  # it rests when the repeated reply comes
    if EventKind.MESSAGE_RECEIVED not in {trigger.kind for trigger in rule.triggers}:
        return
    conditions = tuple(flat(rule.conditions))
    channels = [c for c in conditions if kind_of(c) == "channel"]
    if any(set(getattr(c, "channels", ())) <= PEOPLE_ONLY_CHANNELS for c in channels):
        return
    asked = [condition for condition in conditions if _asks_text_only(condition)]
    if not asked:
        return
    for _, step in places(rule.steps):
        texts = getattr(step.action, "text", None) if step.action.visible else None
        for text in _reply_texts(texts):
            if all(_said(condition, text) for condition in asked):
                message = f"this reply matches the conditions of its own rule '{rule.id}'"
                hint = "a bot that repeats it would be answered again, up to `limits`; reword it"
                yield warning(step.place, message, hint)
                break


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


def _reply_texts(text: Any) -> Iterator[str]:
    """The fixed words of a reply, one text a language."""
    if isinstance(text, str):
        yield _TEMPLATE.sub(" ", text)
    elif isinstance(text, dict):
        for one in text.values():
            yield from _reply_texts(one)
