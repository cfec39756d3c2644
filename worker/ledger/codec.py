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


def columns_text(value: object) -> str:
    """`value` as JSON for SQL to take apart; NUL, which would cut a text there, becomes U+FFFD."""
    text = encoded(value)
    # Also found in an escaped backslash before "u0000", where mending changes nothing.
    if b"\\u0000" in text:
        text = encoded(_mended(msgspec.to_builtins(value), nul="\ufffd"))
    return text.decode()


def column(text: str) -> str:
    """`text` as a column keeps it: see `columns_text`."""
    return text if text.isascii() and "\0" not in text else _mended_text(text, "\ufffd")


def _mended_text(text: str, nul: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", nul)


def _mended(value: Any, *, nul: str = "\0") -> Any:
    if isinstance(value, str):
        return _mended_text(value, nul)
    if isinstance(value, Mapping):
        return {_mended(name, nul=nul): _mended(part, nul=nul) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(part, nul=nul) for part in value]
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
