"""Kinds of values in `calendars`: hours by day of the week, days by date, countries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import InitErrorDetails

from worker.calendars import DAYS, Span, span_of, weekdays_of
from worker.calendars.public import country_codes
from worker.calendars.spans import DAY_MINUTES, DAYS_MEANT
from worker.conditions.keyed import complaint, complaint_at, described, raised
from worker.text.names import closest, did_you_mean

CLOSED = "closed"
"""What may be written for a day without hours."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOURS_HINT = 'write "09:30-18:00"; after midnight "22:00-02:00"; the whole day "00:00-24:00"'
_DAY_HINT = "mon to sun, ranges such as mon-fri, or several: sat,sun"

Lines = list[InitErrorDetails]
Loc = tuple[int | str, ...]


def _spans(value: Any, at: Loc, lines: Lines) -> tuple[Span, ...]:
    """The spans of one day, in order; complaints about each that is wrong."""
    if value == CLOSED:
        return ()
    items = [((*at, place), one) for place, one in enumerate(value)]
    if isinstance(value, str):
        items = [(at, value)]
    read: list[Span] = []
    for place, one in items:
        error = None
        if not isinstance(one, str):
            found = described(one)
            error = complaint("hours", f"expected hours of a day, found {found}", _HOURS_HINT)
        else:
            try:
                read.append(span_of(one))
            except ValueError as problem:
                error = complaint("hours", str(problem), _HOURS_HINT)
        if error is None and (clash := _overlap(read[-1], read[:-1])) is not None:
            error = complaint("hours", f"'{read[-1]}' overlaps '{clash}'", "make one of them two")
        if error is not None:
            lines.append(complaint_at(place, one, error))
    return tuple(sorted(read))


def _overlap(span: Span, others: list[Span]) -> Span | None:
    return next((o for o in others if span.start < o.end and o.start < span.end), None)


def _is_hours(value: Any, at: Loc, lines: Lines) -> bool:
    if isinstance(value, str | list):
        return True
    message = f"expected hours of a day, found {described(value)}"
    lines.append(complaint_at(at, value, complaint("hours", message, _HOURS_HINT)))
    return False


def _weekly(value: Any) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(value, Mapping):
        message = f"expected hours by day, found {described(value)}"
        raise complaint("hours", message, 'write mon-fri: ["09:30-18:00"]')
    lines: Lines = []
    spans: list[tuple[Span, ...]] = [()] * len(DAYS)
    keys: dict[int, str] = {}
    for key, hours in value.items():
        days = list(_days(key, hours, lines))
        read = _spans(hours, (key,), lines) if _is_hours(hours, (key,), lines) else ()
        for day in days:
            if day in keys:
                other = f"'{keys[day]}'" if keys[day] != key else "itself"
                message = f"{DAYS[day]} stands in '{key}' and in {other}"
                error = complaint("unknown_key", message, "give each day its hours once")
                lines.append(complaint_at((key,), hours, error))
                break
            keys[day], spans[day] = key, read
    if not lines:
        lines += _nights(spans, keys, value)
    if lines:
        raise raised("open", lines)
    return tuple(spans)


def _days(key: str, hours: Any, lines: Lines) -> Iterator[int]:
    for name in key.split(","):
        try:
            yield from weekdays_of(name.strip())
        except ValueError as problem:
            hint = _day_meant(name.strip())
            error = complaint("unknown_key", str(problem), hint)
            lines.append(complaint_at((key,), hours, error))


def _day_meant(name: str) -> str:
    """The nearest day, or the nearest range where one was written."""
    first, dash, last = name.partition("-")
    near = closest(first, DAYS), closest(last, DAYS)
    if dash and all(near):
        return f"did you mean '{near[0]}-{near[1]}'?"
    if name in DAYS_MEANT:
        return f"write {','.join(DAYS_MEANT[name])}"
    return did_you_mean(name, DAYS) or _DAY_HINT


def _nights(
    spans: list[tuple[Span, ...]], keys: Mapping[int, str], value: Mapping[str, Any]
) -> Iterator[InitErrorDetails]:
    """Nights that last into hours of the next day."""
    for day, some in enumerate(spans):
        following = (day + 1) % len(DAYS)
        for span in some:
            rest = Span(span.start - DAY_MINUTES, span.end - DAY_MINUTES)
            clash = _overlap(rest, list(spans[following]))
            if clash is not None:
                message = f"'{span}' of {DAYS[day]} lasts into '{clash}' of {DAYS[following]}"
                error = complaint("unknown_key", message, "let one end where the other begins")
                yield complaint_at((keys[day],), value, error)
                return


def _date(value: Any, at: Loc, lines: Lines) -> date | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    shown = f"'{value}'" if isinstance(value, str | int) else described(value)
    error = complaint("bad_date", f"{shown} is no date", "write it as 2026-12-24")
    lines.append(complaint_at(at, value, error))
    return None


