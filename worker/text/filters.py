"""Filters of templates: what they make has a bound, and says nothing in Python's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.filters import do_round, do_urlencode
from jinja2.runtime import Undefined

from worker.text.moments import MOMENTS

LARGEST = 16_384
"""Characters a template, and each step inside it, may make: more than a chat message holds."""

_MOST_DIGITS = 20

_AS_THEY_ARE = (
    "abs",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "int",
    "items",
    "last",
    "length",
    "list",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "sum",
    "unique",
)
_OF_TEXTS = ("capitalize", "lower", "title", "trim", "truncate", "upper", "wordcount")
WRITERS = frozenset([*_OF_TEXTS, "replace", "string"])
"""Filters that take what can be written out."""


def refuse_size(size: int) -> None:
    """Nothing, for a size within the bound.

    Raises:
        SecurityError: it is larger.
    """
    if size > LARGEST:
        raise SecurityError(f"it grew beyond {LARGEST} characters")


def finished(value: Any) -> str:
    """The value as a customer reads it: nothing for None, small `true`, times by the second."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, Undefined):
        return str(value)  # raises, with the name
    if isinstance(value, str | int | float | date | time | timedelta):
        return str(value)
    raise SecurityError("a list or a mapping cannot be written out; name one of its fields")


def _round(value: Any, precision: Any = 0, method: Any = "common") -> Any:
    if not isinstance(precision, int) or abs(precision) > _MOST_DIGITS:
        raise SecurityError(f"numbers are rounded to {_MOST_DIGITS} digits at most")
    return do_round(value, precision, method)


def _string(value: Any) -> str:
    return finished(value)


def _replace(value: Any, old: Any, new: Any) -> str:
    text, before, after = finished(value), finished(old), finished(new)
    if not before:
        return text
    refuse_size(len(text) + text.count(before) * (len(after) - len(before)))
    return text.replace(before, after)


def _join(value: Iterable[Any], between: Any = "") -> str:
    items = [finished(item) for item in value]
    middle = finished(between)
    refuse_size(sum(map(len, items)) + len(middle) * len(items))
    return middle.join(items)


def _urlencode(value: Any) -> str:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return do_urlencode(finished(value))
    pairs = value.items() if isinstance(value, Mapping) else value
    return do_urlencode([(finished(name), finished(item)) for name, item in pairs])


def _of_text(name: str) -> Callable[..., Any]:
    """Jinja's filter, given the value as a customer reads it."""
    inner: Callable[..., Any] = JINJA_FILTERS[name]
    before = 1 if hasattr(inner, "jinja_pass_arg") else 0

    @wraps(inner)  # it tells Jinja what is passed before the value
    def on_text(*args: Any, **named: Any) -> Any:
        return inner(*args[:before], finished(args[before]), *args[before + 1 :], **named)

    return on_text


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{name: JINJA_FILTERS[name] for name in _AS_THEY_ARE},
    **{name: _of_text(name) for name in _OF_TEXTS},
    "join": _join,
    "replace": _replace,
    "round": _round,
    "string": _string,
    "urlencode": _urlencode,
    **MOMENTS,
}
"""By the names that templates call them."""
