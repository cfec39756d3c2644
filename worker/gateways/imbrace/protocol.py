"""How a call to iMBRACE is spelled: prefixes of both generations, credentials, queries. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from worker.errors import SettingsError
from worker.model.http import Request, Upload

BACKEND: Final = "/v1/backend"
CHANNEL_SERVICE: Final = "/channel-service/v1"
KNOWN_PREFIXES: Final = (BACKEND, CHANNEL_SERVICE)
"""In the order they are probed. Source: facts §1."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where the API begins.

    Args:
        v1: prefix of most endpoints.
        v2: prefix of the few that exist in a second version.
        backend: prefix of what only the older backend serves, under either generation
            (`conversation`, `meilisearch`). Source: facts §1.
    """

    v1: str = BACKEND
    v2: str = "/v2/backend"
    backend: str = BACKEND


def prefix_of(setting: str) -> Prefix:
    """The prefixes that belong to a `WORKER_API_PREFIX`.

    Raises:
        SettingsError: it is no path.
    """
    v1 = "/" + setting.strip().strip("/")
    if v1 == "/" or any(letter in v1 for letter in "?# \t\r\n"):
        raise SettingsError(f"the API prefix must be a path like {BACKEND}, or auto")
    parts = v1.split("/")
    v2 = "/".join("v2" if part == "v1" else part for part in parts)
    return Prefix(v1, v2)


def segment(value: str) -> str:
    """An id as one path segment: nothing in it can leave its place."""
    quoted = quote(value, safe="")
    return quoted.replace(".", "%2E") if quoted.strip(".") == "" else quoted


def page(skip: int, limit: int) -> tuple[tuple[str, str], ...]:
    """The paging of every list. Source: facts §2, Pagination."""
    return (("limit", str(limit)), ("skip", str(skip)))


def get(endpoint: str, path: str, query: tuple[tuple[str, str], ...] = ()) -> Request:
    """A read."""
    return Request(method="GET", path=path, query=query, endpoint=endpoint)


def ask(endpoint: str, path: str, body: Any) -> Request:
    """A read that the platform wants as a POST."""
    return Request(method="POST", path=path, body=body, has_body=True, endpoint=endpoint)


def write(method: str, endpoint: str, path: str, body: Any) -> Request:
    """A change, with a JSON body."""
    return Request(
        method=method, path=path, body=body, has_body=True, writes=True, endpoint=endpoint
    )


def upload(endpoint: str, path: str, file: Upload) -> Request:
    """A file, as a form. Nobody sees it until a message names it, so a repeat has no effect."""
    return Request(method="POST", path=path, upload=file, endpoint=endpoint)


def credentials(token: str, organization_id: str = "", *, third: bool = False) -> dict[str, str]:
    """The headers of a token, by its kind.

    Args:
        organization_id: required with a JWT, harmless with the others; "" sends none.
        third: for `/3rd`, where an `api_` token goes into `x-access-token`. Source: facts §2.
    """
    if token.startswith("eyJ"):
        headers = {"authorization": f"Bearer {token}"}
    elif token.startswith("api_") and not third:
        headers = {"x-api-key": token}
    else:
        headers = {"x-access-token": token}
    if organization_id:
        headers["x-organization-id"] = organization_id
    return headers
