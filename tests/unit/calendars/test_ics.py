"""Calendar files of others close days and hours, within bounds, and say where they are wrong."""

from __future__ import annotations

import random
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.unit.calendars.hours import HONG_KONG, utc
from worker.calendars.ics import Agenda, read_ics
from worker.calendars.ics_events import IcsError

ZONE = ZoneInfo(HONG_KONG)


def calendar_of(*events: str, end: str = "\r\n") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().splitlines(), "END:VEVENT"]
    return end.join([*map(str.strip, [*lines, "END:VCALENDAR"]), ""])


def read(*events: str) -> Agenda:
    return read_ics(calendar_of(*events), ZONE)


def hours(agenda: Agenda) -> list[tuple[str, str]]:
    return [
        (f"{one.start.astimezone(ZONE):%Y-%m-%d %H:%M}", f"{one.end.astimezone(ZONE):%d %H:%M}")
        for one in agenda.closures
    ]


def test_an_all_day_event_closes_its_days_and_its_end_is_outside() -> None:
    """The day after the holiday is a working day."""
    agenda = read(
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\\, closed",
        "DTSTART:20270101\nDTEND:20270101\nSUMMARY:New\\nYear",
        "DTSTART;VALUE=DATE:20270105\nDURATION:P2D",
    )
    assert agenda.days == {
        date(2026, 12, 24): "Christmas, closed",
        date(2026, 12, 25): "Christmas, closed",
        date(2026, 12, 26): "Christmas, closed",
        date(2027, 1, 1): "New Year",
        date(2027, 1, 5): "closed",
        date(2027, 1, 6): "closed",
    }
    assert agenda.closures == ()


def test_a_timed_event_closes_its_hours_in_its_own_zone() -> None:
    """A meeting at nine in London is at four in Hong Kong, and at five in winter."""
    agenda = read(
        "DTSTART;TZID=Europe/London:20261023T090000\nDTEND;TZID=Europe/London:20261023T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=2",
        "DTSTART:20261001T010000Z\nDURATION:PT90M",
        "DTSTART:20261002T090000\nDTEND:20261002T093000",
        "DTSTART;TZID=China Standard Time:20261003T090000\nDURATION:PT1H",
        "DTSTART;TZID=/softwarestudio.org/Olson/Asia/Bangkok:20261004T090000\nDURATION:PT1H",
        "DTSTART:20261005T090000Z",
    )
    assert hours(agenda) == [
        ("2026-10-01 09:00", "01 10:30"),
        ("2026-10-02 09:00", "02 09:30"),
        ("2026-10-03 09:00", "03 10:00"),
        ("2026-10-04 10:00", "04 11:00"),
        ("2026-10-23 16:00", "23 17:00"),
        ("2026-10-30 17:00", "30 18:00"),
    ]
    assert agenda.closures[0].start == utc("2026-10-01T01:00")


def test_repeats_exceptions_additions_and_moved_dates_are_as_the_program_shows_them() -> None:
    """The team moved this year's outing in their calendar; the old day is open again."""
    agenda = read(
        "UID:outing\nDTSTART;VALUE=DATE:20260105\nSUMMARY:outing\nRRULE:FREQ=MONTHLY;UNTIL=20260801\n"
        "EXDATE;VALUE=DATE:20260205,20260305\nRDATE;VALUE=DATE:20260320",
        "UID:outing\nRECURRENCE-ID;VALUE=DATE:20260405\nDTSTART;VALUE=DATE:20260410\nSUMMARY:moved",
        "UID:other\nDTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED",
        "UID:meeting\nDTSTART;TZID=Asia/Hong_Kong:20260601T100000\nDURATION:PT1H\n"
        "RRULE:FREQ=DAILY;UNTIL=20260604T020000Z\nEXDATE:20260602T020000Z",
    )
    assert sorted(agenda.days) == [
        date(2026, 1, 5),
        date(2026, 3, 20),
        date(2026, 4, 10),
        date(2026, 5, 5),
        date(2026, 6, 5),
        date(2026, 7, 5),
    ]
    assert agenda.days[date(2026, 4, 10)] == "moved"
    days = [start[:10] for start, _ in hours(agenda)]
    assert days == ["2026-06-01", "2026-06-03", "2026-06-04"]


def test_other_components_folded_lines_and_any_line_end_are_read() -> None:
    """Every program writes the format a little differently."""
    event = "DTSTART;VALUE=DATE:2026\n 1224\nSUMMARY;LANGUAGE=en:Christ\n\tmas\nBEGIN:VALARM\n"
    event += 'TRIGGER:-PT15M\nDTSTART:nonsense\nEND:VALARM\nX-OTHER;A="b:c":d\nCLASS:PUBLIC'
    text = calendar_of().replace("END:VCAL", "BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCAL")
    assert read_ics(text, ZONE) == Agenda({}, ())
    for end in ("\r\n", "\n", "\r"):
        lines = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR"
        text = "\ufeff" + lines.replace("\n", end)
        assert read_ics(text, ZONE).days == {date(2026, 12, 24): "Christmas"}


@pytest.mark.parametrize("until", ["99991231", "99991231T235959Z", "21010101T000000"])
def test_an_event_that_repeats_for_ever_does_so_as_long_as_days_are_known(until: str) -> None:
    """Some programs write "for ever" as a date: their calendars would be refused whole."""
    read = read_ics(
        calendar_of(f"DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;UNTIL={until}"), ZONE
    )
    assert len(read.days) == 2100 - 2026 + 1


