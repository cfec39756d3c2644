"""A moment in a test: a time that says which one it is, wherever the test runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from worker.conditions.keyed import complaint, described

_LIKE = 'write it with its offset, like "2026-10-05T10:00:00+08:00"'


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise complaint("moment", f"expected a time, found {described(value)}", _LIKE)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise complaint("moment", f"'{value}' is no time", _LIKE) from None
    if read.tzinfo is None:
        raise complaint("moment", f"'{value}' has no offset from UTC", _LIKE)
    return read


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-10-05T10:00:00+08:00"]}),
]
"""ISO 8601 with an offset."""
