"""The value matcher: how one field is compared, in every condition that names fields."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, PrivateAttr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails
from typing_extensions import override

from worker.conditions.keyed import OneOrMany, Part, complaint, complaint_at, described
from worker.conditions.near import listed
from worker.conditions.pattern import Pattern, compiled
from worker.duration import (
    EXPECTED,
    EXPECTED_AT_MOST,
    TooLongError,
    format_duration,
    parse_duration,
)

Scalar = bool | int | float | str
Words = OneOrMany[str]


def read_duration(value: Any) -> timedelta:
    """The length a text names, for pydantic fields."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        message = f"expected a duration, found {described(value)}"
        raise complaint("bad_duration", message, f"write {EXPECTED}")
    try:
        return parse_duration(value)
    except TooLongError:
        hint = f"write {EXPECTED_AT_MOST}"
        raise complaint("bad_duration", f"'{value}' is too long", hint) from None
    except ValueError:
        message = f"'{value}' is no duration"
        raise complaint("bad_duration", message, f"write {EXPECTED}") from None


def _read_moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return read if read.tzinfo else read.replace(tzinfo=UTC)
    message = f"expected a time, found '{value}'"
    raise complaint("bad_time", message, 'for instance "2026-10-05T10:00:00+08:00", or a date')


def _read_bound(value: Any) -> int | float | timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str | timedelta):
        return read_duration(value)
    raise complaint("bad_bound", f"expected a number or a duration, found {described(value)}")


_TEXT_SCHEMA = {"type": "string"}
Duration = Annotated[
    timedelta, BeforeValidator(read_duration), Field(json_schema_extra=_TEXT_SCHEMA)
]
"""A length of time as people write it: `500ms`, `15m`, `1h30m`."""


def some_time(length: timedelta) -> timedelta:
    """The length, which is not zero; for pydantic fields."""
    if not length:
        raise complaint("bad_duration", "expected a duration longer than 0s", f"write {EXPECTED}")
    return length


PositiveDuration = Annotated[Duration, AfterValidator(some_time)]
"""A length of time that is not zero."""

Moment = Annotated[datetime, BeforeValidator(_read_moment), Field(json_schema_extra=_TEXT_SCHEMA)]
Bound = Annotated[Any, BeforeValidator(_read_bound)]
_ISO = "A time (ISO 8601); UTC if it says no zone."
_BOUND = Field(default=None, json_schema_extra={"type": ["number", "string"]})

_TEXTUAL = frozenset({"equals", "not", "in", "contains", "starts_with", "ends_with", "matches"})
_ORDERED = frozenset({"gt", "gte", "lt", "lte"})
_AGES = frozenset({"older_than", "newer_than"})
OPERATORS: Mapping[str, frozenset[str]] = {
    "text": _TEXTUAL | {"empty"},
    "time": _AGES | {"before", "after", "empty"},
    "bool": frozenset({"equals", "not", "in"}),
    "number": _ORDERED | {"equals", "not", "in", "empty"},
    "age": _ORDERED | _AGES | {"empty"},
}
"""Which operators make sense for which kind of field."""

_OPERANDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "text": ((str,), "a text (quote it)"),
    "bool": ((bool,), "true or false"),
    "number": ((int, float), "a number"),
}


class Mismatch(Exception):  # noqa: N818 - an answer: neither yes nor no
    """The value is of another type than the matcher asks about; the text says which."""


