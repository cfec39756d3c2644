"""What a frozen value is made of where an event makes many of them."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, ClassVar

import msgspec


class _AsDataclass:
    """The fields of a noun, as the functions of `dataclasses` ask for them."""

    def __get__(self, _noun: object, kind: type[msgspec.Struct]) -> dict[str, Any]:
        return _fields_of(kind)


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    columns: list[Any] = []
    for one in msgspec.structs.fields(kind):
        given: dict[str, Any] = {}
        if one.default is not msgspec.NODEFAULT:
            given["default"] = one.default
        elif one.default_factory is not msgspec.NODEFAULT:
            given["default_factory"] = one.default_factory
        columns.append((one.name, one.type, dataclasses.field(**given)))
    twin = dataclasses.make_dataclass(kind.__name__, columns, kw_only=True)
    made: dict[str, Any] = twin.__dict__["__dataclass_fields__"]
    return made


class Noun(msgspec.Struct, frozen=True):
    """A frozen value, made by `msgspec` many times as fast as by `dataclasses`, and changed so by
    `msgspec.structs.replace`; `benchmarks/nouns.py` tells how many.

    Events make dozens each. `replace`, `fields` and `asdict` of `dataclasses` take it as they take
    any dataclass.
    """

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]] = _AsDataclass()  # type: ignore[assignment]  # made when it is asked for: a struct's fields are not known before
