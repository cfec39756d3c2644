"""The value matcher: one meaning of every operator, wherever fields are named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.build import NOW
from worker.conditions.matcher import Matcher, Mismatch


def matcher(text: str) -> Matcher:
    """The matcher that this YAML is."""
    return Matcher.model_validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("vip", "vip", True),
        ("vip", "VIP", False),
        ("café", "cafe\u0301", True),
        ("[a, b]", "b", True),
        ("[a, b]", "c", False),
        ("{equals: 3}", 3, True),
        ("{equals: 3}", 3.0, True),
        ("{equals: 1}", True, False),
        ("{equals: true}", 1, False),
        ("{equals: '3'}", 3, False),
        ("{not: a}", "b", True),
        ("{not: [a, b]}", "b", False),
        ("{not: a}", None, True),
        ("{in: [1, 2]}", 2, True),
        ("{contains: '@'}", "a@b", True),
        ("{contains: [x, '@']}", "a@b", True),
        ("{contains: b}", ["a", "b"], True),
        ("{starts_with: '+852'}", "+85291234567", True),
        ("{ends_with: ['.com', '.hk']}", "a@b.hk", True),
        ("{matches: '^A\\d+$'}", "A12", True),
        ("{matches: '^A\\d+$'}", "a12", False),
        ("{empty: true}", "", True),
        ("{empty: true}", None, True),
        ("{empty: true}", 0, False),
        ("{empty: false}", "x", True),
        ("{contains: a}", None, False),
        ("{gt: 3}", 4, True),
        ("{gt: 3}", 3, False),
        ("{gte: 3, lt: 5}", 3, True),
        ("{gte: 3, lt: 5}", 5, False),
        ("{lte: 3.5}", 3.5, True),
        ("{gt: 3}", None, False),
        ("{gt: 1h}", timedelta(hours=2), True),
        ("{lt: 1h}", timedelta(hours=2), False),
        ("{older_than: 7d}", NOW - timedelta(days=8), True),
        ("{older_than: 7d}", NOW - timedelta(days=6), False),
        ("{newer_than: 7d}", NOW - timedelta(days=6), True),
        ("{older_than: 7d}", None, False),
        ("{newer_than: 7d}", None, False),
        ("{older_than: 1h}", timedelta(hours=2), True),
        ("{before: 2026-10-05T00:00:00+00:00}", NOW, False),
        ("{before: '2026-10-06'}", NOW, True),
        ("{after: '2026-10-05T10:00:00+09:00'}", NOW, True),
        ("{after: '2026-10-05T09:00:00+00:00'}", "2026-10-05T10:00:00Z", True),
    ],
)
def test_operators(written: str, value: Any, *, expected: bool) -> None:
    """The same word would mean different things for different fields."""
    text = written.replace("2026-10-05T00:00:00+00:00", "'2026-10-05T00:00:00+00:00'")
    assert matcher(text).holds(value, NOW) is expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{gt: 3}", "4"),
        ("{contains: x}", 4),
        ("{older_than: 1h}", 4),
        ("{before: '2026-01-01'}", "x"),
    ],
)
def test_a_value_of_another_type_is_neither_yes_nor_no(written: str, value: Any) -> None:
    """A platform's own field that changes its type would silently change what rules do."""
    with pytest.raises(Mismatch):
        matcher(written).holds(value, NOW)


@pytest.mark.parametrize(
    "written",
    [
        "{equal: a}",
        "{matches: '['}",
        "{matches: 3}",
        "{older_than: 7}",
        "{older_than: 7 days}",
        "{before: tomorrow}",
        "{gt: soon}",
        "{gt: true}",
        "{empty: 'yes'}",
        "{in: []}",
        "[]",
    ],
)
def test_operands_are_strictly_typed(written: str) -> None:
    """A mistyped operand would compare, and never hold."""
    with pytest.raises(ValidationError):
        matcher(written)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("{gt: 3}", "text"),
        ("3", "text"),
        ("[a, 3]", "text"),
        ("true", "text"),
        ("a", "time"),
        ("{contains: a}", "time"),
        ("{older_than: 7d}", "text"),
        ("'true'", "bool"),
        ("{gt: 7d}", "number"),
        ("{gt: 7}", "age"),
        ("'7'", "number"),
        ("true", "number"),
        ("{}", "text"),
        ("{equals: null}", None),
    ],
)
def test_what_does_not_fit_the_field_is_told(written: str, kind: str | None) -> None:
    """`phone_number: 91234567` is a number in YAML and would never equal a text."""
    assert matcher(written).problems(kind)


def test_a_pattern_of_exponential_shape_stays_linear() -> None:
    """A contact's name could stop the worker."""
    assert not matcher("{matches: '(x+x+)+y'}").holds("x" * 100_000, NOW)