def _special(value: Any) -> Mapping[date, tuple[Span, ...]]:
    if not isinstance(value, Mapping):
        message = f"expected hours by date, found {described(value)}"
        raise complaint("hours", message, 'write 2026-12-24: ["09:30-12:00"]')
    lines: Lines = []
    read: dict[date, tuple[Span, ...]] = {}
    for key, hours in value.items():
        day = _date(key, (key,), lines)
        spans = _spans(hours, (key,), lines) if _is_hours(hours, (key,), lines) else ()
        if day is not None:
            read[day] = spans
    if lines:
        raise raised("special", lines)
    return read


def _dates(value: Any) -> Mapping[date, str]:
    """Dates with what they are called; `holiday` where a list gives no names."""
    lines: Lines = []
    read: dict[date, str] = {}
    if isinstance(value, Mapping):
        for key, name in value.items():
            day = _date(key, (key,), lines)
            if not isinstance(name, str) or not name.strip():
                message = f"expected the day's name, found {described(name) if name else 'nothing'}"
                lines.append(complaint_at((key,), name, complaint("bad_name", message)))
            elif day is not None:
                read[day] = name.strip()
    elif isinstance(value, list):
        for place, one in enumerate(value):
            day = _date(one, (place,), lines)
            if day in read:
                error = complaint("twice", f"'{one}' stands here twice", "remove one")
                lines.append(complaint_at((place,), one, error))
            elif day is not None:
                read[day] = "holiday"
    else:
        message = f"expected dates, found {described(value)}"
        raise complaint("bad_date", message, "write [2026-12-24], or {2026-12-24: name}")
    if lines:
        raise raised("dates", lines)
    return read


def _country(value: Any) -> str:
    """A code such as `HK` or `US-CA`."""
    if not isinstance(value, str):
        message = f"expected the code of a country, found {described(value)}"
        raise complaint("bad_country", message, "for instance HK")
    known = country_codes()
    country, dash, part = value.partition("-")
    if country not in known:
        raise complaint("bad_country", f"unknown country '{country}'", _near(country))
    if dash and part not in known[country]:
        raise _unknown_part(country, part)
    return value


def _near(country: str) -> str:
    """The code of a country given by its name, or one that differs by a slip."""
    if country.upper() in country_codes():
        return f"did you mean '{country.upper()}'?"
    from babel import Locale

    names = {str(name).casefold(): code for code, name in Locale("en").territories.items()}
    called = country.casefold()
    code = next((names[name] for name in names if name.startswith(called)), "")
    if len(called) > len("XXX") and code in country_codes():
        return f"did you mean '{code}'?"
    return "codes of ISO 3166, for instance HK, VN, TH, CN, TW, SG, US-CA"


def part_problem(country: str, part: str) -> Any:
    """The complaint about a subdivision that the country does not have; None: it has it."""
    return None if part in country_codes().get(country, ()) else _unknown_part(country, part)


def _unknown_part(country: str, part: str) -> Any:
    parts = country_codes()[country]
    hint = did_you_mean(part, parts) or (f"known: {', '.join(parts)}" if parts else "take it out")
    message = f"'{country}' has no part '{part}' with holidays of its own"
    return complaint("bad_country", message, hint)


_DAY_NAME = f"({'|'.join(DAYS)})"
_DAYS_PATTERN = rf"^{_DAY_NAME}(-{_DAY_NAME})?(, *{_DAY_NAME}(-{_DAY_NAME})?)*$"
_SPAN_PATTERN = r"^\d{1,2}:\d{2} ?- ?\d{1,2}:\d{2}$"
_DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
_ONE_SPAN = {"type": "string", "pattern": f"{_SPAN_PATTERN}|^{CLOSED}$"}
_MANY_SPANS = {"type": "array", "items": {"type": "string", "pattern": _SPAN_PATTERN}}
_HOURS = {"anyOf": [_ONE_SPAN, _MANY_SPANS]}


def _by(pattern: str, value: Any) -> Any:
    return {
        "type": "object",
        "patternProperties": {pattern: value},
        "additionalProperties": False,
    }


Weekly = Annotated[
    tuple[tuple[Span, ...], ...],
    PlainValidator(_weekly),
    WithJsonSchema(_by(_DAYS_PATTERN, _HOURS)),
]
"""Hours by day of the week; seven tuples, Monday first."""

Special = Annotated[
    Mapping[date, tuple[Span, ...]],
    PlainValidator(_special),
    WithJsonSchema(_by(_DATE_PATTERN, _HOURS)),
]
"""Hours by date."""

Dates = Annotated[
    Mapping[date, str],
    PlainValidator(_dates),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string", "pattern": _DATE_PATTERN}},
                _by(_DATE_PATTERN, {"type": "string", "minLength": 1}),
            ]
        }
    ),
]
"""Dates, with or without names."""

Country = Annotated[
    str,
    PlainValidator(_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2,3}(-[A-Za-z0-9]+)?$"}),
]
"""A code of ISO 3166, with the holidays of that place."""
