"""JSON as platforms really send it: one odd value must not hide the page it stands on. Pure.

A customer's name or message can hold half a surrogate pair, a control character or a number of any
size, and the platform passes it on. A strict reader would refuse the whole list for it, with the
messages of everybody else, at every poll.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

_LONGEST_INTEGER = 30  # digits; ids and times have fewer, and thousands cannot even be printed


def decoded(body: bytes) -> Any:
    """The value; None where the body is no JSON at all, or nested too deeply to be read.

    Where a strict reader stumbles: bytes that are no UTF-8 and halves of surrogate pairs are
    U+FFFD, control characters stay, numbers that are no number here are null.
    """
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        text = body.decode("utf-8-sig", "replace")
        found = json.loads(
            text,
            strict=False,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=lambda _name: None,
        )
        # Pairs have become characters by now; what is left are halves.
        return _whole(found)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else None


def _decimal(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, dict):
        return {whole_text(name): _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return value


def whole_text(text: str) -> str:
    """The text; each half of a surrogate pair is U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
