"""Short ways to make calendars in tests, and a slow one to ask them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.calendars import DAYS, Calendar, Span, span_of, weekdays_of

HONG_KONG = "Asia/Hong_Kong"
OFFICE = {"mon-fri": ["09:30-13:00", "14:00-18:30"], "sat": ["10:00-13:00"]}


class Named:
    """Holidays as they are given."""

    def __init__(self, days: Mapping[date, str]) -> None:
        self.days = days

    def name(self, day: date, language: str = "") -> str:
        """As given."""
        return self.days.get(day, "")


def opening(
    weekly: Mapping[str, list[str]], zone: str = HONG_KONG, *, closed: Any = (), **more: Any
) -> Calendar:
    """A calendar; `closed` are holidays."""
    hours: list[list[Span]] = [[] for _ in DAYS]
    for days, spans in weekly.items():
        for weekday in weekdays_of(days):
            hours[weekday] += map(span_of, spans)
    return Calendar(
        name="support",
        zone=ZoneInfo(zone),
        weekly=tuple(tuple(sorted(spans)) for spans in hours),
        holidays=Named({day: f"holiday {day}" for day in closed}),
        **more,
    )


def utc(text: str) -> datetime:
    """The instant; in UTC unless the text says otherwise."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def shows_open(calendar: Calendar, at: datetime) -> bool:
    """What the definition says, asked the long way: look at the wall's clock."""
    here = at.astimezone(calendar.zone)
    minute = here.hour * 60 + here.minute
    today, yesterday = here.date(), here.date() - timedelta(days=1)
    closed = any(one.start <= at < one.end for some in calendar.closures.values() for one in some)
    return not closed and (
        any(span.start <= minute < span.end for span in calendar.hours(today))
        or any(minute + 1440 < span.end for span in calendar.hours(yesterday))
    )
