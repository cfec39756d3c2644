"""Closed days and hours out of an `.ics` file: foreign text, read within bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.calendars.calendar import Closure
from worker.calendars.ics_events import IcsError, IcsEvent, Property, ics_events
from worker.calendars.repeat import Repeat, days_of, repeat_of
from worker.calendars.zones import foreign_zone

MAX_BYTES = 1024 * 1024
"""Largest `.ics` file: thousands of lines, and no more than is read in a moment."""

MAX_LOOKS = 100_000
"""Days that all events of a file together may ask for."""

FIRST, LAST = date(1900, 1, 1), date(2100, 12, 31)
"""Days that are known; nothing repeats after the last."""

UNNAMED = "closed"
"""What an event without a summary is called."""

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Agenda:
    """When it is closed: whole days by name, and hours in order."""

    days: Mapping[date, str]
    closures: tuple[Closure, ...]


def read_ics(text: str, zone: ZoneInfo) -> Agenda:
    """Every event of the file closes: an all-day one its days, another its hours.

    Cancelled events do not count. Whether an event is shown as busy or free does not matter, for
    calendars of public holidays are commonly "free". Alarms and definitions of time zones are
    passed over; zones are known by name.

    Args:
        zone: of times that name none.

    Raises:
        IcsError: the file is no calendar, or asks for too much.
    """
    events = [one for one in ics_events(text) if one.text("STATUS").upper() != "CANCELLED"]
    moved: defaultdict[str, list[Property]] = defaultdict(list)
    for event in events:
        moved[event.text("UID")] += event.properties.get("RECURRENCE-ID", [])
    looks = _Looks()
    days: dict[date, str] = {}
    closures: list[Closure] = []
    for event in events:
        elsewhere = [] if event.first("RECURRENCE-ID") else moved[event.text("UID")]
        name = " ".join(event.text("SUMMARY").split())[:_LONGEST_NAME] or UNNAMED
        begun = _Beginning(event, zone)
        length = begun.length()
        looks.line = event.line
        for start in begun.starts(elsewhere, looks):
            if begun.whole_days:
                looks.spend(length.days)
                for number in range(length.days):
                    days.setdefault(start.date() + _DAY * number, name)
            elif length:
                opens = start.replace(tzinfo=begun.zone).astimezone(UTC)
                closures.append(Closure(opens, opens + length, name))
    return Agenda(days, tuple(sorted(closures, key=lambda one: (one.start, one.end))))


class _Looks:
    """Counts what the events of a file ask for."""

    def __init__(self) -> None:
        self.line = 1
        self._left = MAX_LOOKS

    def spend(self, looks: int) -> None:
        self._left -= looks
        if self._left < 0:
            hint = "give it an UNTIL or a COUNT, or take it out"
            raise IcsError(self.line, "the events until here repeat too often to be read", hint)


class _Beginning:
    """When an event begins: once and again. Times are those of the wall in `zone`."""

    def __init__(self, event: IcsEvent, zone: ZoneInfo) -> None:
        self._event = event
        first = event.first("DTSTART")
        if first is None:
            raise IcsError(event.line, "this event has no DTSTART")
        value = _value(first)
        self.whole_days = not isinstance(value, datetime)
        self.zone = _zone(first, value) or zone
        self._start = self._wall(first, value)
        if not FIRST <= self._start.date() <= LAST:
            raise IcsError(first.line, f"an event must begin between {FIRST.year} and {LAST.year}")

    def _wall(self, written: Property, value: Any) -> datetime:
        """The naive time on this event's wall."""
        if isinstance(value, datetime):
            zone = _zone(written, value) or self.zone
            try:
                return value.replace(tzinfo=zone).astimezone(self.zone).replace(tzinfo=None)
            except OverflowError:
                raise IcsError(written.line, "this time is out of bounds") from None
        return datetime.combine(value, time())

    def length(self) -> timedelta:
        """How long it lasts; an all-day event at least a day."""
        least = _DAY if self.whole_days else timedelta(0)
        end, lasts = self._event.first("DTEND"), self._event.first("DURATION")
        if end is not None:
            length = self._between(self._start, self._wall(end, _value(end)))
        elif lasts is not None:
            length = _value(lasts, timedelta)
        else:
            return least
        if length < timedelta(0):
            raise IcsError((end or lasts or self._event).line, "this event ends before it begins")
        if length > _LONGEST:
            raise IcsError((end or lasts or self._event).line, "this event lasts over a year")
        return max(length, least)

    def _between(self, start: datetime, end: datetime) -> timedelta:
        """Time that passes, also over a clock change; days between days."""
        if self.whole_days:
            return end - start
        if end.year < FIRST.year:
            return end - start  # before it begins, whatever the zone
        both = [one.replace(tzinfo=self.zone).astimezone(UTC) for one in (start, end)]
        return both[1] - both[0]

    def starts(self, elsewhere: list[Property], looks: _Looks) -> Iterator[datetime]:
        """Every beginning, in order, until the last known day; the moved ones left out."""
        rule = self._event.first("RRULE")
        found = {self._start} if rule is None else set(self._repeated(rule, looks))
        for written in self._event.properties.get("RDATE", []):
            found |= {self._wall(written, value) for value in _values(written)}
        looks.spend(len(found))
        out: set[tuple[datetime, bool]] = set()
        for written in (*self._event.properties.get("EXDATE", []), *elsewhere):
            values = _values(written)
            looks.spend(len(values))
            out |= {(self._wall(written, value), isinstance(value, datetime)) for value in values}
        times = {one for one, timed in out if timed or self.whole_days}
        days = {one.date() for one, timed in out if not timed}
        for start in sorted(found):
            if start not in times and start.date() not in days and FIRST <= start.date() <= LAST:
                yield start

    def _repeated(self, written: Property, looks: _Looks) -> Iterator[datetime]:
        from icalendar.prop import vRecur

        try:
            parts = dict(vRecur.from_ical(written.value))
            repeat: Repeat = repeat_of(parts)
        except ValueError as error:
            raise IcsError(written.line, f"this RRULE cannot be read: {error}") from None
        until = None
        for value in parts.get("UNTIL", ())[:1]:
            if not isinstance(value, date):
                raise IcsError(written.line, "UNTIL of this RRULE is no date or time")
            if value.year > LAST.year:
                break  # for ever, as some programs write it
            whole = not isinstance(value, datetime)
            until = self._wall(written, value) + (_DAY - timedelta.resolution) * whole
        last = LAST if until is None else min(LAST, until.date())
        for day in days_of(repeat, self._start.date(), last, looks.spend):
            start = datetime.combine(day, self._start.time())
            if until is None or start <= until:
                yield start


def _value(written: Property, kind: type = date) -> Any:
    """The day, time or length of a property with one value."""
    values = _values(written, kind)
    if len(values) > 1:
        raise IcsError(written.line, "expected one value here, found several")
    return values[0]


def _values(written: Property, kind: type = date) -> list[Any]:
    from icalendar.prop import vDDDTypes

    read: Any = vDDDTypes.from_ical
    try:
        values = [read(one.strip()) for one in written.value.split(",")]
    except ValueError:
        values = []
    if not values or not all(isinstance(one, kind) for one in values):
        what = "date or time" if kind is date else "length"
        hint = "20261225 or 20261225T090000Z" if kind is date else "P1D or PT2H"
        message = f"'{written.value[:40]}' is no {what}"
        raise IcsError(written.line, message, f"write for instance {hint}")
    return values


def _zone(written: Property, value: Any) -> ZoneInfo | None:
    """The zone that the property names, by its own name or Windows' one; None: it names none."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return ZoneInfo("UTC")
    name = written.parameters.get("TZID", "")
    if not name:
        return None
    zone = foreign_zone(name)
    if zone is None:
        hint = "name a zone such as Asia/Hong_Kong"
        raise IcsError(written.line, f"unknown time zone '{name[:60]}'", hint)
    return zone
