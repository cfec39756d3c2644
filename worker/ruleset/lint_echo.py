"""Warnings of rules that answer themselves where the customer may be a bot that repeats.

A rule without any condition on words is not told of: a fallback is common, and `limits` end the
talk of two bots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from worker.actions.menu import numbered
from worker.actions.wording import ANY
from worker.conditions.first_message import FirstMessageCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.errors import Problem
from worker.model.action import RenderError
from worker.model.chat import QuickReply
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, EventId
from worker.model.rule import Condition, Rule, Step, places
from worker.model.verdict import Answer
from worker.ruleset.building import Written
from worker.ruleset.likeness import flat, kind_of
from worker.ruleset.lint_walk import warning
from worker.text.normalise import normalise
from worker.text.template import FILLED, fill

PEOPLE_ONLY_CHANNELS = frozenset({"web"})
"""Channels where no bot can be the customer; on every other one two bots can meet."""

_WORDINGS = ("text", "again", "caption")
"""Fields of actions that customers read."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def warnings_of_echo(written: Written, shared: Mapping[str, Any]) -> Iterator[Problem]:
    """Replies that their own rule would answer again.

    Args:
        shared: the `vars` of all files.
    """
    rule = written.rule
    asked = [condition for condition in flat(rule.conditions) if _asks_text_only(condition)]
    if not asked or not _may_meet_a_bot(rule):
        return
    names = {**shared, **rule.vars}
    for _, step in places(rule.steps):
        if any(all(said(one, text) for one in asked) for text in _told(step, names)):
            message = f"this reply matches the conditions of its own rule '{rule.id}'"
            hint = "a bot that repeats it would be answered again, up to `limits`; reword it"
            yield warning(step.place, message, hint)


def said(condition: Condition, text: str) -> bool:
    """The condition holds for a message with this text."""
    event = Event(id=EventId(""), account=AccountId(""), kind=EventKind.MESSAGE_RECEIVED, at=_NEVER)
    facts = Facts(now=_NEVER, event=event, kinds=frozenset({event.kind}), text=normalise(text))
    return condition.decide(facts).answer is Answer.YES


def _may_meet_a_bot(rule: Rule) -> bool:
    """A second message of the same customer may be answered too, and he may be no person."""
    if rule.cooldown is not None:
        return False  # it rests when the repeated reply comes
    if EventKind.MESSAGE_RECEIVED not in {trigger.kind for trigger in rule.triggers}:
        return False
    for condition in flat(rule.conditions):
        if isinstance(condition, FirstMessageCondition) and condition.wanted:
            return False  # what is repeated comes second
        channels = getattr(condition, "channels", None)
        if channels is not None and set(channels) <= PEOPLE_ONLY_CHANNELS:
            return False
    return True


def _asks_text_only(condition: Condition) -> bool:
    if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
        return all(map(_asks_text_only, condition.conditions))
    return kind_of(condition) == "text"


def _told(step: Step, names: Mapping[str, Any]) -> Iterator[str]:
    """What customers read of the step, one text a language; menus also as numbered text."""
    action = step.action
    if not action.visible:
        return
    for field in _WORDINGS:
        wording = getattr(action, field, None)
        for language, text in wording.items() if isinstance(wording, Mapping) else ():
            shown = _with_names(text, names)
            yield shown
            options = getattr(action, "quick_replies", None) or ()
            titles = [_with_names(_in(language, option.title), names) for option in options]
            if titles:
                yield numbered(shown, tuple(QuickReply(title, title) for title in titles))


def _in(language: str, wording: Mapping[str, str]) -> str:
    """The text in this language, else for everybody, else the first."""
    return wording.get(language) or wording.get(ANY) or next(iter(wording.values()))


def _with_names(text: str, names: Mapping[str, Any]) -> str:
    """The text with `vars` filled in, and a space where other names stand."""

    def known(place: re.Match[str]) -> str:
        if "vars" not in place[0]:
            return " "
        try:
            return fill(place[0], {"vars": names})
        except RenderError:
            return " "

    return FILLED.sub(known, text)
