"""Tokens that may change while the worker runs: a replaced secret file is read again."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

from worker.clock import Clock, SystemClock

TokenName = Literal["access_token", "api_token", "http_token"]
TOKENS: tuple[TokenName, ...] = ("access_token", "api_token", "http_token")

# What may stand in an HTTP header value without quoting or splitting it.
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_MAX_BYTES = 16_384  # real tokens are below 4 KiB; anything larger is the wrong file
# A file system's time stamps are coarse: two writes within one tick look alike. Reading the content
# once a second whatever the stamps say bounds how long such a write can stay unseen.
_REREAD_AFTER_S = 1.0

_MAX_KNOWN = 4

Stamp = tuple[int, int, int, int, int]


def clean_token(text: str) -> str:
    """The token without surrounding white space.

    Raises:
        ValueError: it is empty or cannot be sent in a header; the text never shows it.
    """
    token = text.strip("\ufeff \t\r\n")
    if not token:
        raise ValueError("is empty")
    if not _SENDABLE.fullmatch(token):
        raise ValueError("holds spaces, line breaks or characters that no token has")
    return token


def read_token(path: Path) -> str:
    """The token in the file.

    Raises:
        ValueError: the file cannot be read or holds no token; the text names the file only.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or 'unreadable'}") from None
    if len(content) > _MAX_BYTES:
        raise ValueError(f"{path} is too large for a token")
    try:
        return clean_token(content.decode("utf-8"))
    except ValueError as error:
        # A UnicodeDecodeError would carry the bytes themselves.
        reason = "is not text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ValueError(f"{path} {reason}") from None


class TokenSource:
    """Gives the token at each call; one `stat` a call while its file stays as it was.

    While a file is missing or half written, the last good token is given: a secret that is being
    replaced must not look like one that was taken away.

    Args:
        value: a fixed token; "" for none.
        path: its file; wins over `value`.
    """

    def __init__(
        self, value: str = "", *, path: Path | None = None, clock: Clock | None = None
    ) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._stamp: Stamp | None = None
        self._read_at = self._clock.monotonic()
        self._token = value
        if path is not None:
            self._stamp = _stamp(path)
            self._token = read_token(path)
        self._known: tuple[str, ...] = (self._token,) if self._token else ()

    def __call__(self) -> str:
        """The token as it is now; "" where none is set."""
        if self._path is not None:
            self._refresh(self._path)
        return self._token

    def __repr__(self) -> str:
        return f"TokenSource({self._path or ('set' if self._token else 'none')})"

    @property
    def known(self) -> tuple[str, ...]:
        """Tokens given so far, without looking at the file; for redaction."""
        return self._known

    def _refresh(self, path: Path) -> None:
        stamp = _stamp(path)
        now = self._clock.monotonic()
        if stamp == self._stamp and now - self._read_at < _REREAD_AFTER_S:
            return
        try:
            token = read_token(path)
        except ValueError:
            return
        self._token, self._stamp, self._read_at = token, stamp, now
        if token not in self._known:
            # The one before may still stand in an error that is being logged.
            self._known = (token, *self._known)[:_MAX_KNOWN]


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - three times as fast as Path.stat, at each request
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev, found.st_size)
