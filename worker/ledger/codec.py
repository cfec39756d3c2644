"""How nouns are written down: compact JSON for what is only carried, microseconds for times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, overload

import msgspec

from worker.errors import LedgerError

Noun = TypeVar("Noun")

_ENCODER = msgspec.json.Encoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encoded(value: object) -> bytes:
    """`value` as compact JSON. Lone surrogates, which UTF-8 cannot hold, become U+FFFD.

    Raises:
        TypeError: something in it has no JSON form.
    """
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        # Only a broken sender makes these; losing the message for one bad character would be worse.
        return _ENCODER.encode(_mended(msgspec.to_builtins(value)))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_mended(name): _mended(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(part) for part in value]
    return value


def decoded(form: msgspec.json.Decoder[Noun], text: str | bytes) -> Noun:
    """The noun as it was stored; names this version does not know are ignored.

    Raises:
        LedgerError: the stored text is damaged.
    """
    try:
        return form.decode(text)
    except msgspec.MsgspecError as error:
        raise LedgerError(
            f"the ledger holds a damaged row ({error}); stop the worker, keep a copy of the files, "
            "and restore the last good copy"
        ) from error


@overload
def micros(at: datetime) -> int: ...
@overload
def micros(at: datetime | None) -> int | None: ...
def micros(at: datetime | None) -> int | None:
    """Whole microseconds since 1970 UTC; None stays None. `at` must be aware."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


@overload
def instant(stored: int) -> datetime: ...
@overload
def instant(stored: int | None) -> datetime | None: ...
def instant(stored: int | None) -> datetime | None:
    """The UTC time that `micros` wrote; None stays None."""
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)
