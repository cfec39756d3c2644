"""Cron lines: minute, hour, day of the month, month, day of the week, as crontab(5) reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_ITEM = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,3}))?", re.ASCII)
_COUNT = 5
EXPECTED = 'write five fields: minute hour day month weekday, e.g. "0 3 * * *"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The values that each field allows, ascending.

    Args:
        weekdays: 0 is Monday (in the line itself, 0 and 7 are Sunday).
        either: day and weekday are both restricted: a day that fits one of them is enough.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool

    @property
    def hourly(self) -> bool:
        """It is about every hour, not about certain times of the day."""
        return len(self.hours) == 24  # noqa: PLR2004 - a day has so many


def parse_cron(text: str) -> Cron:
    """The line's meaning.

    Raises:
        ValueError: it has none, or names only days that never come; the text says why.
    """
    fields = text.split()
    if len(fields) != _COUNT:
        raise ValueError(f"it has {len(fields)} fields")
    minute, hour, day, month, weekday = (field.lower() for field in fields)
    read = Cron(
        minutes=_values("minute", minute, 0, 59),
        hours=_values("hour", hour, 0, 23),
        days=_values("day", day, 1, 31),
        months=_values("month", month, 1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}),
        weekdays=_weekdays(weekday),
        either=not day.startswith("*") and not weekday.startswith("*"),
    )
    longest = max(_LONGEST.get(one, 31) for one in read.months)
    if read.days[0] > longest and not read.either:
        raise ValueError(f"no such month has a day {read.days[0]}")
    return read


def _weekdays(field: str) -> tuple[int, ...]:
    names = {name: number for number, name in enumerate(_WEEKDAYS)}
    # a range that ends on Sunday ends on 7: mon-sun
    shown = re.sub(r"-sun\b", "-7", field)
    values = _values("weekday", shown, 0, 7, names)
    return tuple(sorted({(value - 1) % 7 for value in values}))


def _values(
    what: str, field: str, least: int, most: int, names: dict[str, int] | None = None
) -> tuple[int, ...]:
    found: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"{what} '{item}' is neither *, a value, a-b, */n nor a-b/n")
        star, first, last, step = match.groups()
        if star:
            begin, end = least, most
        else:
            begin = _number(what, first, least, most, names)
            end = begin if last is None else _number(what, last, least, most, names)
            if step is not None and last is None:
                raise ValueError(
                    f"{what} '{item}': a step needs a range, e.g. {first}-{most}/{step}"
                )
        if end < begin:
            raise ValueError(f"{what} '{item}' runs backwards; write two ranges")
        if step == "0":
            raise ValueError(f"{what} '{item}': a step is at least 1")
        found.update(range(begin, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(what: str, text: str, least: int, most: int, names: dict[str, int] | None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit() or not least <= int(text) <= most:
        allowed = f"{least} to {most}" + (f", {', '.join(names)}" if names else "")
        raise ValueError(f"{what} '{text}' is not one of {allowed}")
    return int(text)
