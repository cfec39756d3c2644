"""The Jinja environment of templates: sandboxed, strict, and unable to grow or to run for long.

Jinja's own sandbox keeps a template from Python's insides. This adds the bounds: a short list of
filters, tests and methods, and sizes checked before memory is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

from worker.text.moments import MOMENTS

LARGEST = 16_384
"""Characters a template, and each step inside it, may make: more than a chat message holds."""

_LONGEST_RANGE = 1000
_LARGEST_NUMBER_BITS = 256

TEXT_METHODS = frozenset(
    [
        "capitalize",
        "casefold",
        "endswith",
        "find",
        "isalpha",
        "isdigit",
        "lower",
        "lstrip",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
    ]
)
TIME_FIELDS = frozenset(["year", "month", "day", "hour", "minute", "second"])
TIME_METHODS = frozenset(
    ["date", "time", "isoformat", "isoweekday", "strftime", "timestamp", "weekday"]
)
FILTERS = frozenset(
    [
        *MOMENTS,
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "first",
        "float",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "truncate",
        "unique",
        "upper",
        "urlencode",
        "wordcount",
    ]
)
TESTS = frozenset(
    [
        "boolean",
        "defined",
        "divisibleby",
        "eq",
        "equalto",
        "even",
        "false",
        "float",
        "ge",
        "gt",
        "greaterthan",
        "in",
        "integer",
        "iterable",
        "le",
        "lessthan",
        "lower",
        "lt",
        "mapping",
        "ne",
        "none",
        "number",
        "odd",
        "sequence",
        "string",
        "true",
        "undefined",
        "upper",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
    ]
)
FUNCTIONS = frozenset({"range"})


def _refuse_size(size: int) -> None:
    if size > LARGEST:
        raise SecurityError(f"it grew beyond {LARGEST} characters")


def _replace(value: object, old: str, new: str) -> str:
    text, old, new = str(value), str(old), str(new)
    if not old:
        return text
    _refuse_size(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _join(value: Iterable[Any], between: str = "") -> str:
    items = [finished(item) for item in value]
    _refuse_size(sum(map(len, items)) + len(between) * len(items))
    return between.join(items)


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > _LONGEST_RANGE:
        raise SecurityError(f"a range may have {_LONGEST_RANGE} numbers at most")
    return made


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


class Bounded(SandboxedEnvironment):
    """Names are items of mappings, methods are on a list, and every product has a bound."""

    intercepted_binops = frozenset({"*", "+", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a mapping, or a listed method of a text or a time; else undefined."""
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The item, or undefined with a text that names it."""
        if isinstance(obj, Mapping):
            try:
                return obj[argument]
            except (KeyError, TypeError):
                return self.undefined(f"'{argument}' is not known here", obj=obj, name=argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Listed methods of texts and times; of the rest what Jinja's sandbox allows."""
        if isinstance(obj, str):
            return attr in TEXT_METHODS
        if isinstance(obj, datetime):
            return attr in TIME_FIELDS | TIME_METHODS
        if isinstance(obj, int | float | list | tuple | bytes):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """None, for any value: `str.format` has widths without a bound."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Numbers of bounded size; texts and lists can only be added."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator != "+" and not numbers:
            raise SecurityError(f"'{operator}' is for numbers only")
        if operator == "*" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > _LARGEST_NUMBER_BITS:
                raise SecurityError("a number became too large")
        elif operator == "+" and not numbers and hasattr(left, "__len__"):
            _refuse_size(len(left) + (len(right) if hasattr(right, "__len__") else 0))
        return super().call_binop(context, operator, left, right)


def _environment() -> Bounded:
    made = Bounded(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=finished,
        cache_size=0,
    )
    made.filters = {name: JINJA_FILTERS[name] for name in FILTERS - MOMENTS.keys()}
    made.filters |= {"replace": _replace, "join": _join, **MOMENTS}
    made.tests = {name: JINJA_TESTS[name] for name in TESTS}
    made.globals = {"range": _range}
    return made


ENVIRONMENT = _environment()
