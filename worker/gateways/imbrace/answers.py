"""From a response to a value or to the error it is: by status and body, pure.

Source: facts §2 (error bodies, pagination), §1.1 (what the gateway's plumbing answers).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.lenient import decoded
from worker.gateways.imbrace.wire import Kept, text
from worker.gateways.limits import fault_of_status, retry_after_s
from worker.model.http import Request, Response
from worker.model.noun import Noun

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

_TOKEN = re.compile(r"\b(?:login_)?(?:acc|api)_[\w-]+|\beyJ[\w.-]+", re.ASCII)
_LONGEST_WORD = 160
_IDS = ("id", "public_id", "_id", "conversation_id")
_CODES = {40001: Fault.UNAUTHORIZED, 40003: Fault.REJECTED, 40004: Fault.ABSENT}


class Call(Noun, Generic[T], frozen=True):
    """A request and how its good answer is read.

    Args:
        read: raises `GatewayError` where a 2xx is not what was documented.
        third: it carries the third-party token.
    """

    request: Request
    read: Callable[[Response], T]
    third: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list.

    Args:
        skip: where the next page begins; None: this was the last.
        count: how many match altogether, as far as the answer tells.
        bots: user ids the answer marks as bots.
    """

    rows: tuple[T, ...]
    skip: int | None
    unreadable: int = 0
    count: int | None = None
    unread_count: int | None = None
    bots: frozenset[str] = frozenset()


def _refused(response: Response) -> bool:
    return HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR


def effect(request: Request) -> TookEffect:
    """What an answered call may have done when its answer does not say."""
    return TookEffect.MAYBE if request.writes else TookEffect.NO


def parsed(response: Response) -> Any:
    """The JSON value of the body; None where there is none."""
    return decoded(response.body)


def fault_of(response: Response) -> Fault | None:
    """How an answer failed, by status and body; None for a good one.

    A 400 can be labelled Not Found, a 404 can be a path nobody serves, and 40001 means the token
    whatever the status. Source: facts §2, §4.2, §6.3.
    """
    by_status = fault_of_status(response)
    if by_status is None or not _refused(response):
        return by_status
    if by_status in {Fault.UNAUTHORIZED, Fault.THROTTLED}:
        return by_status
    body = parsed(response)
    if not isinstance(body, dict):
        # An empty 404 may be about the id; a page in HTML or text is about the path.
        return Fault.UNSUPPORTED if by_status is Fault.ABSENT and response.body else by_status
    by_code = _CODES.get(_code(body))
    if by_code is not None:
        return by_code
    if (
        response.status == HTTPStatus.BAD_REQUEST
        and _words(body).strip(". ").lower() == "not found"
    ):
        return Fault.ABSENT
    return by_status


def failure(request: Request, response: Response) -> GatewayError | None:
    """The error an answer is; None for 2xx. A refused call did certainly nothing."""
    fault = fault_of(response)
    if fault is None:
        return None
    refused = _refused(response)
    said = _said(parsed(response)) or _page(response)
    return GatewayError(
        fault,
        f"{request.endpoint}: HTTP {response.status}{f': {said}' if said else ''}",
        took_effect=TookEffect.NO if refused else effect(request),
        status=response.status,
        retry_after_s=retry_after_s(response.headers, None),
    )


def unreadable(request: Request, response: Response, why: str) -> GatewayError:
    """A 2xx that is not what was documented."""
    body = parsed(response)
    said = _said(body)
    if not said and _page(response):
        said = f"it is {_page(response)}; does WORKER_BASE_URL name the platform's API?"
    fault = (
        _CODES.get(_code(body), Fault.UNREADABLE) if isinstance(body, dict) else Fault.UNREADABLE
    )
    return GatewayError(
        fault,
        f"{request.endpoint}: {why}{f': {said}' if said else ''}",
        took_effect=effect(request),
        status=response.status,
    )


def _page(response: Response) -> str:
    return "a web page" if response.body.lstrip()[:1] == b"<" else ""


def mapping(request: Request, response: Response) -> dict[str, Any]:
    """The body as an object.

    Raises:
        GatewayError: it is something else.
    """
    body = parsed(response)
    if not isinstance(body, dict):
        raise unreadable(request, response, "the answer is no JSON object")
    return body


def acknowledged(request: Request, *, empty: bool = True) -> Callable[[Response], None]:
    """A reader of an answer that says nothing: it is undocumented and often empty.

    A page in HTML (a sign-in, a proxy's notice) or half a document is no acknowledgement.
    Source: facts §5.3, §14.

    Args:
        empty: an empty body is one; not where a repeat would be seen.
    """

    def read(response: Response) -> None:
        if not (_is_json(response) or (empty and not response.body.strip())):
            raise unreadable(request, response, "the answer does not say that it was done")

    return read


