"""Operators, methods and filters tried on samples of what is known of their values.

What fails on a sample because of its kind fails on every value of that kind; what is given out
tells the kind of the result. Nothing is concluded where nothing is known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from jinja2.exceptions import FilterArgumentError, SecurityError
from jinja2.runtime import Context

from worker.text.bounded import ENVIRONMENT
from worker.text.offered import Lookup, Many, Method, OneOf, Shape

UNKNOWN: Final = object()
"""Stands for a value of which no sample can be made."""

_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLES: Mapping[str, Any] = {
    "text": "a",
    "number": 1,
    "bool": True,
    "time": _TIME,
    "local time": _TIME,
}
# In this order: to Python a yes or no is a number too.
_SHAPES: tuple[tuple[Any, Shape], ...] = (
    (str, "text"),
    (bool, "bool"),
    (int | float, "number"),
    (datetime, "time"),
    (Mapping, Lookup()),
)
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}
_OF_THE_KIND = (TypeError, AttributeError)
_OF_THE_VALUE = (
    SecurityError,
    ValueError,
    ArithmeticError,
    AssertionError,
    FilterArgumentError,
)


class FailedError(Exception):
    """It fails on every value of these kinds; the text says why, in Python's or Jinja's words.

    Attributes:
        hint: the same, where it says more than that the kinds do not fit.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.hint = "" if isinstance(error, _OF_THE_KIND) else str(error)


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments to try.

    Args:
        constant: they are the very values that are written, not samples.
    """

    args: Sequence[Any]
    named: Mapping[str, Any]
    constant: bool


def sample(shape: Shape) -> Any:
    """A value of this shape, or `UNKNOWN`."""
    if isinstance(shape, OneOf):
        return shape.texts[0]
    if isinstance(shape, Many):
        # a list inside may be empty or not, and filters of pairs ask for two
        item = UNKNOWN if isinstance(shape.item, Many) else sample(shape.item)
        return [] if item is UNKNOWN else [item]
    if isinstance(shape, Mapping):
        fields = {name: sample(below) for name, below in shape.items()}
        return {name: value for name, value in fields.items() if value is not UNKNOWN}
    if isinstance(shape, Lookup):
        return {}
    return UNKNOWN if shape is None or isinstance(shape, Method) else _SAMPLES[shape]


def shape_of(value: Any) -> Shape:
    """What is certain of every value that comes about as this one did."""
    for kinds, shape in _SHAPES:
        if isinstance(value, kinds):
            return shape
    if isinstance(value, list | tuple | range):
        return Many(common([shape_of(item) for item in value]))
    return None


def common(shapes: Iterable[Shape]) -> Shape:
    """What is known of a value that has one of these shapes."""
    all_of_them = ["text" if isinstance(one, OneOf) else one for one in shapes] or [None]
    first = all_of_them[0]
    return first if all(one == first for one in all_of_them) else None


def said(value: Any) -> str:
    """The kind of a value, for a rule's author."""
    shape = shape_of(value)
    if value is None:
        return "nothing"
    if shape == "number" and not value:
        return "zero"
    if isinstance(shape, Many):
        return "a list"
    if isinstance(shape, Lookup):
        return "a mapping"
    return "a yes or no" if shape == "bool" else f"a {shape or 'value'}"


def operated(sign: str, *operands: Any) -> Shape:
    """What the operator gives, by Jinja's name of it.

    Raises:
        FailedError: it cannot take them.
    """
    if len(operands) == 1:
        return _tried(lambda: ENVIRONMENT.unop_table[sign](*operands))
    if sign in ENVIRONMENT.intercepted_binops:
        return _tried(lambda: ENVIRONMENT.call_binop(_context(), sign, *operands))
    return _tried(lambda: {**ENVIRONMENT.binop_table, **_COMPARED}[sign](*operands))


def called(method: Callable[..., Any], given: Given) -> Shape:
    """What the method gives.

    Raises:
        FailedError: it cannot take these arguments.
    """
    return _tried(lambda: method(*given.args, **given.named), constant=given.constant)


def filtered(name: str, value: Any, given: Given) -> Shape:
    """What the filter makes of the value.

    Raises:
        FailedError: it cannot take it, or these arguments.
    """

    def made() -> Any:
        named = dict(given.named)
        result = ENVIRONMENT.call_filter(name, value, given.args, named, context=_context())
        return list(result) if isinstance(result, Iterator) else result

    return _tried(made, constant=given.constant)


def iterated(value: Any) -> None:
    """A loop can go through the value.

    Raises:
        FailedError: it cannot.
    """
    _tried(lambda: iter(value))


def _tried(do: Callable[[], Any], *, constant: bool = True) -> Shape:
    certain = (*_OF_THE_KIND, *_OF_THE_VALUE) if constant else _OF_THE_KIND
    try:
        return shape_of(do())
    except certain as error:
        raise FailedError(error) from None
    except Exception:  # noqa: BLE001 - samples have no fields, and say nothing about them
        return None


@lru_cache(maxsize=1)
def _context() -> Context:
    return ENVIRONMENT.from_string("").new_context()
