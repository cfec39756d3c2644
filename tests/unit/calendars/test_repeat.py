"""Repeated days are those of the standard, as another library counts them, and within bounds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar.prop import vRecur

from worker.calendars.repeat import days_of, repeat_of

LAST = date(2040, 12, 31)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def free(_: int) -> None:
    """Looks cost nothing."""


def ours(rule: str, start: date, last: date = LAST) -> list[date]:
    parts: dict[str, Any] = dict(vRecur.from_ical(rule))
    return list(days_of(repeat_of(parts), start, last, free))


def theirs(rule: str, start: date, last: date = LAST) -> list[date]:
    begin = datetime(start.year, start.month, start.day)  # noqa: DTZ001 - days have no zone
    end = datetime(last.year, last.month, last.day)  # noqa: DTZ001
    endless, _, rest = rule.partition(";COUNT=")  # with a count, it may look for days for ever
    count, _, more = rest.partition(";")
    endless = ";".join(part for part in (endless, more, f"UNTIL={last:%Y%m%d}") if part)
    found = [one.date() for one in rrulestr(endless, dtstart=begin).between(begin, end, inc=True)]
    return found[: int(count)] if count else found


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY",
        "FREQ=YEARLY;INTERVAL=2;COUNT=4",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=3MO",
        "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
        "FREQ=YEARLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYDAY=53TH",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26,31",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=1SU,-1SU;COUNT=9",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTH=1,7;BYDAY=2WE",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=7",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY;BYMONTH=8",
        "FREQ=DAILY;INTERVAL=10",
        "FREQ=DAILY;BYMONTH=12;BYDAY=SA",
    ],
)
@pytest.mark.parametrize("start", [date(2026, 1, 31), date(2024, 2, 29), date(2026, 10, 5)])
def test_the_days_are_those_another_library_finds(rule: str, start: date) -> None:
    """The team's calendar program shows the same days; a different answer would be ours to mend."""
    assert ours(rule, start) == theirs(rule, start)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that happen again and again: the other library never returns from one that does not."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    interval = draw(st.integers(1, 4))
    parts = [f"FREQ={frequency}", f"INTERVAL={interval}"]

    def some(name: str, values: st.SearchStrategy[Any]) -> bool:
        chosen = draw(st.lists(values, max_size=3, unique=True))
        if chosen:
            parts.append(f"{name}={','.join(map(str, chosen))}")
        return bool(chosen)

    long = frequency in ("YEARLY", "MONTHLY")
    if frequency != "MONTHLY" or interval == 1:
        some("BYMONTH", st.integers(1, 12))
    nth = draw(st.sampled_from(["", "1", "2", "-1"])) if long else ""
    by_date = long and not nth and some("BYMONTHDAY", st.sampled_from([1, 5, 28, -1, -28]))
    by_day = some("BYDAY", st.sampled_from([nth + day for day in DAYS]))
    if long and by_day and not by_date:  # of a first week, the other library counts only the rest
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, -1]))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 6))}")
    parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


@settings(deadline=None)
@given(rules(), st.dates(date(2020, 1, 1), date(2029, 12, 31)))
def test_any_rule_means_the_same_to_both(rule: str, start: date) -> None:
    """Between the examples there are combinations that nobody thought of."""
    last = date(2032, 12, 31)
    assert ours(rule, start, last) == theirs(rule, start, last)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("FREQ=SECONDLY", "SECONDLY"),
        ("FREQ=HOURLY;INTERVAL=24", "HOURLY"),
        ("COUNT=3", "FREQ"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=99MO", "BYDAY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
    ],
)
def test_what_is_not_understood_is_refused_and_never_guessed(rule: str, named: str) -> None:
    """Half a rule is another rule, and closes the shop on other days."""
    with pytest.raises(ValueError, match=named):
        ours(rule, date(2026, 1, 1))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=DAILY",
    ],
)
def test_a_rule_with_no_day_ends_and_each_look_is_paid(rule: str) -> None:
    """A rule that never happens must not be searched for until the end of time."""
    spent: list[int] = []
    parts: dict[str, Any] = dict(vRecur.from_ical(rule))
    found = list(days_of(repeat_of(parts), date(2026, 1, 1), LAST, spent.append))
    assert len(found) <= sum(spent) <= 15 * 366 * 2
