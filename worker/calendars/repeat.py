"""Days on which a calendar's event comes again: RFC 5545's `RRULE`, as far as days go.

Counted here and not by a library, because the file is foreign: libraries look for the next day
until the end of time, and a rule can be written that has none. Here every look is paid for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_KNOWN = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"} | {"BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS"}
)
_DAY = timedelta(days=1)
_MONTHS = tuple(range(1, 13))

Spend = Callable[[int], None]
"""Pays for so many looks; raises when too many were asked for."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """How an event repeats. Empty tuples stand for parts that are not given.

    Args:
        weekdays: Monday is 0; the number says which of them in its month or year, 0: each.
        positions: which of a period's days, from 1, or from -1 backwards.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def repeat_of(parts: dict[str, list[Any]]) -> Repeat:
    """The parts of an `RRULE` as they were parsed, without `UNTIL`.

    Raises:
        ValueError: a part is not understood.
    """
    frequency = str(_one(parts, "FREQ", "")).upper()
    if frequency not in FREQUENCIES:
        raise ValueError(f"FREQ={frequency} is not understood; known: {', '.join(FREQUENCIES)}")
    for name in parts:
        if name not in _KNOWN:
            raise ValueError(f"{name} is not understood in RRULE")
    week_start = str(_one(parts, "WKST", "MO")).upper()
    if week_start not in WEEKDAYS:
        raise ValueError(f"WKST={week_start} is no day")
    return Repeat(
        frequency=frequency,
        interval=_number(_one(parts, "INTERVAL", 1), "INTERVAL", 1, 10_000),
        count=_number(parts["COUNT"][0], "COUNT", 1, 100_000) if "COUNT" in parts else None,
        months=_numbers(parts, "BYMONTH", 1, 12),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=tuple(_weekday(str(one).upper()) for one in parts.get("BYDAY", ())),
        positions=_numbers(parts, "BYSETPOS", -366, 366),
        week_start=WEEKDAYS.index(week_start),
    )


def _one(parts: dict[str, list[Any]], name: str, otherwise: Any) -> Any:
    return next(iter(parts.get(name, ())), otherwise)


def _number(value: Any, name: str, least: int, most: int) -> int:
    number = int(value)
    if not least <= number <= most or number == 0:
        raise ValueError(f"{name}={number} is out of bounds")
    return number


def _numbers(parts: dict[str, list[Any]], name: str, least: int, most: int) -> tuple[int, ...]:
    return tuple(sorted({_number(one, name, least, most) for one in parts.get(name, ())}))


def _weekday(text: str) -> tuple[int, int]:
    number, name = text[:-2], text[-2:]
    if name not in WEEKDAYS:
        raise ValueError(f"BYDAY={text} is no day")
    return WEEKDAYS.index(name), _number(number, "BYDAY", -53, 53) if number else 0


def days_of(repeat: Repeat, start: date, last: date, spend: Spend) -> Iterator[date]:
    """The days on which it happens, in order, from `start` until `last`."""
    left = repeat.count
    for candidates in _periods(repeat, start, last):
        spend(1 + len(candidates))
        for day in _at_positions(candidates, repeat.positions):
            if day < start:
                continue
            if day > last:
                return
            yield day
            if left is not None:
                left -= 1
                if not left:
                    return


def _at_positions(days: list[date], positions: tuple[int, ...]) -> list[date]:
    if not positions:
        return days
    count = len(days)
    places = {place - 1 if place > 0 else count + place for place in positions}
    return [days[place] for place in sorted(places) if 0 <= place < count]


def _periods(repeat: Repeat, start: date, last: date) -> Iterator[list[date]]:
    """The candidate days of each year, month, week or day in which it may happen."""
    if repeat.frequency == "YEARLY":
        for year in range(start.year, last.year + 1, repeat.interval):
            yield _year(repeat, year, start)
    elif repeat.frequency == "MONTHLY":
        months = range(start.year * 12 + start.month - 1, last.year * 12 + 12, repeat.interval)
        for number in months:
            year, month = number // 12, number % 12 + 1
            fits = not repeat.months or month in repeat.months
            yield _month(repeat, year, month, start) if fits else []
    else:
        yield from _weeks(repeat, start, last)


def _weeks(repeat: Repeat, start: date, last: date) -> Iterator[list[date]]:
    weekly = repeat.frequency == "WEEKLY"
    wanted = {weekday for weekday, _ in repeat.weekdays}
    if weekly:
        wanted = wanted or {start.weekday()}
        start -= _DAY * ((start.weekday() - repeat.week_start) % 7)
    for offset in range(0, (last - start).days + 1, repeat.interval * (7 if weekly else 1)):
        first = start + _DAY * offset
        days = [first + _DAY * number for number in range(7 if weekly else 1)]
        yield [
            day
            for day in days
            if (not wanted or day.weekday() in wanted)
            and (not repeat.months or day.month in repeat.months)
            and _is_month_day(day, repeat.month_days)
        ]


def _is_month_day(day: date, wanted: tuple[int, ...]) -> bool:
    backwards = day.day - monthrange(day.year, day.month)[1] - 1
    return not wanted or day.day in wanted or backwards in wanted


def _year(repeat: Repeat, year: int, start: date) -> list[date]:
    months = repeat.months
    if repeat.weekdays and not months and any(number for _, number in repeat.weekdays):
        return _counted(repeat, date(year, 1, 1), date(year, 12, 31))
    if not months:
        months = _MONTHS if repeat.month_days or repeat.weekdays else (start.month,)
    return [day for month in months for day in _month(repeat, year, month, start)]


def _month(repeat: Repeat, year: int, month: int, start: date) -> list[date]:
    length = monthrange(year, month)[1]
    if repeat.weekdays:
        return _counted(repeat, date(year, month, 1), date(year, month, length))
    wanted = repeat.month_days or (start.day,)
    numbers = {number if number > 0 else length + 1 + number for number in wanted}
    return [date(year, month, number) for number in sorted(numbers) if 0 < number <= length]


def _counted(repeat: Repeat, first: date, last: date) -> list[date]:
    """The weekdays of a month or year, each, or those that have their number among them."""
    found: set[date] = set()
    for weekday, number in repeat.weekdays:
        begin = first + _DAY * ((weekday - first.weekday()) % 7)
        days = [begin + _DAY * passed for passed in range(0, (last - begin).days + 1, 7)]
        found.update(_at_positions(days, (number,)) if number else days)
    return sorted(day for day in found if _is_month_day(day, repeat.month_days))