@pytest.mark.parametrize(
    ("event", "line", "said"),
    [
        ("SUMMARY:x", 4, "this event has no DTSTART"),
        ("DTSTART:tomorrow", 5, "'tomorrow' is no date or time"),
        ("DTSTART:20260230", 5, "'20260230' is no date or time"),
        ("DTSTART:P1D", 5, "'P1D' is no date or time"),
        ("DTSTART:20260101,20260102", 5, "expected one value here, found several"),
        ("DTSTART:16010101T000000", 5, "an event must begin between 1900 and 2100"),
        ("DTSTART;TZID=Mars/Olympus:20260101T000000", 5, "unknown time zone 'Mars/Olympus'"),
        ('DTSTART;X="y:20260101', 5, "this DTSTART cannot be read"),
        ("DTSTART:20260102\nDTEND:20260101", 6, "this event ends before it begins"),
        ("DTSTART:20260102\nDTEND:20300101", 6, "this event lasts over a year"),
        ("DTSTART:20260102\nDURATION:soon", 6, "'soon' is no length"),
        ("DTSTART:20260102\nDURATION:-P1D", 6, "this event ends before it begins"),
        ("DTSTART:20260102\nEXDATE:P1D", 6, "'P1D' is no date or time"),
        ("DTSTART:20260102\nRDATE;VALUE=PERIOD:20260101T000000/PT1H", 6, "is no date or time"),
        ("DTSTART:20260102\nRRULE:FREQ=SECONDLY", 6, "this RRULE cannot be read: FREQ=SECONDLY"),
        ("DTSTART:20260102\nRRULE:FREQ=NEVER", 6, "this RRULE cannot be read: Expected freq"),
        ("DTSTART:20260102\nRRULE:FREQ=DAILY;COUNT=x", 6, "this RRULE cannot be read"),
        ("DTSTART:20260102\nRRULE:FREQ=DAILY;UNTIL=P1D", 6, "UNTIL of this RRULE is no date"),
        ("DTSTART:20260102\nRRULE:FREQ=DAILY;UNTIL=120000", 6, "UNTIL of this RRULE is no date"),
        (
            "DTSTART:20260102\nRRULE:FREQ=DAILY;UNTIL=20260101T000000Z/PT1H",
            6,
            "UNTIL of this RRULE is no date",
        ),
        ("DTSTART:20260102T090000\nDTEND:00010101", 6, "this event ends before it begins"),
        ("DTSTART:20260102\nEXDATE:" + "20260101," * 200, 6, "this EXDATE is too long"),
        ("DTSTART:20260102\nEND:VALARM", 6, "'END:VALARM' closes what was not opened"),
        ("DTSTART:20260102\n???", 6, "this is no line of an iCalendar file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(event: str, line: int, said: str) -> None:
    """The file came out of another program; only the place tells which of its events it is."""
    with pytest.raises(IcsError) as caught:
        read(event)
    assert said in str(caught.value)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", 1),
        ("<html>\n", 1),
        ("BEGIN:VEVENT\nEND:VEVENT", 1),
        ("BEGIN:VCALENDAR\nVERSION:2.0", 2),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", 3),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR", 3),
    ],
)
def test_a_file_that_is_no_calendar_is_told_with_its_line(text: str, line: int) -> None:
    """A page that asks for a login was saved instead of the calendar: that happens."""
    with pytest.raises(IcsError) as caught:
        read_ics(text, ZONE)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        calendar_of(*["DTSTART:19000101\nRRULE:FREQ=DAILY"] * 900),
        calendar_of(*["DTSTART:19000101\nRRULE:FREQ=YEARLY;BYDAY=MO"] * 900),
        calendar_of(*["DTSTART:19000101\nDTEND:19010101\nRRULE:FREQ=YEARLY"] * 900),
        calendar_of(*["DTSTART:20260101T000000\nRRULE:FREQ=WEEKLY"] * 900),
        calendar_of(*["DTSTART:20260101"] * 1001),
        calendar_of(
            *["UID:a\n" + "RECURRENCE-ID:20260101,20260102\n" * 20 + "DTSTART:20260101"] * 450,
            *["UID:a\nDTSTART:20260101T090000"] * 500,
        ),
        "BEGIN:VCALENDAR\n" * 30_000,
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 30_000,
        "BEGIN:VCALENDAR\n" + " x\n" * 200_000,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART" + ";A=B" * 200_000 + ":20260101\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=YEARLY;BYDAY="
        + "MO," * 200_000,
    ],
)
def test_a_hostile_file_is_refused_before_it_costs_anything(text: str) -> None:
    """A file of a megabyte that asks for years of work must not keep the worker from starting."""
    with pytest.raises(IcsError) as caught:
        read_ics(text, ZONE)
    assert caught.value.line


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    """Any other exception would end the worker at its start."""
    chance = random.Random(6)
    whole = calendar_of(
        "UID:a\nDTSTART;TZID=Asia/Tokyo:20260105T100000\nDURATION:PT1H\nSUMMARY:a\\, b\n"
        "RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=5\nEXDATE:20260205T010000Z",
        "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260103\nRRULE:FREQ=YEARLY;UNTIL=20300101",
    )
    refused = 0
    for _ in range(3000):
        letters = list(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(letters))
            letters[place] = chance.choice(["", ":", ";", ",", "-", "0", "9", "T", "\n", "\x00"])
        try:
            read_ics("".join(letters), ZONE)
        except IcsError:
            refused += 1
    assert 0 < refused < 3000
