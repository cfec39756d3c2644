"""Spans of opening hours, as minutes on the clock on the wall."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DAYS_MEANT = {
    **dict.fromkeys(("weekend", "weekends"), ("sat", "sun")),
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays"), DAYS[:5]),
}
"""Words for several days, which rules name one by one."""

DAY_MINUTES = 24 * 60

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from one minute of a day until another, which itself is outside.

    Both count from the midnight at which the span's day begins; `end` is beyond 1440 where the span
    lasts past the next midnight.
    """

    start: int
    end: int

    def __str__(self) -> str:
        end = self.end if self.end <= DAY_MINUTES else self.end - DAY_MINUTES
        return f"{_clock(self.start)}-{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes_of(text: str) -> int:
    """Minutes since midnight; `24:00` is the end of the day.

    Raises:
        ValueError: it is no time of day.
    """
    read = _CLOCK.fullmatch(text)
    if read and int(read[2]) < 60:  # noqa: PLR2004 - minutes of an hour
        minutes = int(read[1]) * 60 + int(read[2])
        if minutes <= DAY_MINUTES:
            return minutes
    raise ValueError(f"'{text}' is no time of day")


def span_of(text: str) -> Span:
    """The span of `09:30-13:00`; one that ends before it begins lasts past midnight.

    Raises:
        ValueError: it is no span, or an empty one.
    """
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f"'{text}' is no span of hours")
    start, end = minutes_of(first.strip()), minutes_of(last.strip())
    if start == DAY_MINUTES:
        raise ValueError(f"'{text}' begins where the day ends")
    if start == end:
        raise ValueError(f"'{text}' begins where it ends")
    return Span(start, end if end > start else end + DAY_MINUTES)


def weekdays_of(text: str) -> tuple[int, ...]:
    """Days of the week, Monday as 0, of `sat` or `mon-fri`; `fri-mon` goes over the week's end.

    Raises:
        ValueError: it names no day or range of days.
    """
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"'{text}' is no day or range of days")
    start = DAYS.index(first)
    length = (DAYS.index(last or first) - start) % 7 + 1
    return tuple((start + offset) % 7 for offset in range(length))