class Matcher(Part):
    """How a value is compared: a scalar means equals, a list one of, a mapping names operators,
    all of which must hold.

    Texts are compared exactly, upper and lower case included; Unicode forms do not matter.
    An unknown value is empty: it equals nothing, is older than nothing, and is `empty`.
    """

    root: ClassVar[str] = "equals"

    equals: Scalar | None = Field(default=None, description="Exactly this.")
    not_: OneOrMany[Scalar] | None = Field(default=None, alias="not", description="None of these.")
    in_: OneOrMany[Scalar] | None = Field(default=None, alias="in", description="One of these.")
    contains: Words | None = Field(default=None, description="Has one of these texts inside.")
    starts_with: Words | None = Field(default=None, description="Begins with one of these.")
    ends_with: Words | None = Field(default=None, description="Ends with one of these.")
    matches: OneOrMany[Pattern] | None = Field(
        default=None, description="An RE2 pattern is found in it."
    )
    empty: bool | None = Field(default=None, description="It is empty or unknown, or it is not.")
    gt: Bound = _BOUND
    gte: Bound = _BOUND
    lt: Bound = _BOUND
    lte: Bound = _BOUND
    before: Moment | None = Field(default=None, description=_ISO)
    after: Moment | None = Field(default=None, description=_ISO)
    older_than: Duration | None = Field(default=None, description="Longer ago than this.")
    newer_than: Duration | None = Field(default=None, description="Less long ago than this.")

    _patterns: tuple[Any, ...] = PrivateAttr(default=())
    _asked: tuple[tuple[str, Any], ...] = PrivateAttr(default=())

    @classmethod
    @override
    def root_for(cls, value: object) -> str:
        return "in" if isinstance(value, list | tuple) else "equals"

    @override
    def model_post_init(self, context: Any, /) -> None:
        self._patterns = tuple(compiled(pattern) for pattern in self.matches or ())
        fields = type(self).model_fields
        self._asked = tuple(
            (fields[name].alias or name, getattr(self, name))
            for name in fields
            if name in self.model_fields_set
        )

    def problems(self, kind: str | None) -> list[InitErrorDetails]:
        """What makes no sense for a field of this kind; None: a field of any kind."""
        lines = []
        if not self._asked:
            message = "no operator is given"
            lines.append(complaint_at((), {}, complaint("no_operator", message, "e.g. equals")))
        for operator, operand in self._asked:
            allowed = OPERATORS.get(kind or "")
            if operand is None:
                complained = complaint(
                    "nothing", "found nothing to compare with", "to ask for no value: {empty: true}"
                )
            elif allowed is not None and operator not in allowed:
                known = ", ".join(sorted(allowed))
                complained = complaint(
                    "bad_operator", f"'{operator}' does not fit a {kind} field", f"known: {known}"
                )
            else:
                misfit = _misfit(operator, operand, kind)
                if not misfit:
                    continue
                complained = complaint("bad_operand", misfit)
            lines.append(complaint_at((operator,), operand, complained))
        return lines

    def wants(self) -> str:
        """What it asks, in one line."""
        return ", ".join(f"{operator} {_told(operand)}" for operator, operand in self._asked)

    def holds(self, value: Any, now: datetime) -> bool:
        """Every operator holds for the value.

        Args:
            value: a text, number, truth value, aware time, length of time, list, or None.
            now: platform time, for ages.

        Raises:
            Mismatch: an operator cannot be asked of such a value.
        """
        return all(self._one(operator, operand, value, now) for operator, operand in self._asked)

    def _one(self, operator: str, operand: Any, value: Any, now: datetime) -> bool:
        if operator == "empty":
            return _is_empty(value) is operand
        if operator in {"equals", "in", "not"}:
            wanted = operand if isinstance(operand, tuple) else (operand,)
            return any(_same(value, one) for one in wanted) is (operator != "not")
        if _is_empty(value):
            return False
        if operator in _ORDERED:
            return _compare(operator, value, operand)
        if operator in {"before", "after", *_AGES}:
            return _in_time(operator, value, operand, now)
        return self._textual(operator, operand, value)

    def _textual(self, operator: str, operand: tuple[str, ...], value: Any) -> bool:
        if isinstance(value, list | tuple | frozenset) and operator == "contains":
            return any(_same(item, one) for item in value for one in operand)
        if not isinstance(value, str):
            raise Mismatch(f"it is {described(value)}, not a text")
        text = _composed(value)
        if operator == "contains":
            return any(_composed(one) in text for one in operand)
        if operator == "starts_with":
            return text.startswith(tuple(map(_composed, operand)))
        if operator == "ends_with":
            return text.endswith(tuple(map(_composed, operand)))
        return any(pattern.search(text) is not None for pattern in self._patterns)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = super().__get_pydantic_json_schema__(schema, handler)
        scalar = {"type": ["string", "number", "boolean"]}
        many = {"type": "array", "items": scalar, "minItems": 1}
        made["anyOf"] = [scalar, many, *made["anyOf"][1:]]
        return made


def _told(operand: Any) -> str:
    if isinstance(operand, tuple):
        return listed(_told(one) for one in operand)
    if isinstance(operand, timedelta):
        return format_duration(operand)
    if isinstance(operand, bool):
        return str(operand).lower()
    return operand.isoformat() if isinstance(operand, datetime) else str(operand)


def _misfit(operator: str, operand: Any, kind: str | None) -> str:
    """Why this operand cannot be compared with a field of this kind, or ""."""
    operands: Iterable[Any] = operand if isinstance(operand, tuple) else (operand,)
    if operator in _ORDERED and kind in {"number", "age"}:
        if isinstance(operand, timedelta) is not (kind == "age"):
            return "expected a duration such as 24h" if kind == "age" else "expected a number"
        return ""
    if operator not in {"equals", "not", "in"} or kind is None or kind not in _OPERANDS:
        return ""
    types, expected = _OPERANDS[kind]
    for one in operands:
        if not isinstance(one, types) or (kind == "number" and isinstance(one, bool)):
            return f"expected {expected}, found {described(one)}"
    return ""


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | tuple | frozenset) and not value)


def _same(value: Any, wanted: Scalar) -> bool:
    """Equal and of one type: 1 is neither true nor "1"."""
    if isinstance(value, str) and isinstance(wanted, str):
        return _composed(value) == _composed(wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    return numbers and value == wanted


def _compare(operator: str, value: Any, bound: Any) -> bool:
    both_lengths = isinstance(value, timedelta) and isinstance(bound, timedelta)
    both_numbers = _is_number(value) and _is_number(bound)
    if not (both_lengths or both_numbers):
        wanted = format_duration(bound) if isinstance(bound, timedelta) else bound
        raise Mismatch(f"it is {described(value)} and cannot be compared with {wanted}")
    if operator == "gt":
        return bool(value > bound)
    if operator == "gte":
        return bool(value >= bound)
    return bool(value < bound) if operator == "lt" else bool(value <= bound)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_time(operator: str, value: Any, operand: Any, now: datetime) -> bool:
    if isinstance(value, timedelta) and operator in _AGES:
        return bool(value > operand if operator == "older_than" else value < operand)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):  # a platform's own field: times there are texts
        value = _moment_in(value)
    if not isinstance(value, datetime):
        raise Mismatch(f"it is {described(value)}, not a time")
    if operator in _AGES:
        age = now - value
        return bool(age > operand if operator == "older_than" else age < operand)
    return bool(value < operand if operator == "before" else value > operand)


def _moment_in(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Mismatch("it is a text and no time") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
