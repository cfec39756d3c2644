"""Frozen values that events make many of."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from worker.model.noun import Noun


class Pair(Noun, frozen=True, kw_only=True):
    """A noun with a default of each sort."""

    one: int
    two: str = "two"
    more: dict[str, int] = msgspec.field(default_factory=dict)


def test_a_noun_is_changed_by_whoever_takes_it_for_a_dataclass() -> None:
    """Half of the code changes values by `dataclasses.replace`, and would have to know which."""
    pair = Pair(one=1)
    assert dataclasses.replace(pair, one=2) == Pair(one=2) == msgspec.structs.replace(pair, one=2)
    assert [field.name for field in dataclasses.fields(pair)] == ["one", "two", "more"]
    assert dataclasses.asdict(pair) == {"one": 1, "two": "two", "more": {}}
    assert dataclasses.is_dataclass(Pair)


def test_a_noun_does_not_change() -> None:
    """Facts that change while rules are asked would give another answer the second time."""
    with pytest.raises(AttributeError):
        Pair(one=1).one = 2  # type: ignore[misc]


def test_a_noun_is_stored_and_read_again() -> None:
    """Rows of the ledger are nouns; a newer version's fields are ignored, missing ones default."""
    stored = msgspec.json.encode(Pair(one=1, more={"a": 1}))
    assert msgspec.json.decode(stored, type=Pair) == Pair(one=1, more={"a": 1})
    assert msgspec.json.decode(b'{"one": 3, "three": 3}', type=Pair) == Pair(one=3)
