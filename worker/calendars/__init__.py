"""Opening hours: when a team is there, when it will be, and how much of its time has passed."""

from __future__ import annotations

from worker.calendars.calendar import LOOK_AHEAD, Calendar, Closure, Holidays, NoHolidays, by_day
from worker.calendars.spans import DAYS, Span, minutes_of, span_of, weekdays_of

__all__ = [
    "DAYS",
    "LOOK_AHEAD",
    "Calendar",
    "Closure",
    "Holidays",
    "NoHolidays",
    "Span",
    "by_day",
    "minutes_of",
    "span_of",
    "weekdays_of",
]
