"""payload: which option of a menu was picked."""

from __future__ import annotations

from dataclasses import replace

from tests.build import facts, message
from tests.unit.conditions.asking import answer, holds, told
from worker.model.facts import Facts, Pick
from worker.model.verdict import Answer


def picked(payload: str) -> Facts:
    """Facts of a pick."""
    return replace(facts("2"), pick=Pick("main", "Sales", payload))


def test_a_text_a_list_or_a_matcher() -> None:
    """Menus could not lead anywhere."""
    assert holds("payload: sales", picked("sales"))
    assert holds("payload: [help, sales]", picked("sales"))
    assert holds("payload: {starts_with: plan-}", picked("plan-b"))
    assert not holds("payload: help", picked("sales"))


def test_a_button_of_somebody_elses_menu_counts_too() -> None:
    """Payloads of a vendor's own menu could not be answered."""
    pressed = replace(facts(), message=message(type="quick_reply", payload="0_demo"))
    assert holds("payload: 0_demo", pressed)


def test_an_ordinary_message_has_none() -> None:
    """Every message would count as every pick, or as undecided."""
    assert not holds("payload: sales", facts("sales"))


def test_without_a_message_it_is_undecided() -> None:
    """A notification would count as not picking."""
    assert answer("payload: x", replace(facts(), message=None)) is Answer.UNDECIDED


def test_it_is_a_text() -> None:
    """`payload: 2` is a number in YAML, payloads are texts."""
    assert told("payload: 2")[0].message == "expected a text (quote it), found a number"
