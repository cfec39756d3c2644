"""Opening hours as customers meet them: over nights, holidays, year ends and clock changes."""

from __future__ import annotations

from pathlib import Path

from tests.unit.calendars.hours import utc
from tests.virtual_worker import Place, play

RULES = """
calendars:
  support:
    timezone: ZONE
    open: { mon-fri: ["09:30-18:30"], sat: ["10:00-13:00"] }
    holidays: HOLIDAYS
defaults: { settle: 0s }
rules:
  - id: closed
    when: message.received
    if:
      - calendar: { closed: support }
    do:
      - reply:
          text:
            en: >-
              Closed ({{ calendars.support.reason }}),
              back {{ calendars.support.next_open | when }}.
            th: "ปิด {{ calendars.support.next_open | when }} {{ calendars.support.holiday }}"
    cooldown: { for: until_open, per: contact }
  - id: open
    when: message.received
    if:
      - calendar: { open: support }
    do:
      - reply: "Here until {{ calendars.support.next_close | time }}."
"""

SLOWLY = {"poll_messages": "1m", "poll_notifications": "10m"}
"""Days pass here; looking every other second would take the test's time for nothing."""

HOUR = 3600.0


def rules(zone: str = "Asia/Hong_Kong", holidays: str = "HK") -> str:
    return RULES.replace("ZONE", zone).replace("HOLIDAYS", holidays)


async def says(place: Place, conversation: str, text: str = "anybody there?") -> list[str]:
    """What the customer got for it."""
    before = len(place.texts(conversation))
    place.stage.customer_says(conversation, text)
    await place.passes(150)
    return place.texts(conversation)[before:]


async def until(place: Place, time: str) -> None:
    """It is that time."""
    await place.passes((utc(time) - place.clock.now()).total_seconds())


def test_a_night_is_one_answer_and_the_next_night_another(tmp_path: Path) -> None:
    """Who writes ten times at night is told once, whatever restarts; the next night is new."""

    async def scenario(place: Place) -> None:
        customer = place.conversation()
        async with place.worker(**SLOWLY):
            assert await says(place, customer) == ["Closed (outside hours), back tomorrow 09:30."]
            assert await says(place, customer) == []
        await until(place, "2026-10-06T09:20+08:00")
        async with place.worker(**SLOWLY):
            assert await says(place, customer) == []
            await until(place, "2026-10-06T09:31+08:00")
            assert await says(place, customer) == ["Here until 18:30."]
        await until(place, "2026-10-06T20:00+08:00")
        async with place.worker(**SLOWLY):
            assert await says(place, customer) == ["Closed (outside hours), back tomorrow 09:30."]

    play(rules(), scenario, tmp_path, start=utc("2026-10-05T20:00+08:00"))


def test_a_holiday_over_the_year_end_is_named_in_the_customers_language(tmp_path: Path) -> None:
    """New Year's Day is the first day of a year whose list of holidays was not yet needed."""

    async def scenario(place: Place) -> None:
        async with place.worker(**SLOWLY):
            english = place.conversation(language="en")
            thai = place.conversation(language="th")
            assert await says(place, english) == ["Closed (outside hours), back Saturday 10:00."]
            await place.passes(5 * HOUR)
            assert await says(place, thai, "สวัสดีค่ะ") == ["ปิด พรุ่งนี้ 10:00 วันขึ้นปีใหม่"]
            assert await says(place, english) == [], "it has not opened in between"

    play(rules(), scenario, tmp_path, start=utc("2026-12-31T20:00+08:00"))


def test_a_morning_on_which_the_clocks_change_begins_on_time(tmp_path: Path) -> None:
    """On the last Sunday of March half past nine comes an hour earlier, and a calendar knows."""

    async def scenario(place: Place) -> None:
        async with place.worker(**SLOWLY):
            early, late = place.conversation(), place.conversation()
            assert await says(place, early) == ["Closed (outside hours), back today 09:30."]
            await until(place, "2026-03-29T08:20Z")
            assert await says(place, late) == ["Closed (outside hours), back today 09:30."]
            await until(place, "2026-03-29T08:31Z")
            assert await says(place, early) == ["Here until 12:00."]
            assert await says(place, late) == ["Here until 12:00."]

    london = rules("Europe/London", "GB-ENG").replace("sat: [", 'sun: ["09:30-12:00"], sat: [')
    play(london, scenario, tmp_path, start=utc("2026-03-29T00:30"))


def test_hours_that_change_while_the_worker_runs_hold_from_then_on(tmp_path: Path) -> None:
    """The day off that was forgotten is added in the morning, in a calendar file."""
    file = tmp_path / "team.ics"
    day = b"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261006\r\nSUMMARY:Outing\r\nEND:VEVENT\r\n"
    file.write_bytes(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    async def scenario(place: Place) -> None:
        async with place.worker(**SLOWLY, watch=True):
            customer = place.conversation()
            assert await says(place, customer) == ["Here until 18:30."]
            file.write_bytes(b"BEGIN:VCALENDAR\r\n" + day + b"END:VCALENDAR\r\n")
            await place.passes(10)
            assert await says(place, customer) == ["Closed (Outing), back tomorrow 09:30."]

    play(
        rules(holidays="{ ics: team.ics }"),
        scenario,
        tmp_path,
        start=utc("2026-10-06T09:40+08:00"),
    )
