"""Short ways to read a condition from YAML, to ask it, and to see what an author is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from tests.build import facts
from worker.conditions import AnyCondition, ConditionPart, LoadContext
from worker.model.facts import Facts
from worker.model.verdict import Answer

CONDITION: TypeAdapter[Any] = TypeAdapter(AnyCondition)


@dataclass(frozen=True)
class Told:
    """One complaint as the loader gets it."""

    loc: tuple[int | str, ...]
    message: str
    hint: str = ""
    offset: int | None = None


def read(text: str, **context: Any) -> ConditionPart:
    """The condition that this YAML item is."""
    condition: ConditionPart = CONDITION.validate_python(
        yaml.safe_load(text), context=LoadContext(**context)
    )
    return condition


def told(text: str, **context: Any) -> list[Told]:
    """Every complaint about this YAML item."""
    return complaints(CONDITION, text, **context)


def complaints(adapter: TypeAdapter[Any], text: str, **context: Any) -> list[Told]:
    """Every complaint of the adapter about this YAML item."""
    try:
        adapter.validate_python(yaml.safe_load(text), context=LoadContext(**context))
    except ValidationError as error:
        found = []
        for item in error.errors(include_url=False):
            more = item.get("ctx", {})
            found.append(Told(item["loc"], item["msg"], more.get("hint", ""), more.get("offset")))
        return found
    return []


def answer(text: str, about: Facts | str = "hello", **context: Any) -> Answer:
    """The condition's answer to these facts, or to a message with this text."""
    asked = facts(about) if isinstance(about, str) else about
    return read(text, **context).decide(asked).answer


def holds(text: str, about: Facts | str = "hello", **context: Any) -> bool:
    """The condition says yes; undecided is an error of the test."""
    said = answer(text, about, **context)
    assert said is not Answer.UNDECIDED
    return said is Answer.YES
