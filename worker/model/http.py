"""One HTTP call as a value: what protocol functions make and transports carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from worker.model.noun import Noun


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart form."""

    field: str
    name: str
    content: bytes = dataclasses.field(repr=False)  # `field` is a name of its own here
    media_type: str = "application/octet-stream"


class Request(Noun, frozen=True, kw_only=True):
    """One call below the base URL; `repr` tells its method and path alone, for secrets are in it.

    Args:
        path: absolute, below the base URL, e.g. `/v1/backend/contacts`.
        query: pairs in order; a name may repeat.
        headers: credentials are in here.
        body: JSON value; `has_body` tells a JSON null from no body.
        writes: a repeat could have an effect of its own.
        endpoint: short fixed name of what is called, for metrics; never holds an id.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    upload: Upload | None = None
    writes: bool = False
    endpoint: str = ""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


class Response(Noun, frozen=True):
    """One answer. Header names are lower case; `repr` tells its status alone."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Response({self.status})"


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
