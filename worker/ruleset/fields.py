"""Kinds of values that rule files share: durations, lists, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from worker.conditions.keyed import complaint, described
from worker.conditions.matcher import some_time
from worker.duration import EXPECTED, EXPECTED_AT_MOST, TooLongError, parse_duration

T = TypeVar("T")

MAX_NAME = 100
"""Longest id of a rule; it is a label in metrics and half of every key."""


def read_duration(value: object) -> timedelta:
    """The length `value` names.

    Raises:
        PydanticCustomError: it is no duration.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        shown = f" ({value})" if type(value) in (int, float) else ""
        raise complaint("duration", f"expected a duration, found {described(value)}{shown}", _LIKE)
    try:
        return parse_duration(value)
    except TooLongError:
        raise complaint("duration", f"'{value}' is too long", f"write {EXPECTED_AT_MOST}") from None
    except ValueError:
        raise complaint("duration", f"'{value}' is no duration", _LIKE) from None


_LIKE = f"write {EXPECTED}"
DURATION_PATTERN = r"^(?=\d)(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?$"

Duration = Annotated[
    timedelta,
    PlainValidator(read_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["15m", "1h30m"]}),
]
"""`500ms`, `15s`, `15m`, `24h`, `7d`, and sums such as `1h30m`."""


PositiveDuration = Annotated[Duration, AfterValidator(some_time)]
"""A duration that is not zero."""


class ListForm:
    """Reads a YAML list as a tuple.

    Args:
        least: how many items it has at least.
        single: a mapping may stand for a list of itself alone.
    """

    def __init__(self, *, least: int = 0, single: bool = False) -> None:
        self.least = least
        self.single = single

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def _read(self, value: Any) -> tuple[Any, ...]:
        if self.single and isinstance(value, dict):
            return (value,)
        if not isinstance(value, list | tuple):
            message = f"expected a list, found {described(value)}"
            raise complaint("list_expected", message, "start each item with '- '")
        if len(value) < self.least:
            raise complaint("empty_list", "this list is empty", "write at least one item")
        return tuple(value)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = dict(handler(schema))
        if self.least:
            made["minItems"] = self.least
        return {"anyOf": [made["items"], made]} if self.single else made


ListOf = Annotated[tuple[T, ...], ListForm()]
"""A YAML list."""

SomeOf = Annotated[tuple[T, ...], ListForm(least=1)]
"""A YAML list with at least one item."""


def _named(pattern: str, message: str, hint: str) -> Callable[[object], str]:
    shape = re.compile(pattern)

    def read(value: object) -> str:
        if isinstance(value, str) and shape.fullmatch(value) and len(value) <= MAX_NAME:
            return value
        shown = f"'{value}'" if isinstance(value, str | int | float) else described(value)
        raise complaint("name", f"{shown} {message}", hint)

    return read


RULE_ID = r"[a-z][a-z0-9-]*"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"

RuleName = Annotated[
    str,
    PlainValidator(
        _named(
            RULE_ID,
            "cannot be the id of a rule",
            f"use small letters, digits and hyphens, a letter first, at most {MAX_NAME}",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{RULE_ID}$", "maxLength": MAX_NAME}),
]
"""`[a-z][a-z0-9-]*`."""

VarName = Annotated[
    str,
    PlainValidator(
        _named(NAME, "cannot be used in templates", "use letters, digits and _, a letter first")
    ),
    Field(pattern=f"^{NAME}$"),
]
"""A name that templates can write after a dot."""
