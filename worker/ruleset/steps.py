"""Steps as they were read become the engine's, with their places and their branches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, cast

from worker.actions import StepPart
from worker.actions.choose import ChooseAction
from worker.model.action import Action
from worker.model.rule import Branch, Place, Step

Loc = tuple[int | str, ...]
Locate = Callable[[Loc], Place]
"""Where something stands, by its path below the rule."""


def built(parts: Sequence[StepPart], written: Any, at: Loc, locate: Locate) -> tuple[Step, ...]:
    """The steps of one list, and those inside them.

    Args:
        written: the list as it stands in the file.
    """
    return tuple(
        Step(
            action=cast("Action", part.action),
            id=part.id,
            conditions=part.conditions,
            place=locate((*at, position)),
            asked=_asked(raw),
            branches=tuple(_branches(part, raw, (*at, position), locate)),
        )
        for position, (part, raw) in enumerate(zip(parts, written, strict=True))
    )


def _branches(part: StepPart, written: Any, at: Loc, locate: Locate) -> Iterator[Branch]:
    action = part.action
    if not isinstance(action, ChooseAction):
        return
    raw = written[action.key]
    below = (*at, action.key)
    for position, case in enumerate(action.cases):
        inside = (*below, "cases", position, "do")
        steps = built(case.steps, raw["cases"][position]["do"], inside, locate)
        yield Branch(case.conditions, steps)
    if action.otherwise is not None:
        inside = (*below, "otherwise")
        yield Branch((), built(action.otherwise, raw["otherwise"], inside, locate))


def located(parts: Sequence[StepPart], at: Loc) -> Iterator[tuple[StepPart, Loc]]:
    """Every step of the tree with its path below the rule, outer ones first."""
    for position, part in enumerate(parts):
        here = (*at, position)
        yield part, here
        action = part.action
        if isinstance(action, ChooseAction):
            below = (*here, action.key)
            for number, case in enumerate(action.cases):
                yield from located(case.steps, (*below, "cases", number, "do"))
            yield from located(action.otherwise or (), (*below, "otherwise"))


def _asked(written: Any) -> str:
    """What a step's own conditions, as written, are known by; "" without any."""
    conditions = written.get("if") if isinstance(written, dict) else None
    if not conditions:
        return ""
    text = json.dumps(conditions, sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
