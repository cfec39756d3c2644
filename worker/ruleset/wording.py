"""Validation errors in words of a rule's author, at their place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from worker.conditions.keyed import described
from worker.errors import Problem
from worker.model.rule import Place
from worker.ruleset.scalars import plain_value
from worker.text.names import did_you_mean

Locate = Callable[..., Place]
"""Called with a path of keys, and `key=` and `offset=` (see `Document.place`)."""

_AT_KEY = frozenset(
    {
        "unknown_key",
        "extra_forbidden",
        "unknown_kind",
        "unknown_field",
        "unsupported",
    }
)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")

# A type of pydantic's error: what an author would say was expected.
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "nothing",
    "string_pattern_mismatch": "another form of text",
}
_KEYS = {
    "missing": ("the key '{}' is missing", "add it"),
    "extra_forbidden": ("unknown key '{}'", "take it out"),
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_SIZES = {
    "too_short": ("at least", "min_length", "items"),
    "too_long": ("at most", "max_length", "items"),
    "string_too_short": ("at least", "min_length", "letters"),
    "string_too_long": ("at most", "max_length", "letters"),
}


def problems_of(
    error: ValidationError,
    locate: Locate,
    within: tuple[int | str, ...] = (),
    *,
    written: Callable[[Place], str] | None = None,
) -> Iterator[Problem]:
    """One problem for each line of `error`.

    Args:
        locate: tells places in the file.
        within: where in the file the value stood that was validated.
        written: the characters of a scalar at a place; "" where there is none.
    """
    for line in error.errors(include_url=False):
        context: Mapping[str, Any] = line.get("ctx") or {}
        kind, loc = line["type"], within + line["loc"]
        if _miscounted(kind, line["input"], context):
            continue
        if kind in _EXPECTED and "hint" not in context:
            spelled = written(locate(loc)) if written is not None else ""
            message, hint = _another_type(_EXPECTED[kind], line["input"], spelled, loc)
        else:
            message, hint = _said(kind, line["msg"], line["input"], context, line["loc"])
        of_key = loc[-1:] == ("[key]",)  # how pydantic says that the key itself is wrong
        if kind == "bad_language":  # a key of texts by language, or a value of conditions
            of_key = f"'{loc[-1]}'" in message
        at = loc[:-1] if loc[-1:] == ("[key]",) else loc
        warning = bool(context.get("warning", False))
        for told, mend, offset in (
            (message, hint, context.get("offset")),
            *context.get("more", ()),
        ):
            place = locate(
                at,
                key=of_key or kind in _AT_KEY,
                offset=offset if isinstance(offset, int) else -1,
            )
            yield Problem(place.path, place.line, place.column, told, mend, warning)


def _miscounted(kind: str, value: object, context: Mapping[str, Any]) -> bool:
    """A list is long enough, and only its wrong items, which are told of, were not counted."""
    return (
        kind == "too_short"
        and isinstance(value, list | tuple)
        and len(value) >= context.get("min_length", 0)
    )


def _said(
    kind: str, text: str, value: object, context: Mapping[str, Any], loc: tuple[int | str, ...]
) -> tuple[str, str]:
    """The message and the hint."""
    if "hint" in context:
        return text, str(context["hint"] or "")
    if kind in _KEYS:
        message, hint = _KEYS[kind]
        return message.format(loc[-1]), hint
    if kind in ("literal_error", "enum"):
        return _not_one_of(str(context.get("expected", "")), value)
    if kind in ("too_short", "string_too_short") and value in ("", [], ()):
        if isinstance(value, str):
            return "this text is empty", "write it, or take it out"
        return "this list is empty", "write at least one item"
    return _out_of_bounds(kind, text, value, context), ""


def _out_of_bounds(kind: str, text: str, value: object, context: Mapping[str, Any]) -> str:
    """The message for everything that is not about keys, names or types."""
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"expected {words} {context.get(name)}, found {value}"
    if kind in _SIZES:
        return _another_size(*_SIZES[kind], context)
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", text))
    return text[:1].lower() + text[1:]


def _not_one_of(expected: str, value: object) -> tuple[str, str]:
    names = _QUOTED.findall(expected) or [expected]
    names = [name.lower() if name in ("True", "False") else name for name in names]
    shown = f"'{value}'" if isinstance(value, str) else described(value)
    near = did_you_mean(value, names) if isinstance(value, str) else ""
    hint = near if near.startswith("did you mean") else ""
    one_of = "one of " if len(names) > 1 else ""
    return f"expected {one_of}{', '.join(names)}, found {shown}", hint


def _another_type(
    expected: str, value: object, spelled: str, loc: tuple[int | str, ...]
) -> tuple[str, str]:
    """The message and the hint; a number is shown as it was written, where that is known."""
    message = f"expected {expected}, found {described(value)}"
    if loc[-1:] == ("secret",):  # what is said here is logged
        return message, "quote it"
    if isinstance(value, int | float):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if spelled and plain_value(spelled) == value:  # else it stands elsewhere
            shown = spelled
        hint = f'quote it: "{shown}"' if expected == "a text" else ""
        return (message if isinstance(value, bool) else f"{message} ({shown})"), hint
    if isinstance(value, str) and expected != "a text":
        hint = "write it without quotes" if _quotes_only(expected, value) else ""
        return f"{message} ('{value}')", hint
    return message, ""


def _quotes_only(expected: str, value: str) -> bool:
    if expected == "true or false":
        return value in ("true", "false")
    return expected.endswith("number") and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _another_size(words: str, name: str, what: str, context: Mapping[str, Any]) -> str:
    bound = context.get(name)
    found = context.get("actual_length")
    return f"expected {words} {bound} {what}" + (f", found {found}" if found is not None else "")
