"""Times as a customer reads them: in a time zone, and in the language of the reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined

LANGUAGE = "language of the text"
"""Among a template's values, the BCP 47 tag of its language; no template can name it."""

NOW = "now"

# English without a region is read in many countries: day before month, 24 hours.
_ENGLISH = "en_GB"

# The day beside the time, in the order in which it is said; elsewhere "day time".
_ORDER: Mapping[str, str] = {"zh": "{day}{time}", "ja": "{day}{time}", "vi": "{time} {day}"}
_SOON: Mapping[str, tuple[str, str]] = {
    "en": ("today", "tomorrow"),
    "zh": ("今天", "明天"),
    "vi": ("hôm nay", "ngày mai"),
    "th": ("วันนี้", "พรุ่งนี้"),
}
_WEEK = 7


@lru_cache(maxsize=100)
def _locale(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    tag = language.replace("_", "-")
    while tag and tag != "en":
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    return Locale.parse(_ENGLISH)


def _time(at: datetime, locale: Any, _now: datetime) -> str:
    from babel.dates import format_time

    return str(format_time(at, "short", locale=locale)).replace("\u202f", " ")


def _date(at: datetime, locale: Any, _now: datetime) -> str:
    from babel.dates import format_date

    return str(format_date(at, "long", locale=locale))


def _weekday(at: datetime, locale: Any, _now: datetime) -> str:
    from babel.dates import format_date

    return str(format_date(at, "cccc", locale=locale))


def _datetime(at: datetime, locale: Any, now: datetime) -> str:
    pattern = str(locale.datetime_formats["long"])
    return pattern.format(_time(at, locale, now), _date(at, locale, now))


def _when(at: datetime, locale: Any, now: datetime) -> str:
    """The day as one says it from `now`: today, tomorrow, a weekday, a date; then the time."""
    away = (at.date() - now.date()).days
    soon = _SOON.get(locale.language, ())
    if 0 <= away < len(soon):
        day = soon[away]
    elif 0 <= away < _WEEK:
        day = _weekday(at, locale, now)
    elif at.year == now.year:
        from babel.dates import format_skeleton

        day = str(format_skeleton("MMMMd", at, locale=locale))
    else:
        day = _date(at, locale, now)
    order = _ORDER.get(locale.language, "{day} {time}")
    return order.format(day=day, time=_time(at, locale, now))


_Shown = Callable[[datetime, Any, datetime], str]


def _filter(name: str, shown: _Shown) -> Callable[..., str]:
    @pass_context
    def as_text(context: Context, value: Any, zone: str = "", language: str = "") -> str:
        if isinstance(value, Undefined):
            return str(value)  # raises, with the name
        if value is None or value == "":
            return ""
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise SecurityError(f"'{name}' is for times")
        here = _zone(zone) if zone else value.tzinfo
        now = context.get(NOW)
        return shown(
            value.astimezone(here),
            _locale(str(language or context.get(LANGUAGE) or "")),
            (now if isinstance(now, datetime) else value).astimezone(here),
        )

    return as_text


@lru_cache(maxsize=1)
def prepare() -> None:
    """The first time that is written out finds its library loaded: that takes a moment."""
    some = datetime(2026, 1, 1, tzinfo=UTC)
    _datetime(some, _locale(""), some)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        raise SecurityError("this is no time zone") from None


MOMENTS: Mapping[str, Callable[..., str]] = {
    name: _filter(name, shown)
    for name, shown in {
        "time": _time,
        "date": _date,
        "weekday": _weekday,
        "datetime": _datetime,
        "when": _when,
    }.items()
}
"""Filters that write a time out: `| time`, or `| time("Asia/Tokyo")`; nothing for no time."""
