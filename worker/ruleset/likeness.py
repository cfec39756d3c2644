"""When one condition follows from another: what holds for the narrow one holds for the wide one.

Asked of every rule against those before it, so conditions that can follow from each other share a
key (`marks`, `Traces`), and only rules that share one are compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from worker.conditions.expr import ExprCondition
from worker.conditions.language import LanguageCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.conditions.text import TextCondition
from worker.model.rule import Condition
from worker.ruleset.likeness_text import (
    Known,
    keys_of,
    known_of,
    one_by_one,
    samples_of,
    settles,
)
from worker.text.language import falls_back
from worker.text.scan import PhraseScan

# Fields that hold when any of their values fits: fewer values are narrower. Absent is widest.
_ANY_OF: Mapping[str, tuple[str, ...]] = {
    "channel": ("channels",),
    "message_type": ("types",),
    "tag": ("any_",),
}
# Fields that hold when all of their values fit: more values are narrower.
_ALL_OF: Mapping[str, tuple[str, ...]] = {"tag": ("all_", "none")}

_SCRIPTS = frozenset({"zh-hant", "zh-hans"})
"""They take the regions that write so."""

_TEXT = "text"
_OF_THE_RULE = ("vars", "found")
"""Names in expressions whose values differ from rule to rule."""


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


def follows(wide: Condition, narrow: Condition) -> bool:
    """Whatever satisfies `narrow` satisfies `wide`; False where that is not plain to see."""
    if isinstance(narrow, AnyOfCondition):
        return all(follows(wide, branch) for branch in narrow.conditions)
    if isinstance(wide, AllCondition):
        return all(follows(part, narrow) for part in wide.conditions)
    if isinstance(narrow, TextCondition):
        known = known_of(narrow.sought)
        apart = one_by_one(known) if isinstance(wide, AnyOfCondition) else (known,)
        return all(_covers(wide, one) for one in apart)
    if isinstance(wide, AnyOfCondition):
        return any(follows(branch, narrow) for branch in wide.conditions)
    if isinstance(narrow, AllCondition):
        return any(follows(wide, part) for part in narrow.conditions)
    return _one_follows(wide, narrow)


def _covers(wide: Condition, known: Known) -> bool:
    """The condition holds for every message of which this is known."""
    if isinstance(wide, AnyOfCondition):
        return any(_covers(branch, known) for branch in wide.conditions)
    if isinstance(wide, AllCondition):
        return all(_covers(part, known) for part in wide.conditions)
    return isinstance(wide, TextCondition) and settles(wide.sought, known)


def _one_follows(wide: Condition, narrow: Condition) -> bool:
    """The same of two that hold no others and are not about words."""
    if isinstance(wide, LanguageCondition) and isinstance(narrow, LanguageCondition):
        wider = {_widenings(tag)[0] for tag in wide.tags}
        return all(not wider.isdisjoint(_widenings(tag)) for tag in narrow.tags)
    return _alike(wide, narrow)


def _alike(wide: Condition, narrow: Condition) -> bool:
    """Of one kind, and with as many choices or more."""
    if type(wide) is not type(narrow) or not _means_the_same_everywhere(wide):
        return False
    kind = kind_of(wide)
    any_of, all_of = _ANY_OF.get(kind, ()), _ALL_OF.get(kind, ())
    for name in getattr(type(wide), "model_fields", {}):
        if name in any_of:
            widest, found = _choices(wide, name), _choices(narrow, name)
            if widest and not (found and found <= widest):
                return False
        elif name in all_of:
            if not _choices(wide, name) <= _choices(narrow, name):
                return False
        elif canonical(getattr(wide, name)) != canonical(getattr(narrow, name)):
            return False
    return True


def _choices(condition: Condition, name: str) -> frozenset[str]:
    return frozenset(map(str, getattr(condition, name, None) or ()))


def _means_the_same_everywhere(condition: Condition) -> bool:
    """It asks nothing that each rule has of its own."""
    if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
        return all(map(_means_the_same_everywhere, condition.conditions))
    if isinstance(condition, ExprCondition):
        return not any(name in condition.source for name in _OF_THE_RULE)
    return True


def _widenings(language: str) -> tuple[str, ...]:
    """The tag in one spelling, then tags that take everybody whom it takes."""
    own, *others = falls_back(language)
    scripts = _SCRIPTS if own.startswith("zh-") else frozenset[str]()
    wider = (tag for tag in others if own.startswith(f"{tag}-") or tag in scripts)
    return (own, *wider)


def marks(condition: Condition) -> frozenset[Hashable]:
    """Any condition that this one follows from has one of these among its traces."""
    if isinstance(condition, AnyOfCondition):
        return frozenset().union(*map(marks, condition.conditions))
    if isinstance(condition, AllCondition):
        return marks(condition.conditions[0])
    if isinstance(condition, TextCondition):
        return frozenset((_TEXT, key) for key in keys_of(condition.sought)) or frozenset({_TEXT})
    if isinstance(condition, LanguageCondition):
        return frozenset(("language", _widenings(tag)[0]) for tag in condition.tags)
    kind = kind_of(condition)
    for name in _ANY_OF.get(kind, ()):
        if values := _choices(condition, name):
            return frozenset((kind, value) for value in values)
    return frozenset({kind if kind in _ALL_OF else canonical(condition)})


class Traces:
    """Finds the marks under which a condition is looked for.

    Args:
        known: all marks there are.
        conditions: those that will be looked for.
    """

    def __init__(self, known: Iterable[Hashable], conditions: Iterable[Condition]) -> None:
        of_text = (mark for mark in known if isinstance(mark, tuple) and mark[:1] == (_TEXT,))
        words = sorted({str(mark[1]) for mark in of_text})
        looked_at = (inner for one in conditions for inner in _looked_at(one))
        texts = (one for one in looked_at if isinstance(one, TextCondition))
        samples = list({sample for one in texts for sample in samples_of(one.sought)})
        found = PhraseScan(words).find_each(samples)
        self._found = {
            sample: [(_TEXT, words[number]) for number in numbers]
            for sample, numbers in zip(samples, found, strict=True)
        }

    def of(self, condition: Condition) -> Iterator[Hashable]:
        """See `marks`: one of several values is enough, since a wider condition has them all."""
        for one in _looked_at(condition):
            if isinstance(one, TextCondition):
                yield _TEXT
                for sample in samples_of(one.sought):
                    yield from self._found[sample]
            elif isinstance(one, LanguageCondition):
                yield from (("language", tag) for tag in _widenings(one.tags[0]))
            else:
                yield from _own_traces(one)


def _looked_at(condition: Condition) -> Iterator[Condition]:
    """The conditions inside it that are enough to find what it follows from."""
    if isinstance(condition, AnyOfCondition):
        yield from _looked_at(condition.conditions[0])
    elif isinstance(condition, AllCondition):
        for part in condition.conditions:
            yield from _looked_at(part)
    else:
        yield condition


def _own_traces(condition: Condition) -> Iterator[Hashable]:
    kind = kind_of(condition)
    for name in _ANY_OF.get(kind, ()):
        if values := _choices(condition, name):
            yield (kind, min(values))
    yield kind if kind in _ALL_OF else canonical(condition)
