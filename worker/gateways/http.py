"""The aiohttp adapter: carries one `Request` and turns every failure into what it may have done."""

from __future__ import annotations

import asyncio
import os
from typing import Final
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
from yarl import URL

from worker.errors import Fault, GatewayError, SettingsError, TookEffect
from worker.model.http import Request, Response

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""A page of 1,000 messages is below 2 MB; more than this is not an answer of a chat platform."""

KEEP_ALIVE_S: Final = 4.0
"""Below the 5 s after which a Node.js server closes an idle connection: the race is rare then."""

CONNECT_SHARE: Final = 0.5
"""Part of the time-out that connecting may take: what ends before it was certainly not sent."""

_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class AiohttpTransport:
    """Calls below one base URL over a pool of kept-alive connections."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 20.0,
        user_agent: str = "worker",
        max_in_flight: int = 64,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """Nothing is connected yet.

        Args:
            base_url: `http(s)://host[:port][/path]`.
            timeout_s: bound of one whole call.
            max_in_flight: connections at most; further calls wait for a free one.

        Raises:
            SettingsError: the base URL cannot be one.
        """
        self._base = checked_base_url(base_url)
        self._timeout_s = timeout_s
        self._user_agent = user_agent
        self._max_in_flight = max_in_flight
        self._max_body_bytes = max_body_bytes
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status; redirects are answers too.

        Raises:
            GatewayError: no whole answer came.
        """
        headers, body = encoded(request)
        url = URL(self._base + target(request), encoded=True)
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._opened().request(
                    request.method, url, headers=headers, data=body, allow_redirects=False
                ) as answer:
                    content = await self._whole(request, answer)
                    return Response(answer.status, _lowered(answer), content)
        except TimeoutError as error:
            raise _timed_out(request, error, self._timeout_s) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _broken(request, error) from None

    async def close(self) -> None:
        """Connections are closed."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._max_in_flight, keepalive_timeout=KEEP_ALIVE_S
                ),
                timeout=aiohttp.ClientTimeout(total=None, connect=self._timeout_s * CONNECT_SHARE),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Content-Type",),
                headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            )
            # aiohttp repeats a GET, PUT or DELETE by itself when a kept connection was closed; such
            # a repeat would be in no budget and in no record. It has no public switch.
            self._session._retry_connection = False  # noqa: SLF001
        return self._session

    async def _whole(self, request: Request, answer: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := await answer.content.readany():
            size += len(part)
            if size > self._max_body_bytes:
                answer.close()
                raise GatewayError(
                    Fault.UNREADABLE,
                    f"{name_of(request)}: the answer is larger than {self._max_body_bytes} bytes",
                    took_effect=effect(request),
                    status=answer.status,
                )
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def checked_base_url(base_url: str) -> str:
    """The base URL without a trailing slash.

    Raises:
        SettingsError: not http(s), no host, or credentials, query or fragment in it.
    """
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        raise SettingsError("the base URL has no valid host and port") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise SettingsError("the base URL must look like https://host or http://host:port")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingsError("the base URL must not hold credentials, a query or a fragment")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def target(request: Request) -> str:
    """Path and query, as they stand on the wire."""
    return f"{request.path}?{urlencode(request.query)}" if request.query else request.path


def name_of(request: Request) -> str:
    """How errors and metrics name the call: never an id, a query or a token."""
    return request.endpoint or request.method


def effect(request: Request) -> TookEffect:
    """What a call that reached the other end may have done."""
    return TookEffect.MAYBE if request.writes else TookEffect.NO


def encoded(request: Request) -> tuple[dict[str, str], bytes | aiohttp.MultipartWriter | None]:
    """Headers and body as they are sent; JSON as bytes, so that its length is known and stated.

    Raises:
        GatewayError: a header value no server could be sent, e.g. a token with a line break.
    """
    headers = dict(request.headers)
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable():
            raise GatewayError(
                Fault.REJECTED,
                f"{name_of(request)}: header {name} holds a character that cannot be sent; "
                "is the token one line of plain text?",
                took_effect=TookEffect.NO,
            )
    if request.upload is not None:
        form = aiohttp.MultipartWriter("form-data")
        part = form.append(request.upload.content, {"Content-Type": request.upload.media_type})
        part.set_content_disposition(
            "form-data", name=request.upload.field, filename=request.upload.name
        )
        headers["Content-Type"] = form.content_type
        return headers, form
    if not request.has_body:
        return headers, None
    try:
        body = msgspec.json.encode(request.body)
    except UnicodeEncodeError:
        raise GatewayError(
            Fault.REJECTED,
            f"{name_of(request)}: a text holds half a character, which JSON cannot carry",
            took_effect=TookEffect.NO,
        ) from None
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body))
    return headers, body


def _lowered(answer: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _timed_out(request: Request, error: TimeoutError, timeout_s: float) -> GatewayError:
    if isinstance(error, _NEVER_SENT):
        return GatewayError(
            Fault.REFUSED,
            f"{name_of(request)}: no connection within {timeout_s * CONNECT_SHARE:g} s",
            took_effect=TookEffect.NO,
        )
    return GatewayError(
        Fault.TIMEOUT,
        f"{name_of(request)}: no answer within {timeout_s:g} s",
        took_effect=effect(request),
    )


def _broken(request: Request, error: Exception) -> GatewayError:
    if isinstance(error, _NEVER_SENT):
        return GatewayError(
            Fault.REFUSED, f"{name_of(request)}: {_why(error)}", took_effect=TookEffect.NO
        )
    if isinstance(error, aiohttp.InvalidURL):
        return GatewayError(
            Fault.REJECTED, f"{name_of(request)}: not a valid URL", took_effect=TookEffect.NO
        )
    if isinstance(error, aiohttp.ClientResponseError):
        return GatewayError(
            Fault.UNREADABLE,
            f"{name_of(request)}: the answer is not HTTP",
            took_effect=effect(request),
        )
    return GatewayError(
        Fault.DISCONNECTED,
        f"{name_of(request)}: the connection ended before a whole answer came",
        took_effect=effect(request),
    )


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no such host: {error.host}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host}:{error.port} was not accepted"
    if isinstance(error, aiohttp.ClientConnectorError):
        there, cause = f"{error.host}:{error.port}", error.os_error
        if isinstance(error, aiohttp.ClientSSLError):
            return f"TLS failed to {there}: {cause.strerror or 'refused'}"
        # the number, for the text may be a call with its arguments
        reason = os.strerror(cause.errno).lower() if cause.errno else cause.strerror or "refused"
        return f"no connection to {there}: {reason}"
    return "no connection"
