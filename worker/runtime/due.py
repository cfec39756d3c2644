"""When a cron line is due in a time zone. APScheduler finds the times on the wall there.

A time that the clock skips in spring is due at the moment at which it goes on; one that it shows
twice in autumn is due the first time only. A line for every hour knows no such times: what is due
each quarter of an hour stays so in the hour that is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from worker.calendars.cron import Cron, parse_cron

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_NEAR = timedelta(hours=3)
"""More than clocks are ever set back by."""


def next_due(line: str, timezone: str, after: datetime) -> datetime | None:
    """The first time after `after` at which the line is due, in UTC; None: never again."""
    cron, zone = parse_cron(line), ZoneInfo(timezone)
    after = after.astimezone(UTC)
    steady = _offset(zone, after - _NEAR) == _offset(zone, after + _NEAR)
    # what is shown twice and due both times is met again
    begin = after - _NEAR if cron.hourly and not steady else after
    best: datetime | None = None
    for shown in _shown(line, begin.astimezone(zone).replace(tzinfo=None)):
        moments = _moments(cron, zone, shown)
        if best is not None and moments and moments[0] >= best:
            break
        later = [moment for moment in moments if moment > after]
        best = min([*later, best] if best else later, default=None)
    return best


def last_due(line: str, timezone: str, after: datetime, until: datetime) -> datetime | None:
    """The last time after `after` and up to `until` at which the line was due, in UTC; None: at
    none. It is found by halving: a year is asked about twenty times.
    """
    found = next_due(line, timezone, after)
    if found is None or found > until:
        return None
    high = until
    while high - found > _SECOND:
        due = next_due(line, timezone, found + (high - found) / 2)
        if due is not None and due <= until:
            found = due
        else:
            high = found + (high - found) / 2
    return found


def _shown(line: str, begin: datetime) -> Iterator[datetime]:
    """The line's times on the wall after `begin`, in order; without a zone."""
    at = begin.replace(tzinfo=UTC)  # here every day has 24 hours
    while True:
        at = at.replace(second=0, microsecond=0) + _MINUTE
        fits = [trigger.get_next_fire_time(None, at) for trigger in _triggers(line)]
        fitting = [one for one in fits if one is not None]
        if not fitting:
            return
        at = min(fitting)
        yield at.replace(tzinfo=None)


def _moments(cron: Cron, zone: ZoneInfo, shown: datetime) -> Sequence[datetime]:
    """When the clock there shows this and the line is due, in order."""
    first, second = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first > second:  # skipped: neither exists
        return [] if cron.hourly else [_change(zone, second, first)]
    return [first, second] if cron.hourly and first < second else [first]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment between the two at which the clock is set."""
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@lru_cache(maxsize=1024)
def _triggers(line: str) -> tuple[Any, ...]:
    """One trigger, or two where a day may fit by its number or by its weekday."""
    # imported where some rule has a schedule: it takes a tenth of a second
    from apscheduler.triggers.cron import CronTrigger

    cron = parse_cron(line)
    clock = {"minute": _listed(cron.minutes), "hour": _listed(cron.hours), "timezone": UTC}
    clock["month"] = _listed(cron.months)
    days, weekdays = {"day": _listed(cron.days)}, {"day_of_week": _listed(cron.weekdays)}
    if cron.either:
        return CronTrigger(**clock, **days), CronTrigger(**clock, **weekdays)
    return (CronTrigger(**clock, **days, **weekdays),)


def _listed(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))
