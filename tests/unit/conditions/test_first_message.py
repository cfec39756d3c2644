"""first_message: a stranger."""

from __future__ import annotations

from tests.build import facts
from tests.unit.conditions.asking import answer, holds, told
from worker.model.verdict import Answer


def test_true_and_false_are_asked_for() -> None:
    """A welcome would go out with every message."""
    assert holds("first_message: true", facts(first_message=True))
    assert not holds("first_message: true", facts(first_message=False))
    assert holds("first_message: false", facts(first_message=False))


def test_unknown_is_undecided() -> None:
    """Old customers would be welcomed whenever history could not be read."""
    assert answer("first_message: false", facts(first_message=None)) is Answer.UNDECIDED


def test_it_is_strictly_true_or_false() -> None:
    """`yes` is a text in rule files."""
    assert told('first_message: "yes"')[0].loc == ("first_message",)
