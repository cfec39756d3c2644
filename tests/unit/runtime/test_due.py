"""When cron lines are due, over clock changes and long stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.calendars.cron import parse_cron
from worker.runtime.due import last_due, next_due

BERLIN = "Europe/Berlin"  # the clock is set at 01:00 UTC, in 2026 on 29 March and 25 October


def due(line: str, zone: str, after: datetime, count: int) -> list[str]:
    """The next times, as the clock there shows them."""
    found = []
    for _ in range(count):
        at = next_due(line, zone, after)
        assert at is not None
        after = at
        found.append(after.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M %z"))
    return found


def test_a_line_is_due_by_the_clock_of_its_zone() -> None:
    """Three in the morning in Hong Kong is not three in the morning of the server."""
    after = datetime(2026, 10, 5, tzinfo=UTC)
    assert due("0 3 * * *", "Asia/Hong_Kong", after, 2) == [
        "Tue 06 03:00 +0800",
        "Wed 07 03:00 +0800",
    ]
    assert due("0 9 * * 0", "Asia/Hong_Kong", after, 1) == ["Sun 11 09:00 +0800"]
    assert due("0 9 * * 1-5", "Asia/Hong_Kong", datetime(2026, 10, 9, 2, tzinfo=UTC), 1) == [
        "Mon 12 09:00 +0800"
    ]


def test_a_time_that_is_skipped_is_due_when_the_clock_goes_on() -> None:
    """The night's clearing would be left out once a year."""
    after = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert due("30 2 * * *", BERLIN, after, 2) == ["Sun 29 03:00 +0200", "Mon 30 02:30 +0200"]


def test_times_that_are_skipped_together_are_due_once() -> None:
    """Three firings at one moment would be three times the work at once."""
    after = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert due("*/20 2-3 * * *", BERLIN, after, 3) == [
        "Sun 29 03:00 +0200",
        "Sun 29 03:20 +0200",
        "Sun 29 03:40 +0200",
    ]


def test_a_time_that_is_shown_twice_is_due_the_first_time_only() -> None:
    """The night's clearing would be done twice once a year."""
    after = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert due("30 2 * * *", BERLIN, after, 2) == ["Sun 25 02:30 +0200", "Mon 26 02:30 +0100"]


def test_what_is_due_all_the_time_stays_so_in_both_nights() -> None:
    """A look every twenty minutes would rest for an hour in autumn."""
    autumn = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert due("*/20 * * * *", BERLIN, autumn, 6) == [
        "Sun 25 02:20 +0200",
        "Sun 25 02:40 +0200",
        "Sun 25 02:00 +0100",
        "Sun 25 02:20 +0100",
        "Sun 25 02:40 +0100",
        "Sun 25 03:00 +0100",
    ]
    spring = datetime(2026, 3, 29, 0, 35, tzinfo=UTC)
    assert due("*/20 * * * *", BERLIN, spring, 3) == [
        "Sun 29 01:40 +0100",
        "Sun 29 03:00 +0200",
        "Sun 29 03:20 +0200",
    ]


def test_a_day_that_a_country_skips_is_due_when_the_next_begins() -> None:
    """Samoa went from 29 to 31 December 2011."""
    after = datetime(2011, 12, 29, tzinfo=UTC)
    assert due("0 12 30 12 *", "Pacific/Apia", after, 1) == ["Sat 31 00:00 +1400"]


def test_day_or_weekday_is_enough_where_both_are_named() -> None:
    """`0 9 1 * mon` is the first and every Monday."""
    after = datetime(2026, 10, 26, 12, tzinfo=UTC)
    assert due("0 9 1 * mon", "UTC", after, 3) == [
        "Sun 01 09:00 +0000",
        "Mon 02 09:00 +0000",
        "Mon 09 09:00 +0000",
    ]


def test_a_leap_day_is_found_years_ahead() -> None:
    """Nothing may give up after a year."""
    assert next_due("0 0 29 2 *", "UTC", datetime(2026, 3, 1, tzinfo=UTC)) == datetime(
        2028, 2, 29, tzinfo=UTC
    )


CHANGES = (
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, by half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
)
LINES = ("* * * * *", "*/20 * * * *", "30 2 * * *", "0 3 * * 0", "15,45 1-3 * * *", "0 0 1 * mon")


def brute(line: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    """Every minute asked whether the clock there shows a time of the line."""
    cron, tz = parse_cron(line), ZoneInfo(zone)
    found = []
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at <= until:
        shown = at.astimezone(tz)
        day = shown.day in cron.days
        weekday = shown.weekday() in cron.weekdays
        fits = (day or weekday) if cron.either else (day and weekday)
        if (
            fits
            and shown.minute in cron.minutes
            and shown.hour in cron.hours
            and shown.month in cron.months
            and (cron.hourly or not shown.fold)
        ):
            found.append(at)
        at += timedelta(minutes=1)
    return found


@settings(deadline=None, max_examples=60)
@given(
    line=st.sampled_from(LINES),
    zone=st.sampled_from([BERLIN, "Asia/Hong_Kong", "America/New_York", "Australia/Lord_Howe"]),
    begin=st.sampled_from(CHANGES),
    minute=st.integers(-600, 300),
)
def test_the_next_time_is_the_one_a_look_at_every_minute_finds(
    line: str, zone: str, begin: datetime, minute: int
) -> None:
    """A rule of thumb about time zones is wrong somewhere."""
    after = begin + timedelta(minutes=minute)
    until = after + timedelta(minutes=10 if line.startswith("* ") else 200)
    got = []
    at = next_due(line, zone, after)
    while at is not None and at <= until:
        got.append(at)
        at = next_due(line, zone, at)
    expected = brute(line, zone, after, until)
    offsets = {one.astimezone(ZoneInfo(zone)).utcoffset() for one in (after, until)}
    if len(offsets) > 1:
        # the moment after a gap stands for what was skipped
        assert set(expected) <= set(got)
        assert len(set(got) - set(expected)) <= 1
    else:
        assert got == expected


@pytest.mark.parametrize("line", LINES)
def test_the_last_missed_time_is_found_however_long_the_stop(line: str) -> None:
    """A year of minutes would be gone through one by one, at start, with customers waiting."""
    until = datetime(2026, 10, 25, 2, 30, 20, tzinfo=UTC)
    found = last_due(line, BERLIN, until - timedelta(days=365), until)
    assert found is not None
    assert next_due(line, BERLIN, found - timedelta(seconds=1)) == found
    later = next_due(line, BERLIN, found)
    assert later is not None
    assert later > until


def test_nothing_was_missed_where_nothing_was_due() -> None:
    """A restart at noon is no reason to clear what is cleared at night."""
    noon = datetime(2026, 10, 5, 12, tzinfo=UTC)
    assert last_due("0 3 * * *", "UTC", noon, noon + timedelta(hours=3)) is None
    assert last_due("0 0 29 2 *", "UTC", noon, noon + timedelta(days=300)) is None
