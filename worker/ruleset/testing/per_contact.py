"""A value that is said of the only contact, or of each contact by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from worker.conditions.keyed import complaint, moved, raised

ONLY = ""
"""The name under which a value stands that names no contact."""


def _never(_: Mapping[Any, Any]) -> bool:
    return False


class PerContact:
    """Reads `value` as `{"": value}` and `{name: value}` as it is.

    Args:
        is_one: whether this mapping is a value itself rather than values by name.
    """

    def __init__(self, is_one: Callable[[Mapping[Any, Any]], bool] = _never) -> None:
        self._is_one = is_one

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner = handler.generate_schema(get_args(source)[1])
        return core_schema.no_info_wrap_validator_function(self._read, inner)

    def _read(self, value: Any, handler: ValidatorFunctionWrapHandler) -> dict[str, Any]:
        if not isinstance(value, Mapping) or self._is_one(value):
            return {ONLY: handler(value)}
        if not value:
            raise complaint("empty_mapping", "nothing is said here", "write name: value")
        read: dict[str, Any] = {}
        lines: list[InitErrorDetails] = []
        for name, one in value.items():
            try:
                read[str(name)] = handler(one)
            except ValidationError as error:
                lines += moved(error, prefix=(str(name),))
        if lines:
            raise raised("contacts", lines)
        return read

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        one = handler(schema)
        named: JsonSchemaValue = {"type": "object", "additionalProperties": one, "minProperties": 1}
        return {"anyOf": [one, named]}
