"""Answers as values: bytes on the wire, how late, or how the connection ends instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import msgspec

from worker.model.http import Request, Response

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PROXY_TIMEOUT_S = 30.0  # Source: facts §1, gateway plumbing


class Ending(Enum):
    """How a call ends for who made it."""

    ANSWER = auto()
    REFUSED = auto()  # no connection was made
    RESET = auto()  # the connection is reset
    CLOSED = auto()  # the connection is closed without an answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gets.

    Args:
        delay_s: seconds before it.
        response: with `ANSWER`, unless `finish` makes it.
        finish: does the call's work after the delay, whether or not somebody still waits.
    """

    ending: Ending = Ending.ANSWER
    response: Response | None = None
    delay_s: float = 0.0
    finish: Callable[[], Response] | None = None


class HungUp(Exception):  # noqa: N818 - an ending, not a failure of the sandbox
    """The call gets no answer."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.name.lower())
        self.ending = ending


MALFORMED = object()
"""Stands for a body that is no JSON."""


def bare_request(request: Request) -> Request:
    """The same request as it looks when its body was lost on the way."""
    return replace(request, body=None, has_body=False)


def encode(value: Any) -> bytes:
    """The value as JSON; text that is no valid Unicode (lone surrogates) goes out as escapes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode("ascii")


def decode(content: bytes) -> Any:
    """The JSON value of these bytes.

    Raises:
        ValueError: they are no JSON.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(content)  # it takes lone surrogates, which hostile tests send


_WRONG = {str: 17, int: "many", bool: "perhaps", dict: "an object", list: {"0": "a list"}}


def wrong_types(value: Any) -> Any:
    """The same document with every second row of other types, or itself where it has no rows."""
    rows = rows_of(value)
    if rows is None:
        return _mangled(value)
    for index in range(0, len(rows), 2):
        rows[index] = _mangled(rows[index])
    return value


def _mangled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _WRONG.get(type(field), field) for name, field in value.items()}
    return _WRONG.get(type(value), 17)


def rows_of(value: Any) -> list[Any] | None:
    """The rows of a list in any of its envelopes; None where there is no list."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for name in ("data", "items"):
            if isinstance(value.get(name), list):
                found: list[Any] = value[name]
                return found
    return None
