"""From times on the wall to instants: the open pieces of one day of UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from worker.calendars.spans import Span

Interval = tuple[datetime, datetime]
"""From an instant until another, which itself is outside; both in UTC."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def intervals(
    day: date,
    zone: ZoneInfo,
    hours: Callable[[date], Iterable[Span]],
    closed: Iterable[Interval] = (),
) -> tuple[Interval, ...]:
    """When the clock in `zone` shows a time inside `hours`, during this day of UTC, in order.

    Args:
        hours: the spans that begin on a day of the zone.
        closed: what is taken out of them.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = [
        piece
        for start, end, offset in _steady(zone, begin, begin + _DAY)
        for piece in _shown(start, end, offset, hours)
    ]
    found = _joined(sorted(found))
    for one in closed:
        found = [left for piece in found for left in _without(piece, one)]
    return tuple(found)


def _steady(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The parts of a day in which the zone's distance from UTC does not change.

    Offsets are compared at the ends: no zone has changed its clocks forth and back in one day.
    """
    first, last = _offset(zone, start), _offset(zone, end - _SECOND)
    if first == last:
        yield start, end, first
        return
    low, high = start, end - _SECOND
    while high - low > _SECOND:
        middle = low + _SECOND * ((high - low) // _SECOND // 2)
        low, high = (middle, high) if _offset(zone, middle) == first else (low, middle)
    yield start, high, first
    yield high, end, last


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _shown(
    start: datetime, end: datetime, offset: timedelta, hours: Callable[[date], Iterable[Span]]
) -> Iterator[Interval]:
    """The open pieces of a part with one offset: there, the wall's clock is UTC plus a constant."""
    day = (start + offset).date() - _DAY  # whose spans may last past midnight
    last = (end + offset).date()
    while day <= last:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
        for span in hours(day):
            opens = max(start, midnight + timedelta(minutes=span.start))
            closes = min(end, midnight + timedelta(minutes=span.end))
            if opens < closes:
                yield opens, closes
        day += _DAY


def _joined(pieces: Iterable[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for start, end in pieces:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(piece: Interval, closed: Interval) -> Iterator[Interval]:
    start, end = piece
    if start < min(end, closed[0]):
        yield start, min(end, closed[0])
    if max(start, closed[1]) < end:
        yield max(start, closed[1]), end
