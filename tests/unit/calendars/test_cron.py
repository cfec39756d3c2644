"""Cron lines, as people know them from crontab."""

from __future__ import annotations

import pytest

from worker.calendars.cron import parse_cron


@pytest.mark.parametrize(
    ("field", "weekdays"),
    [
        ("*", (0, 1, 2, 3, 4, 5, 6)),
        ("0", (6,)),
        ("7", (6,)),
        ("sun", (6,)),
        ("1", (0,)),
        ("1-5", (0, 1, 2, 3, 4)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("fri-sun", (4, 5, 6)),
        ("5-7", (4, 5, 6)),
        ("0-6", (0, 1, 2, 3, 4, 5, 6)),
        ("sun,wed", (2, 6)),
        ("1-5/2", (0, 2, 4)),
        ("MON", (0,)),
    ],
)
def test_a_week_begins_on_sunday_in_the_line_and_on_monday_in_its_meaning(
    field: str, weekdays: tuple[int, ...]
) -> None:
    """Libraries count from Monday; a nightly job would run on the wrong day of the week."""
    assert parse_cron(f"0 3 * * {field}").weekdays == weekdays


def test_fields_are_read_with_lists_ranges_steps_and_names() -> None:
    """A value that is read wrongly fires at a time nobody expects."""
    read = parse_cron("*/20,5 9-17/4 1,15 jan-mar *")
    assert read.minutes == (0, 5, 20, 40)
    assert read.hours == (9, 13, 17)
    assert read.days == (1, 15)
    assert read.months == (1, 2, 3)
    assert not read.either
    assert not read.hourly
    assert parse_cron("*/15 * * * *").hourly


@pytest.mark.parametrize(
    ("line", "either"),
    [
        ("0 0 1 * mon", True),
        ("0 0 * * mon", False),
        ("0 0 1 * *", False),
        ("0 0 */2 * mon", False),
    ],
)
def test_a_day_and_a_weekday_together_mean_either(line: str, either: bool) -> None:
    """So crontab has always read it; `both` would be a Monday that is the first, twice a year."""
    assert parse_cron(line).either is either


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "0 fields"),
        ("0 3 * *", "4 fields"),
        ("0 3 * * * *", "6 fields"),
        ("60 3 * * *", "minute '60' is not one of 0 to 59"),
        ("0 24 * * *", "hour '24' is not one of 0 to 23"),
        ("0 3 0 * *", "day '0' is not one of 1 to 31"),
        ("0 3 * 13 *", "month '13' is not one of 1 to 12, jan"),
        ("0 3 * * 8", "weekday '8' is not one of 0 to 7, sun"),
        ("0 3 * * fryday", "weekday 'fryday' is not one of"),
        ("0 3 L * *", "day 'l' is not one of"),
        ("0 3 ? * *", "is neither"),
        ("5-1 3 * * *", "runs backwards"),
        ("*/0 3 * * *", "a step is at least 1"),
        ("5/10 3 * * *", "a step needs a range, e.g. 5-59/10"),
        ("0,,5 3 * * *", "is neither"),
        ("-5 3 * * *", "is neither"),
        ("٣ 3 * * *", "is neither"),
        ("0 0 30 feb *", "no such month has a day 30"),
        ("0 0 31 4,6 *", "no such month has a day 31"),
    ],
)
def test_a_line_without_a_meaning_is_refused_with_the_field(line: str, told: str) -> None:
    """A schedule that never fires is noticed weeks later, if ever."""
    with pytest.raises(ValueError, match=told.replace("*", r"\*")):
        parse_cron(line)


def test_rare_days_are_days() -> None:
    """The last of February comes every four years, and a weekday saves a 31st of April."""
    assert parse_cron("0 0 29 2 *").days == (29,)
    assert parse_cron("0 0 31 4 mon").either
