"""When one condition follows from another: what holds for the narrow one holds for the wide one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from worker.conditions.logic import AllCondition
from worker.model.rule import Condition

# Fields that hold when any of their values fits: fewer values are narrower. Absent is widest.
_ANY_OF: Mapping[str, tuple[str, ...]] = {
    "text": ("mentions", "equals", "starts_with", "ends_with", "contains", "matches"),
    "channel": ("channels",),
    "message_type": ("types",),
    "language": ("languages",),
    "tag": ("any_",),
}
# Fields that hold when all of their values fit: more values are narrower.
_ALL_OF: Mapping[str, tuple[str, ...]] = {"tag": ("all_", "none")}

Phrases = Mapping[str, tuple[str, ...]]


def canonical(value: Any) -> Hashable:
    """Equal for conditions that were written alike."""
    if isinstance(value, BaseModel):
        return type(value).__name__, canonical(
            {name: getattr(value, name) for name in type(value).model_fields}
        )
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), canonical(inner)) for key, inner in value.items()))
    if isinstance(value, list | tuple):
        return tuple(canonical(inner) for inner in value)
    return type(value).__name__, str(value)


def flat(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    """All of them, with `all` taken apart."""
    for condition in conditions:
        if isinstance(condition, AllCondition):
            yield from flat(condition.conditions)
        else:
            yield condition


def kind_of(condition: Condition) -> str:
    """Its key in YAML."""
    return str(getattr(condition, "key", ""))


def choices(condition: Condition, name: str, phrases: Phrases) -> frozenset[str]:
    """The values of a field, phrase sets spelled out; empty where it is absent."""
    spelled: list[str] = []
    for value in getattr(condition, name, None) or ():
        named = phrases.get(value[1:]) if isinstance(value, str) and value[:1] == "@" else None
        spelled += named if named is not None else (str(value),)
    return frozenset(spelled)


def follows(wide: Condition, narrow: Condition, phrases: Phrases) -> bool:
    """Whatever satisfies `narrow` satisfies `wide`; False where that is not plain to see."""
    if type(wide) is not type(narrow):
        return False
    kind = kind_of(wide)
    free = _ANY_OF.get(kind, ()) + _ALL_OF.get(kind, ())
    fields = getattr(type(wide), "model_fields", {})
    if any(
        canonical(getattr(wide, name)) != canonical(getattr(narrow, name))
        for name in fields
        if name not in free
    ):
        return False
    for name in _ANY_OF.get(kind, ()):
        widest = choices(wide, name, phrases)
        if (widest and not (found := choices(narrow, name, phrases))) or (
            widest and not found <= widest
        ):
            return False
    return all(
        choices(wide, name, phrases) <= choices(narrow, name, phrases)
        for name in _ALL_OF.get(kind, ())
    )


def marks(condition: Condition, phrases: Phrases) -> frozenset[Hashable]:
    """Any condition that this one follows from has one of these among its `traces`."""
    kind = kind_of(condition)
    for name in _ANY_OF.get(kind, ()):
        values = choices(condition, name, phrases)
        if values:
            return frozenset((kind, name, value) for value in values)
    if kind in _ALL_OF:
        return frozenset({kind})
    return frozenset({canonical(condition)})


def traces(condition: Condition, phrases: Phrases) -> Iterator[Hashable]:
    """See `marks`: one value of each field is enough, since a wider field holds them all."""
    kind = kind_of(condition)
    for name in _ANY_OF.get(kind, ()):
        values = choices(condition, name, phrases)
        if values:
            yield (kind, name, min(values))
    yield kind if kind in _ALL_OF else canonical(condition)
