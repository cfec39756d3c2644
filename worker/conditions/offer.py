"""What templates of a rule may name, by the events the rule answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationInfo

from worker.conditions.fields import (
    CONTACT,
    CONVERSATION,
    EVENT,
    MEANT,
    MESSAGE,
    NOTIFICATION,
    RULE,
)
from worker.conditions.keyed import complaint
from worker.conditions.opening import CALENDAR
from worker.conditions.part import LoadContext, load_context
from worker.model.event import EventKind
from worker.text.offered import Many, Offered, Shape
from worker.text.template import TemplateProblem, check_expression, check_template
from worker.text.trial import common, shape_of

_THINGS: Mapping[str, Shape] = {
    "message": MESSAGE,
    "contact": CONTACT,
    "conversation": CONVERSATION,
    "notification": NOTIFICATION,
}
_TALK = frozenset({"message", "contact", "conversation"})
HAS: Mapping[EventKind, frozenset[str]] = {
    EventKind.MESSAGE_RECEIVED: _TALK,
    EventKind.QUICK_REPLY_PICKED: _TALK,
    EventKind.CONVERSATION_WAITING: _TALK,
    EventKind.CONVERSATION_OPENED: frozenset({"contact", "conversation"}),
    EventKind.CONTACT_CREATED: frozenset({"contact", "conversation"}),
    EventKind.CONTACT_UPDATED: frozenset({"contact", "conversation"}),
    EventKind.NOTIFICATION_CREATED: frozenset({"notification", "contact", "conversation"}),
    EventKind.SCHEDULE: frozenset(),
}
"""What each kind of event brings."""


def require_message(info: ValidationInfo) -> None:
    """Some event of the rule has a message.

    Raises:
        PydanticCustomError: none has.
    """
    kinds = load_context(info).kinds
    if kinds and not any("message" in HAS[kind] for kind in kinds):
        named = ", ".join(sorted(kinds))
        message = f"there is no message under {named}"
        raise complaint("no_such_fact", message, "use 'when: message.received'")


def _shape(value: Any) -> Shape:
    if isinstance(value, Mapping):
        return {str(name): _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return Many(common(map(_shape, value)))
    return shape_of(value)


def offered(context: LoadContext, *, planned: bool) -> Offered:
    """The names for templates of actions (`planned`), or for expressions of conditions."""
    kinds = context.kinds or frozenset(HAS)
    had = [HAS[kind] for kind in kinds]
    somewhere = frozenset().union(*had)
    everywhere = had[0].intersection(*had) if context.kinds else somewhere
    roots: dict[str, Shape] = {
        "event": EVENT,
        "now": "time",
        "vars": _shape({**context.vars, **context.rule_vars}) if context.whole else None,
        "calendars": None
        if context.calendars is None
        else dict.fromkeys(context.calendars, CALENDAR),
        **{name: shape for name, shape in _THINGS.items() if name in somewhere},
    }
    named = ", ".join(sorted(kinds))
    elsewhere = {name: f"events of {named} have none" for name in _THINGS if name not in somewhere}
    if planned:
        roots["rule"] = RULE
    if planned or context.reached:
        found, steps = context.found, context.steps
        roots["found"] = None if found is None else dict.fromkeys(sorted(found), "text")
        if steps or steps is None:
            roots["steps"] = steps
        else:
            elsewhere["steps"] = (
                "no `ask` or `wait` with an `id` stands before this step; "
                "write `id: NAME` beside it"
            )
    if not planned:
        late = "it is known only when actions are planned; conditions cannot use it"
        elsewhere = dict.fromkeys({"rule", "steps"} - roots.keys(), late) | elsewhere
        if not context.reached:
            elsewhere["found"] = (
                "no condition before this one finds anything; put the 'extract' first"
            )
            if context.found:
                roots["found"] = dict.fromkeys(sorted(context.found), "text")
    unsure = {f"found.{name}" for name in context.unsure}
    sometimes = (somewhere - everywhere) | unsure
    return Offered(roots=roots, sometimes=sometimes, elsewhere=elsewhere, meant=MEANT)


def require_template(source: str, context: LoadContext) -> str:
    """The source, if it is a template that names only what is offered.

    Raises:
        PydanticCustomError: it is not, with the offset inside it.
    """
    try:
        check_template(source, offered(context, planned=True))
    except TemplateProblem as problem:
        raise _complained(problem) from None
    return source


def require_expression(source: str, context: LoadContext) -> str:
    """The source, if it is an expression that names only what conditions know.

    Raises:
        PydanticCustomError: it is not, with the offset inside it.
    """
    try:
        check_expression(source, offered(context, planned=False))
    except TemplateProblem as problem:
        raise _complained(problem) from None
    return source


def _complained(problem: TemplateProblem) -> Any:
    more = [(one.message, one.hint, one.offset) for one in problem.more]
    return complaint("template", problem.message, problem.hint, problem.offset, more)
