"""Opening hours are exact: over clock changes, midnight, holidays and year ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calendars.hours import HONG_KONG, OFFICE, opening, shows_open, utc
from worker.calendars import Calendar, Closure, Span, by_day

MINUTE = timedelta(minutes=1)
ALWAYS = {"mon-sun": ["00:00-24:00"]}


def test_the_lunch_break_is_closed_and_the_closing_minute_is_outside() -> None:
    """A customer at 13:00 sharp is told when somebody is there again."""
    office = opening(OFFICE)
    asked = ["09:29:59", "09:30", "12:59:59", "13:00", "14:00", "18:29:59.999999", "18:30"]
    said = [office.open_at(utc(f"2026-10-05T{time}+08:00")) for time in asked]
    assert said == [False, True, True, False, True, True, False]


def test_next_opening_and_closing_are_those_a_person_would_name() -> None:
    """These times are promised to customers."""
    office = opening(OFFICE, closed=[date(2026, 10, 1)])

    def told(at: str) -> tuple[str, str]:
        opens, closes = office.next_open(utc(at)), office.next_close(utc(at))
        assert opens
        assert closes
        here = [one.astimezone(office.zone).strftime("%d %H:%M") for one in (opens, closes)]
        return here[0], here[1]

    assert told("2026-10-05T10:00+08:00") == ("05 14:00", "05 13:00")
    assert told("2026-10-05T13:30+08:00") == ("05 14:00", "05 18:30")
    assert told("2026-10-05T20:00+08:00") == ("06 09:30", "06 13:00")
    assert told("2026-10-10T13:00+08:00") == ("12 09:30", "12 13:00")
    assert told("2026-09-30T18:30+08:00") == ("02 09:30", "02 13:00")
    assert told("2026-10-05T09:30+08:00") == ("05 14:00", "05 13:00")


def test_the_answers_are_in_utc_and_the_question_may_be_in_any_zone() -> None:
    """Times of one zone are compared by the wall's clock, which is wrong in a repeated hour."""
    office = opening(OFFICE)
    at = datetime(2026, 10, 5, 11, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    answers = [office.next_open(at), office.next_close(at), office.add_open(at, MINUTE)]
    answers += [office.subtract_open(at, MINUTE), office.add_open(at, 0 * MINUTE)]
    assert office.open_at(at)
    assert [one.tzinfo for one in answers if one] == [UTC] * 5


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """A bar that is open on Friday night is open at one o'clock on Saturday, holiday or not."""
    bar = opening({"fri": ["22:00-02:00"]}, closed=[date(2026, 10, 3), date(2026, 10, 9)])
    assert bar.open_at(utc("2026-10-03T01:59+08:00")), "the night before the holiday goes on"
    assert not bar.open_at(utc("2026-10-03T02:00+08:00"))
    assert not bar.open_at(utc("2026-10-09T23:00+08:00")), "the holiday's own night does not begin"
    assert not bar.open_at(utc("2026-10-10T01:00+08:00")), "nor does its end"


def test_special_hours_stand_for_the_weekday_and_the_holiday() -> None:
    """Christmas Eve until noon is said once, whatever day of the week it falls on."""
    special = {date(2026, 12, 24): (Span(570, 720),), date(2026, 12, 28): ()}
    office = opening(OFFICE, closed=[date(2026, 12, 24), date(2026, 12, 25)], special=special)
    assert office.open_at(utc("2026-12-24T11:59+08:00"))
    assert not office.open_at(utc("2026-12-24T15:00+08:00"))
    assert office.reason(utc("2026-12-24T15:00+08:00")) == "outside hours"
    assert office.next_open(utc("2026-12-26T13:00+08:00")) == utc("2026-12-29T09:30+08:00")


def test_a_closure_takes_hours_out_of_a_day() -> None:
    """A team meeting from a shared calendar closes an hour, not the day."""
    meeting = Closure(utc("2026-10-05T10:00+08:00"), utc("2026-10-05T11:15+08:00"), "all hands")
    office = opening(OFFICE, closures=by_day([meeting]))
    assert office.reason(utc("2026-10-05T11:00+08:00")) == "all hands"
    assert office.next_open(utc("2026-10-05T10:00+08:00")) == meeting.end
    assert office.next_close(utc("2026-10-05T09:45+08:00")) == meeting.start
    assert office.add_open(utc("2026-10-05T09:30+08:00"), 31 * MINUTE) == meeting.end + MINUTE


def test_reasons_tell_a_holiday_a_weekend_and_the_hours_apart() -> None:
    """Customers are told why nobody is there; "weekend" on a holiday would be odd."""
    office = opening(OFFICE, closed=[date(2026, 10, 1), date(2026, 10, 4)])
    assert office.reason(utc("2026-10-05T10:00+08:00")) == ""
    assert office.reason(utc("2026-10-05T13:30+08:00")) == "outside hours"
    assert office.reason(utc("2026-10-11T13:30+08:00")) == "weekend"
    assert office.reason(utc("2026-10-01T03:00+08:00")) == "holiday 2026-10-01"
    assert office.reason(utc("2026-10-04T03:00+08:00")) == "holiday 2026-10-04"
    assert office.holiday(utc("2026-10-01T03:00+08:00")) == "holiday 2026-10-01"
    assert office.holiday(utc("2026-10-02T03:00+08:00")) == ""


@pytest.mark.parametrize("weekly", [{}, ALWAYS])
def test_a_calendar_that_never_changes_has_no_next_change(weekly: dict[str, list[str]]) -> None:
    """A search without an end would hang the worker on somebody's empty calendar."""
    never = opening(weekly)
    at = utc("2026-10-05T10:00")
    assert never.next_open(at) is None
    assert never.next_close(at) is None
    if not weekly:
        assert never.add_open(at, MINUTE) is None
        assert never.subtract_open(at, MINUTE) is None
        assert never.reason(at) == "weekend"


def test_a_calendar_that_opens_once_is_found_within_its_bound_only() -> None:
    """The bound is a year and a month, told to authors; one day off would be a surprise."""
    once = opening({}, special={date(2027, 10, 1): (Span(600, 660),)})
    opens = utc("2027-10-01T10:00+08:00")
    assert once.next_open(utc("2026-10-05T10:00")) == opens
    assert once.next_close(utc("2026-10-05T10:00")) == opens + 60 * MINUTE
    assert once.next_open(opens) is None
    assert once.next_open(utc("2026-08-20T10:00")) is None
    assert once.next_close(opens + 60 * MINUTE) is None


def test_the_ends_of_time_are_never_open() -> None:
    """A broken clock or date on the platform must not end the worker with an overflow."""
    always = opening(ALWAYS, "Pacific/Kiritimati")
    late, early = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    assert always.add_open(late, MINUTE) is None
    assert always.subtract_open(early, MINUTE) is None
    assert always.next_open(late) is None
    assert always.next_close(early) is None
    assert not always.open_at(late)
    assert not always.open_at(early)


# Where clocks change: an hour skipped or repeated, at midnight, by half an hour, a whole day.
CHANGES = [
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Europe/London", "2026-03-29T01:00"),
    ("Europe/London", "2026-10-25T01:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("America/Sao_Paulo", "2018-02-18T02:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("America/Havana", "2026-11-01T05:00"),
    ("Asia/Beirut", "2026-03-28T22:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Asia/Ho_Chi_Minh", "2026-12-31T17:00"),
]


def test_a_skipped_hour_is_nobodys_and_a_repeated_one_counts_twice() -> None:
    """Waiting is counted in time that passes, not in what the clock says."""
    night = opening({"mon-sun": ["01:00-04:00"]}, "Europe/London")
    spring, autumn = utc("2026-03-29T00:00"), utc("2026-10-25T00:00")
    assert night.next_close(spring) == spring + 3 * 60 * MINUTE
    assert night.next_open(spring) == spring + 60 * MINUTE, "when the clock jumps from 1 to 2"
    assert night.next_open(autumn - 90 * MINUTE) == autumn
    assert night.next_close(autumn) == autumn + 4 * 60 * MINUTE
    edge = opening({"mon-sun": ["01:15-01:45"]}, "Europe/London")
    assert edge.add_open(autumn, 60 * MINUTE) == autumn + 105 * MINUTE, "both half hours"
    assert edge.next_open(spring) == utc("2026-03-30T00:15"), "not at all that day"


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_every_minute_around_a_clock_change_is_as_the_wall_shows(zone: str, change: str) -> None:
    """The two days a year on which every hand-made calendar is wrong."""
    weekly = {
        "mon-sat": ["00:10-00:50", "01:15-01:45", "02:00-03:10", "23:30-00:05"],
        "sun": ["00:00-01:30", "01:45-02:30", "22:00-02:00"],
    }
    calendar = opening(weekly, zone)
    begin = utc(change) - timedelta(hours=30)
    minutes = [begin + number * MINUTE for number in range(60 * 60)]
    said = [calendar.open_at(at) for at in minutes]
    assert said == [shows_open(calendar, at) for at in minutes]
    assert True in said
    assert False in said


SPANS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda two: Span(two[0], sum(two))),
    max_size=2,
).map(tuple)
ZONES = st.sampled_from([HONG_KONG, *(zone for zone, _ in CHANGES)])
TIMES = st.one_of(
    st.sampled_from([utc(change) for _, change in CHANGES]),
    st.just(utc("2026-12-31T23:00")),
)
AROUND = st.builds(
    lambda at, seconds: at + timedelta(seconds=seconds), TIMES, st.integers(-200_000, 200_000)
)
DAYS_AROUND = st.builds(
    lambda at, days: (at + timedelta(days=days)).date(), TIMES, st.integers(-3, 3)
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weekly = tuple(draw(SPANS) for _ in range(7))
    closed = draw(st.lists(DAYS_AROUND, max_size=3))
    special = draw(st.dictionaries(DAYS_AROUND, SPANS, max_size=2))
    starts = draw(st.lists(st.tuples(AROUND, st.integers(60, 90_000)), max_size=2))
    closures = [Closure(at, at + timedelta(seconds=length)) for at, length in starts]
    made = opening({}, draw(ZONES), closed=closed, special=special, closures=by_day(closures))
    return Calendar(
        name=made.name,
        zone=made.zone,
        weekly=weekly,
        holidays=made.holidays,
        special=special,
        closures=made.closures,
    )


@given(calendars(), AROUND)
def test_the_next_opening_is_open_and_nothing_before_it_opens(
    calendar: Calendar, at: datetime
) -> None:
    """A promise of "again at …" must be true, and the first time at which it is."""
    opens, closes = calendar.next_open(at), calendar.next_close(at)
    second = timedelta(seconds=1)
    if opens is not None:
        assert opens > at
        assert calendar.open_at(opens)
        assert not calendar.open_at(opens - second)
    if closes is not None:
        assert closes > at
        assert not calendar.open_at(closes)
        assert calendar.open_at(closes - second)
    minutes = [at + number * MINUTE for number in range(300)]
    changed = [
        (later, shows_open(calendar, later))
        for one, later in pairwise(minutes)
        if shows_open(calendar, one) != shows_open(calendar, later)
    ]
    for later, opened in changed[:1]:
        change = opens if opened else closes
        assert change is not None
        assert later - MINUTE < change <= later


@settings(max_examples=60)
@given(calendars(), AROUND, st.integers(0, 900))
def test_opening_time_is_what_a_look_every_minute_counts(
    calendar: Calendar, at: datetime, minutes: int
) -> None:
    """An escalation after 15 opening minutes comes after 15, also over a clock change."""
    at = at.replace(second=0, microsecond=0)
    due = calendar.add_open(at, minutes * MINUTE)
    looks = [at + number * MINUTE for number in range(3 * 24 * 60)]
    counted = 0
    expected = at if minutes == 0 else None
    whole = all(
        (one.start - at) % MINUTE == timedelta(0) == (one.end - at) % MINUTE
        for some in calendar.closures.values()
        for one in some
    )
    for look in looks if whole else ():
        if expected is not None:
            break
        counted += shows_open(calendar, look)
        if counted == minutes:
            expected = look + MINUTE
    if expected is not None:
        assert due == expected


@given(calendars(), AROUND, AROUND, st.integers(0, 400_000))
def test_adding_and_subtracting_are_two_sides_of_one_question(
    calendar: Calendar, one: datetime, other: datetime, seconds: int
) -> None:
    """Due timers are found by the cut-off time; a conversation must cross it when it is due."""
    length = timedelta(seconds=seconds)
    due, cut_off = calendar.add_open(one, length), calendar.subtract_open(other, length)
    assert (due is not None and due <= other) == (cut_off is not None and one <= cut_off)
