"""Spans and days are read as an author means them."""

from __future__ import annotations

import pytest

from worker.calendars import Span, span_of, weekdays_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("09:30-13:00", Span(570, 780)),
        ("9:30 - 13:00", Span(570, 780)),
        ("00:00-24:00", Span(0, 1440)),
        ("18:00-24:00", Span(1080, 1440)),
        ("22:00-02:00", Span(1320, 1560)),
        ("18:00-00:00", Span(1080, 1440)),
        ("00:01-00:00", Span(1, 1440)),
    ],
)
def test_a_span_lasts_from_its_first_to_its_second_time(text: str, span: Span) -> None:
    """A span read a day too short or too long opens a shop in the middle of the night."""
    assert span_of(text) == span


@pytest.mark.parametrize(
    "text",
    [
        *("", "09:30", "09:30-", "-13:00", "9-13", "09:60-13:00", "24:30-25:00", "24:00-02:00"),
        *("10:00-10:00", "00:00-00:00", "09:30–13:00", "09:30-13:00-14:00", "٠٩:٣٠-13:00"),
    ],
)
def test_anything_else_is_no_span(text: str) -> None:
    """A guess about opening hours is a customer before a closed door."""
    with pytest.raises(ValueError, match=r"is no|begins where"):
        span_of(text)


def test_a_span_is_shown_as_it_is_written() -> None:
    """Messages about spans name them in the words of the file."""
    assert [str(span_of(text)) for text in ("09:30-13:00", "22:00-02:00", "18:00-24:00")] == [
        "09:30-13:00",
        "22:00-02:00",
        "18:00-24:00",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_a_range_of_days_includes_both_ends(text: str, days: tuple[int, ...]) -> None:
    """A missing Friday is noticed on a Friday, by customers."""
    assert weekdays_of(text) == days


@pytest.mark.parametrize("text", ["", "monday", "Mon", "mon-", "-fri", "mon-fri-sun", "mon–fri"])
def test_anything_else_is_no_day(text: str) -> None:
    """A day that is not understood must not become no day at all."""
    with pytest.raises(ValueError, match="is no day"):
        weekdays_of(text)
