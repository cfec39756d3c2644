"""How single settings are read: durations, lists, addresses. Each says what it expected."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from worker.duration import format_duration, parse_duration
from worker.settings.token import clean_token, read_token

StartFrom = Literal["now", "beginning"] | datetime

_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def _duration(value: object) -> object:
    return parse_duration(value.strip()) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def within(low: timedelta, high: timedelta) -> Callable[[timedelta], timedelta]:
    """A validator that lets lengths from `low` to `high` pass."""

    def check(value: timedelta) -> timedelta:
        if not low <= value <= high:
            raise ValueError(f"must be from {format_duration(low)} to {format_duration(high)}")
        return value

    return check


def list_of(value: object) -> object:
    """Text as a list: `a, b` or `[a, b]`, as in rules; quotes around an item are not part of it."""
    if not isinstance(value, str):
        return value
    inner = value.strip()
    if inner.startswith("[") != inner.endswith("]"):
        raise ValueError("expected a list such as [a, b] or a, b")
    items = (item.strip().strip("\"'") for item in inner.strip("[]").split(","))
    return tuple(item for item in items if item)


def _boolean(value: object) -> object:
    # Only what YAML 1.2 and people agree on; pydantic would also take `t`, `y`, `1`, `on`.
    if isinstance(value, str):
        known = {"true": True, "false": False}
        if value.strip().lower() not in known:
            raise ValueError("expected true or false")
        return known[value.strip().lower()]
    return value


Flag = Annotated[bool, BeforeValidator(_boolean)]


def _base_url(value: str) -> str:
    # The value is never shown from here: it may hold a password.
    try:
        parts = urlsplit(value.strip())
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL; expected one such as https://gateway.example.com") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL that begins with https:// (or http://) and names a host")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password; the token has its own setting")
    if parts.query or parts.fragment or re.search(r"[\s\\]", value.strip()):
        raise ValueError("must not hold spaces, `?` or `#`")
    if not _is_host(parts.hostname) or port == 0:
        raise ValueError("names a host that cannot be")
    if ".." in parts.path.split("/") or "//" in parts.path:
        raise ValueError("has a path with `..` or `//`")
    return value.strip().rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]


def _is_host(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(_HOST.fullmatch(name))
    return True


def _api_prefix(value: str) -> str:
    if value == "auto" or _PREFIX.fullmatch(value.rstrip("/")):
        return value.rstrip("/")
    raise ValueError("expected a path such as /v1/backend, or auto")


ApiPrefix = Annotated[str, AfterValidator(_api_prefix)]


def _database_url(value: str) -> str:
    # The value is never shown from here: it may hold a password.
    scheme, separator, rest = value.partition("://")
    if scheme in ("postgresql", "postgres") and separator and rest.strip("/"):
        return value
    if scheme == "sqlite" and rest.startswith("/") and rest.strip("/"):
        return value
    raise ValueError(
        "expected sqlite:///relative/path.db, sqlite:////absolute/path.db or postgresql://host/name"
    )


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


def _host(value: str) -> str:
    name = value.strip().removeprefix("[").removesuffix("]")
    if not _is_host(name):
        raise ValueError("expected a host name or an address, without scheme and port")
    return name


Host = Annotated[str, AfterValidator(_host)]


def _port(value: object) -> object:
    if isinstance(value, str):
        text = value.strip().lower()
        if text == "off":
            return None
        if text.startswith(("tcp://", "udp://")):
            raise ValueError(
                "is the address of a Kubernetes Service; set enableServiceLinks: false in the pod"
            )
        if not (text.isascii() and text.isdigit()) or int(text) > 65_535:  # noqa: PLR2004
            raise ValueError("expected a port from 0 (any free one) to 65535, or off")
        return int(text)
    return value


Port = Annotated[int | None, BeforeValidator(_port)]


def _start_from(value: object) -> object:
    if not isinstance(value, str) or value in ("now", "beginning"):
        return value
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("expected now, beginning or a time: 2026-10-05T10:00:00+08:00") from None
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC: 2026-10-05T10:00:00+08:00, or Z")
    return moment


Start = Annotated[StartFrom, BeforeValidator(_start_from)]


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for item in value:
        try:
            ipaddress.ip_network(item)
        except ValueError:
            if "/" in item or not _HOST.fullmatch(item) or re.fullmatch(r"[\d.]+", item):
                raise ValueError(
                    f"{item!r} is no host name, address or network such as 10.0.0.0/8"
                ) from None
    return value


Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(list_of), AfterValidator(_networks)]


def _token(value: object) -> object:
    return clean_token(value) if isinstance(value, str) else value


def _token_file(path: Path) -> Path:
    read_token(path)  # so that a missing or empty file is known before anything starts
    return path


TokenText = BeforeValidator(_token)
TokenFile = Annotated[Path, AfterValidator(_token_file)]