def _is_json(response: Response) -> bool:
    return parsed(response) is not None or response.body.strip() == b"null"


def one(request: Request, row: type[S]) -> Callable[[Response], S]:
    """A reader of one document, bare or in `data`."""

    def read(response: Response) -> S:
        body = mapping(request, response)
        inner = body.get("data")
        document = inner if isinstance(inner, dict) and not _has_id(body) else body
        found = converted(document, row)
        if found is None or not _has_id(document):
            raise unreadable(request, response, "the answer is not the documented document")
        return found

    return read


def converted(document: Any, row: type[S]) -> S | None:
    """The row; None where what it cannot do without has a wrong type."""
    try:
        found = msgspec.convert(document, row)
    except (msgspec.ValidationError, RecursionError):
        return None
    if isinstance(found, Kept):
        found.document = document
    return found


def rows_of(documents: list[Any], row: type[S]) -> tuple[tuple[S, ...], int]:
    """The readable rows in order, and how many were not."""
    found = tuple(
        one_row
        for one_row in (converted(document, row) for document in documents)
        if one_row is not None and getattr(one_row, "any_id", True)
    )
    return found, len(documents) - len(found)


def listing(request: Request, row: type[S]) -> Callable[[Response], Listing[S]]:
    """A reader of any list: `data` or `items` in an envelope, or a bare array. Source: facts §2."""

    def read(response: Response) -> Listing[S]:
        body = parsed(response)
        documents: Any = body
        envelope: dict[str, Any] = {}
        if isinstance(body, dict):
            envelope = body
            documents = body.get("data", body.get("items"))
        if not isinstance(documents, list):
            raise unreadable(request, response, "the answer is no list")
        rows, wrong = rows_of(documents, row)
        return Listing(
            rows,
            next_skip(envelope, _distinct(documents), *_asked(request)),
            wrong,
            _whole(envelope.get("count", envelope.get("total"))),
            _whole(envelope.get("unread_count")),
            _bots(envelope.get("nested")),
        )

    return read


def next_skip(envelope: dict[str, Any], length: int, skip: int, limit: int) -> int | None:
    """Where the next page begins.

    `has_more` decides where it is given. Without it `total` is the number of all rows (newer
    generation), and a page may be shorter than asked: servers cap it. Source: facts §2, §13.
    """
    if length == 0:
        return None
    more = envelope.get("has_more")
    if not isinstance(more, bool):
        total = _whole(envelope.get("total"))
        told = total is not None and total != length  # else it may count this page only
        more = total > skip + length if told and total is not None else length >= limit
    return skip + length if more else None


def _distinct(documents: list[Any]) -> int:
    """How far a page reaches: a row that repeats in it is no step further down the list."""
    names = [
        next((one[key] for key in _IDS if isinstance(one.get(key), str)), None)
        for one in documents
        if isinstance(one, dict)
    ]
    repeated = [one for one in names if one is not None]
    return len(documents) - len(repeated) + len(set(repeated))


def _asked(request: Request) -> tuple[int, int]:
    query = dict(request.query)
    return int(query.get("skip", "0")), int(query.get("limit", "10"))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _has_id(document: dict[str, Any]) -> bool:
    return any(isinstance(document.get(name), str) and document[name] for name in _IDS)


def _bots(nested: Any) -> frozenset[str]:
    users = nested.get("users") if isinstance(nested, dict) else None
    if isinstance(users, dict):
        users = [{"id": name, **user} for name, user in users.items() if isinstance(user, dict)]
    if not isinstance(users, list):
        return frozenset()
    return frozenset(
        text(user.get("id") or user.get("_id"))
        for user in users
        if isinstance(user, dict) and user.get("is_bot") is True
    )


def _code(body: dict[str, Any]) -> int:
    code = body.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:9])
    return code if isinstance(code, int) else 0


def _words(body: dict[str, Any]) -> str:
    message = body.get("message")
    if isinstance(message, dict):
        message = message.get("message")
    return text(message) or text(body.get("error"))


def _said(body: Any) -> str:
    """The platform's own words, one line, bounded, without anything that looks like a token."""
    if not isinstance(body, dict):
        return ""
    words = " ".join(_TOKEN.sub("***", _words(body)).split())
    return words[:_LONGEST_WORD]
