"""One HTTP call as a value: what protocol functions make and transports carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart form."""

    field: str
    name: str
    content: bytes = dataclasses.field(repr=False)  # `field` is a name of its own here
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call below the base URL.

    Args:
        path: absolute, below the base URL, e.g. `/v1/backend/contacts`.
        query: pairs in order; a name may repeat.
        headers: credentials are in here, so `repr` leaves them out.
        body: JSON value; `has_body` tells a JSON null from no body.
        writes: a repeat could have an effect of its own.
        endpoint: short fixed name of what is called, for metrics; never holds an id.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    has_body: bool = False
    upload: Upload | None = None
    writes: bool = False
    endpoint: str = ""

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """The same call with these headers."""
        return Request(
            method=self.method,
            path=self.path,
            query=self.query,
            headers=headers,
            body=self.body,
            has_body=self.has_body,
            upload=self.upload,
            writes=self.writes,
            endpoint=self.endpoint,
        )


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Carries one call."""

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status.

        Raises:
            GatewayError: no whole answer came; `took_effect` is NO only where the request was
                certainly not delivered.
        """
        ...

    async def close(self) -> None:
        """Connections are closed."""
        ...
