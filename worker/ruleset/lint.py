"""Warnings: rules that can be read, and that their author would not want as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.errors import Problem
from worker.model.action import RenderError
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, EventId
from worker.model.rule import Condition, Place, Rule, Step, places
from worker.model.verdict import Answer
from worker.ruleset.building import Written
from worker.ruleset.likeness import Phrases, canonical, flat, kind_of
from worker.ruleset.opting import DEFAULT_PHRASES
from worker.ruleset.shadow import shadowed
from worker.ruleset.shared import Loc, Shared
from worker.text.boundary import joins_marks, script
from worker.text.language import is_han
from worker.text.normalise import normalise
from worker.text.template import evaluate

PEOPLE_ONLY_CHANNELS = frozenset({"web"})
"""Channels where no bot can be the customer; on every other one two bots can meet."""

SHORT = 2
"""Letters of a phrase that stands inside many longer words, in an alphabet without spaces."""

SHORT_HAN = 1
"""The same for Chinese characters, of which two are an ordinary word."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SHOWN = 5


def warnings_of_names(shared: Shared) -> Iterator[Problem]:
    """Warnings about the names that all files share."""
    for name, named in shared.phrases_at.items():
        if name in DEFAULT_PHRASES:
            continue  # short ones of these count only as a whole message
        document, loc = named.document, named.loc
        raw = document.value["phrases"][loc[-1]]
        yield from _short([(text, loc + below) for text, below in _texts(raw)], document.place)


def warnings_of_rule(written: Written) -> Iterator[Problem]:
    """Warnings about one rule by itself."""
    yield from _short_phrases(written)
    yield from _always_true(written)
    yield from _echo(written)


def warnings_of_set(rules: Sequence[Rule], phrases: Phrases) -> Iterator[Problem]:
    """Warnings about rules beside each other.

    Args:
        rules: in the order they are asked.
    """
    unique = {rule.id: rule for rule in rules}
    for later, earlier in shadowed(tuple(unique.values()), phrases):
        message = f"this rule can never act: '{earlier.id}' ({earlier.place}) takes all its events"
        hint = "narrow the other, give this one a higher priority, or say `also: true`"
        yield _warning(later.place, message, hint)


def _warning(at: Place, message: str, hint: str) -> Problem:
    return Problem(at.path, at.line, at.column, message, hint, warning=True)


def is_short(phrase: str) -> bool:
    """One or two letters, all of a script without spaces; marks above and below do not count.

    With a Chinese character, one letter: most Chinese words have two.
    """
    if phrase.isascii():
        return False
    letters = [letter for letter in normalise(phrase).plain if script(letter)]
    counted = [letter for letter in letters if not joins_marks(letter)]
    most = SHORT_HAN if any(map(is_han, counted)) else SHORT
    return 0 < len(counted) <= most and {script(letter) for letter in counted} == {"unspaced"}


def _short(phrases: Iterable[tuple[str, Loc]], locate: Callable[[Loc], Place]) -> Iterator[Problem]:
    """One warning for a list, at its first short phrase."""
    short = [(phrase, at) for phrase, at in phrases if is_short(phrase)]
    if short:
        names = ", ".join(f"'{phrase}'" for phrase, _ in short[:_SHOWN])
        more = f" and {len(short) - _SHOWN} more" if len(short) > _SHOWN else ""
        many = len(short) > 1
        message = f"{names}{more} {'are' if many else 'is'} found inside longer words too"
        yield _warning(locate(short[0][1]), message, "use a longer phrase if that is not meant")


def _texts(raw: Any, below: Loc = ()) -> Iterator[tuple[str, Loc]]:
    if isinstance(raw, str):
        yield raw, below
    elif isinstance(raw, list | dict):
        for key, inner in raw.items() if isinstance(raw, dict) else enumerate(raw):
            yield from _texts(inner, (*below, key))


def _walk(conditions: Sequence[Condition], below: Loc) -> Iterator[tuple[Condition, Loc]]:
    """All conditions, inner ones too, with where they stand below the rule."""
    for position, condition in enumerate(conditions):
        at = (*below, position)
        yield condition, at
        if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
            yield from _walk(condition.conditions, (*at, condition.key))


def _everywhere(written: Written) -> Iterator[tuple[Condition, Loc]]:
    yield from _walk(written.rule.conditions, ("if",))
    yield from _inside(written.rule.steps, ("do",))


def _inside(steps: Sequence[Step], below: Loc) -> Iterator[tuple[Condition, Loc]]:
    """The conditions of steps and of the ways through them."""
    for position, step in enumerate(steps):
        at = (*below, position)
        yield from _walk(step.conditions, (*at, "if"))
        for number, branch in enumerate(step.branches):
            case = (*at, step.action.kind, "cases", number)
            yield from _walk(branch.conditions, (*case, "if"))
            inner = (*case, "do") if branch.conditions else (*case[:-2], "otherwise")
            yield from _inside(branch.steps, inner)


def _short_phrases(written: Written) -> Iterator[Problem]:
    for condition, at in _everywhere(written):
        if kind_of(condition) != "text":
            continue
        for name in ("mentions", "contains"):
            given = getattr(condition, name) or ()
            # `text: phrase` and `text: [phrases]` have no key in between: it is passed over
            places = [
                (phrase, (*at, "text", name, position))
                for position, phrase in enumerate(given)
                if not phrase.startswith("@")
            ]
            yield from _short(places, written.place)


def _always_true(written: Written) -> Iterator[Problem]:
    for condition, at in _everywhere(written):
        if not isinstance(condition, AnyOfCondition):
            continue
        branches = condition.conditions
        known = {canonical(branch) for branch in branches}
        for position, branch in enumerate(branches):
            if _holds_always(branch) or _opposite_of(branch, known):
                place = written.place((*at, "any", position))
                message = "this branch always holds, so the other branches of 'any' decide nothing"
                yield _warning(place, message, "take out the branch, or the whole 'any'")
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
    if kind_of(condition) == "expr":
        try:
            return bool(evaluate(str(getattr(condition, "source", "")), {}))
        except RenderError:
            return False  # it names something: not always the same
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
                yield _warning(step.place, message, hint)
                break


def _reply_texts(text: Any) -> Iterator[str]:
    """The fixed words of a reply, one text a language."""
    if isinstance(text, str):
        yield _TEMPLATE.sub(" ", text)
    elif isinstance(text, dict):
        for one in text.values():
            yield from _reply_texts(one)
