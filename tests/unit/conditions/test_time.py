"""time: a part of the day or of the week."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.build import facts
from tests.unit.conditions.asking import Told, holds, told

HK = "timezone: Asia/Hong_Kong"


def at(day: str, clock: str, zone: str = "Asia/Hong_Kong") -> datetime:
    """A time of the week of Monday 5 October 2026."""
    date = {"sun": 4, "mon": 5, "tue": 6, "fri": 9, "sat": 10}[day]
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 10, date, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("window", "day", "clock", "expected"),
    [
        ('from: "09:30", to: "18:00"', "mon", "09:30", True),
        ('from: "09:30", to: "18:00"', "mon", "09:29", False),
        ('from: "09:30", to: "18:00"', "mon", "18:00", False),
        ('from: "09:30"', "mon", "23:59", True),
        ('to: "09:30"', "mon", "00:00", True),
        ('from: "18:00", to: "24:00"', "mon", "23:59", True),
        ('from: "22:00", to: "06:00"', "mon", "23:00", True),
        ('from: "22:00", to: "06:00"', "tue", "05:59", True),
        ('from: "22:00", to: "06:00"', "tue", "06:00", False),
        ("days: [mon-fri]", "fri", "12:00", True),
        ("days: [mon-fri]", "sat", "12:00", False),
        ("days: sat-mon", "sun", "12:00", True),
        ("days: [tue, sat]", "mon", "12:00", False),
        ('from: "22:00", to: "06:00", days: fri', "sat", "05:00", True),
        ('from: "22:00", to: "06:00", days: fri', "fri", "05:00", False),
    ],
)
def test_windows(window: str, day: str, clock: str, *, expected: bool) -> None:
    """Night rules would fire by day, or stop at midnight."""
    assert holds(f"time: {{{window}, {HK}}}", facts(now=at(day, clock))) is expected


def test_the_time_zone_decides_which_day_it_is() -> None:
    """Monday morning in Hong Kong is Sunday evening elsewhere."""
    now = at("mon", "07:00")
    assert holds(f"time: {{days: mon, {HK}}}", facts(now=now))
    assert holds("time: {days: sun, timezone: America/New_York}", facts(now=now))
    assert holds('time: {from: "23:00", days: sun}', facts(now=now))  # UTC


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-03-29T00:59", False),
        ("2026-03-29T01:00", True),  # the clock jumps from 00:59 to 02:00: half past one is not
        ("2026-03-29T01:59", True),
        ("2026-03-29T02:00", False),
        ("2026-10-25T00:30", True),  # 01:30, for the first time
        ("2026-10-25T01:30", True),  # and an hour later again
        ("2026-10-25T02:30", True),
        ("2026-10-25T03:00", False),
    ],
)
def test_a_clock_change_shifts_a_window_with_the_clock(utc: str, *, expected: bool) -> None:
    """Two nights a year a window of UTC hours would be an hour off."""
    now = datetime.fromisoformat(utc).replace(tzinfo=ZoneInfo("UTC"))
    window = 'time: {from: "01:30", to: "03:00", timezone: Europe/London}'
    assert holds(window, facts(now=now)) is expected


def test_a_night_that_begins_on_the_last_day_of_a_year_is_that_days() -> None:
    """One in the morning on New Year's Day belongs to the shift of the day before."""
    now = datetime(2027, 1, 1, 1, 0, tzinfo=ZoneInfo("Asia/Hong_Kong"))
    night = 'from: "22:00", to: "06:00"'
    assert holds(f"time: {{{night}, days: thu, {HK}}}", facts(now=now))
    assert not holds(f"time: {{{night}, days: fri, {HK}}}", facts(now=now))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            '{from: "9.30"}',
            Told(("time", "from"), "expected a time of day, found '9.30'", 'for instance "09:30"'),
        ),
        (
            '{from: "25:00"}',
            Told(("time", "from"), "expected a time of day, found '25:00'", 'for instance "09:30"'),
        ),
        (
            '{from: "09:00", to: "09:00"}',
            Told(
                ("time",),
                "'from' and 'to' are the same time",
                "for the whole day, leave both out",
            ),
        ),
        (
            "{days: [mon, thr]}",
            Told(("time", "days", 1), "'thr' is no day or range of days", "did you mean 'thu'?"),
        ),
        (
            '{from: "09:00", timezone: Asia/HongKong}',
            Told(
                ("time", "timezone"),
                "unknown time zone 'Asia/HongKong'",
                "did you mean 'Asia/Hong_Kong'?",
            ),
        ),
        (
            '{from: "09:00", timezone: HKT}',
            Told(
                ("time", "timezone"),
                "unknown time zone 'HKT'",
                "did you mean 'Asia/Hong_Kong'?",
            ),
        ),
        ("{}", Told(("time",), "this holds at all times", "give from, to or days")),
    ],
)
def test_mistakes_are_told(written: str, expected: Told) -> None:
    """A window that never opens looks like a rule that does not work."""
    assert expected in told(f"time: {written}")
