"""What all warnings are made with: where things stand below a rule, and how they are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.errors import Problem
from worker.model.rule import Condition, Place, Step
from worker.ruleset.building import Written
from worker.ruleset.shared import Loc


def warning(at: Place, message: str, hint: str) -> Problem:
    """Advice about a place in a file."""
    return Problem(at.path, at.line, at.column, message, hint, warning=True)


def texts(raw: Any, below: Loc = ()) -> Iterator[tuple[str, Loc]]:
    """All texts of a value as written, with where they stand below it."""
    if isinstance(raw, str):
        yield raw, below
    elif isinstance(raw, list | dict):
        for key, inner in raw.items() if isinstance(raw, dict) else enumerate(raw):
            yield from texts(inner, (*below, key))


def _walk(conditions: Sequence[Condition], below: Loc) -> Iterator[tuple[Condition, Loc]]:
    """All conditions, inner ones too, with where they stand below the rule."""
    for position, condition in enumerate(conditions):
        at = (*below, position)
        yield condition, at
        if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
            yield from _walk(condition.conditions, (*at, condition.key))


def everywhere(written: Written) -> Iterator[tuple[Condition, Loc]]:
    """All conditions of the rule and of its steps, with where they stand below the rule."""
    yield from _walk(written.rule.conditions, ("if",))
    yield from _inside(written.rule.steps, ("do",))


def steps_of(written: Written) -> Iterator[tuple[Step, Loc]]:
    """All steps of the rule, inner ones too, with where they stand below the rule."""
    yield from _steps(written.rule.steps, ("do",))


def _inside(steps: Sequence[Step], below: Loc) -> Iterator[tuple[Condition, Loc]]:
    for step, at in _steps(steps, below):
        yield from _walk(step.conditions, (*at, "if"))
        for number, branch in enumerate(step.branches):
            yield from _walk(branch.conditions, (*at, step.action.kind, "cases", number, "if"))


def _steps(steps: Sequence[Step], below: Loc) -> Iterator[tuple[Step, Loc]]:
    """Steps, and those of the ways through them."""
    for position, step in enumerate(steps):
        at = (*below, position)
        yield step, at
        for number, branch in enumerate(step.branches):
            case = (*at, step.action.kind, "cases", number)
            inner = (*case, "do") if branch.conditions else (*case[:-2], "otherwise")
            yield from _steps(branch.steps, inner)
