"""Durations mean the same in rules and in settings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.duration import LONGEST, TooLongError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("15s", 15),
        ("15m", 900),
        ("24h", 86_400),
        ("7d", 604_800),
        ("0s", 0),
        ("1h30m", 5400),
        ("1m500ms", 60.5),
        ("1d2h3m4s5ms", 93_784.005),
    ],
)
def test_a_duration_has_the_length_it_names(text: str, seconds: float) -> None:
    """A unit mixed up (m for months, ms for minutes) would silence or flood customers."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "5", "s", "-5s", "1.5h", "5 s", "30m1h", "1h1h", "5sec", "٥s", "9999999999d", "1mms"],
)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    """A guess at what somebody meant by `5` would be seconds for one and minutes for another."""
    with pytest.raises(ValueError, match="15m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["999999999d99999999h", "999999999d", "36500d1ms"])
def test_a_length_that_no_time_can_be_reckoned_with_is_refused(text: str) -> None:
    """A rule with it was accepted, and ended the worker at the first message: again and again."""
    with pytest.raises(TooLongError, match="too long"):
        parse_duration(text)


def test_a_hundred_years_are_a_length() -> None:
    """`36500d` is what somebody writes who means for ever."""
    assert parse_duration("36500d") == LONGEST


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    """Tables and messages show durations; a person copies them back into a setting."""
    length = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(length)) == length
