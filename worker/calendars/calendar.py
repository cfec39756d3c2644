"""Opening hours as a function of time: pure, exact over clock changes, holidays and year ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from worker.calendars.spans import Span
from worker.calendars.wall import Interval, intervals

LOOK_AHEAD = timedelta(days=400)
"""A calendar that is closed for longer than a year and a month is one that never opens."""

WEEKEND = "weekend"
OUTSIDE_HOURS = "outside hours"

_DAY = timedelta(days=1)
_KEPT = 5000  # days remembered: thirteen years
_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)  # never open outside: no sum can overflow


class Holidays(Protocol):
    """Days that are closed as a whole."""

    def name(self, day: date, language: str = "") -> str:
        """What the day is called, in `language` (BCP 47) if known; "" on any other day."""
        ...


class NoHolidays:
    """Every day is like another."""

    def name(self, day: date, language: str = "") -> str:  # noqa: ARG002 - none has a name
        """Nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed from one instant until another, whatever the hours say."""

    start: datetime
    end: datetime
    name: str = ""


def by_day(closures: Iterable[Closure]) -> Mapping[date, tuple[Closure, ...]]:
    """The closures by every day of UTC that they touch."""
    days: defaultdict[date, list[Closure]] = defaultdict(list)
    for closure in closures:
        day = closure.start.astimezone(UTC).date()
        while datetime(day.year, day.month, day.day, tzinfo=UTC) < closure.end:
            days[day].append(closure)
            day += _DAY
    return {day: tuple(some) for day, some in days.items()}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calendar:
    """Opening hours in one time zone.

    It is open whenever the clock on the wall there shows a time inside a span. So an hour that is
    skipped in spring is nobody's hour, and one that comes twice in autumn counts twice. A span
    belongs to the day on which it begins: the night before a holiday lasts into it, and the
    holiday's own night does not take place.

    All questions take aware times of any zone; all answers are in UTC, where times can be compared
    and subtracted without the surprises of a zone's repeated hour.

    Args:
        weekly: seven days' spans, Monday first.
        special: days with other hours than their weekday; they hold on holidays too.
        closures: by the days of UTC that they touch (`by_day`); they hold on special days too.
    """

    name: str
    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    holidays: Holidays = field(default_factory=NoHolidays)
    closures: Mapping[date, tuple[Closure, ...]] = field(default_factory=dict)

    _known: dict[date, tuple[Interval, ...]] = field(default_factory=dict, init=False, repr=False)

    def open_at(self, at: datetime) -> bool:
        """It is open at this instant; the one at which it closes is outside."""
        at = at.astimezone(UTC)
        return any(start <= at < end for start, end in self._on(at.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which it opens; None: not within `LOOK_AHEAD`.

        While it is open, this is the opening after its next closing.
        """
        at = at.astimezone(UTC)
        until = None
        for start, end in self._after(at):
            if start > at + LOOK_AHEAD:
                return None
            if start > at and start != until:
                return start
            until = end
        return None

    def next_close(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which it closes; None: not within `LOOK_AHEAD`.

        While it is closed, this is the closing after its next opening.
        """
        at = at.astimezone(UTC)
        until = None
        for start, end in self._after(at):
            if start > at + LOOK_AHEAD:
                break
            if until is not None and start != until:
                return until
            until = end
        return until if until is not None and until <= at + LOOK_AHEAD else None

    def add_open(self, at: datetime, length: timedelta) -> datetime | None:
        """The first instant at which so much opening time has passed since `at`; None: never.

        It is the other side of `subtract_open`: `add_open(a, length) <= b` exactly where
        `a <= subtract_open(b, length)`.
        """
        at = at.astimezone(UTC)
        if length <= timedelta(0):
            return at
        for start, end in self._after(at):
            begun = max(start, at)
            if end - begun >= length:
                return begun + length
            length -= end - begun
        return None

    def subtract_open(self, at: datetime, length: timedelta) -> datetime | None:
        """The last instant since which so much opening time has passed until `at`; None: never."""
        at = at.astimezone(UTC)
        if length <= timedelta(0):
            return at
        for start, end in self._before(at):
            ended = min(end, at)
            if ended - start >= length:
                return ended - length
            length -= ended - start
        return None

    def reason(self, at: datetime) -> str:
        """Why it is closed: a holiday's or closure's name, `weekend`, `outside hours`; "" if open.

        `weekend` is a day of the week without any hours.
        """
        if self.open_at(at):
            return ""
        at = at.astimezone(UTC)
        for closure in self.closures.get(at.date(), ()):
            if closure.name and closure.start <= at < closure.end:
                return closure.name
        day = at.astimezone(self.zone).date()
        if day in self.special:
            return OUTSIDE_HOURS
        holiday = self.holidays.name(day)
        if holiday:
            return holiday
        return OUTSIDE_HOURS if self.weekly[day.weekday()] else WEEKEND

    def holiday(self, at: datetime, language: str = "") -> str:
        """The name of the holiday on whose day `at` is, in `language` if known; "" without one."""
        return self.holidays.name(at.astimezone(self.zone).date(), language)

    def hours(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on this day, as it is called in the calendar's zone."""
        special = self.special.get(day)
        if special is not None:
            return special
        weekly = self.weekly[day.weekday()]
        return () if weekly and self.holidays.name(day) else weekly

    def _after(self, at: datetime) -> Iterator[Interval]:
        """Open pieces that end after `at`, in order; ends where it stays closed too long.

        A piece ends at midnight UTC at the latest; then the next begins where it ends.
        """
        day, last = at.date(), at
        while day < _LAST and day <= (last + LOOK_AHEAD).date():
            for start, end in self._on(day):
                if end > at:
                    last = end
                    yield start, end
            day += _DAY

    def _before(self, at: datetime) -> Iterator[Interval]:
        """Open pieces that begin before `at`, the last one first; the same bounds."""
        day, first = at.date(), at
        while day > _FIRST and day >= (first - LOOK_AHEAD).date():
            for start, end in reversed(self._on(day)):
                if start < at:
                    first = start
                    yield start, end
            day -= _DAY

    def _on(self, day: date) -> tuple[Interval, ...]:
        """Open pieces of this day of UTC, in order, without gaps of no length."""
        known = self._known.get(day)
        if known is None:
            if not _FIRST <= day <= _LAST:
                return ()
            closed = [(one.start, one.end) for one in self.closures.get(day, ())]
            known = intervals(day, self.zone, self.hours, closed)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[day] = known
        return known
