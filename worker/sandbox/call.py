"""One call as an endpoint sees it: who asks, for what, and how it can be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import Any, TypeVar

from worker.model.http import Request, Upload
from worker.sandbox.records import Contact, Conversation
from worker.sandbox.switches import Switches
from worker.sandbox.world import World

T = TypeVar("T")
_LONGEST_NUMBER = 9
DEFAULT_LIMIT = 10  # Source: facts §2, Pagination


class Kind(Enum):
    """What sort of credential a call carries."""

    USER = auto()  # acc_
    CONTACT = auto()  # con_
    CHANNEL = auto()  # ch_
    API = auto()  # api_, by x-api-key
    THIRD = auto()  # api_, by x-access-token below /3rd


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `id` is a user's, a contact's, a channel's, or `api`."""

    kind: Kind
    id: str


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """The call is answered with this status and body instead, and had no effect."""

    def __init__(self, status: int, body: Any, media_type: str = "application/json") -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.media_type = media_type


NO_BODY = object()
"""What an endpoint returns for a 200 without a body."""


def invalid(message: str = "Invalid request") -> Refusal:
    """The documented 400 with code 40000."""
    return Refusal(400, {"code": 40000, "message": message})


def labelled_not_found() -> Refusal:
    """The documented 400 that says Not Found."""
    return Refusal(400, {"message": "Not Found"})


def absent(message: str = "Not Found") -> Refusal:
    """A plain 404 in JSON."""
    return Refusal(404, {"message": message})


@dataclass(slots=True)
class Call:
    """One call on its way through an endpoint.

    Args:
        body: the JSON value that arrived; None when there was none or it was lost.
        query: the first value of each name; `pairs` has them all.
        skip_ignored, empty_sender: faults played on this call.
    """

    world: World
    request: Request
    caller: Caller
    parameters: Mapping[str, str]
    body: Any
    query: dict[str, str] = field(default_factory=dict)
    skip_ignored: bool = False
    empty_sender: bool = False

    @property
    def switches(self) -> Switches:
        """The switches as they are now."""
        return self.world.switches

    @property
    def newer(self) -> bool:
        """The newer generation answers."""
        return self.world.generation == "v2"

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All query parameters in order."""
        return self.request.query

    @property
    def upload(self) -> Upload | None:
        """The file of a multipart form."""
        return self.request.upload

    def record(self, kind: str, *ids: str, **detail: Any) -> None:
        """The write is in the journal under the caller."""
        self.world.record(kind, self.caller.id, *ids, **detail)

    def mapping(self) -> Mapping[str, Any]:
        """The body as an object.

        Raises:
            Refusal: it is something else.
        """
        if not isinstance(self.body, dict):
            raise invalid()
        return self.body

    def text(self, name: str) -> str:
        """A text field of the body, "" if it is missing or no text."""
        found = self.mapping().get(name, "")
        return found if isinstance(found, str) else ""

    def conversation(self, address: str) -> Conversation:
        """The conversation under any of its ids.

        Raises:
            Refusal: there is none.
        """
        found = self.world.addresses.get(address)
        if found is None:
            raise absent()
        return found

    def contact(self, contact_id: str, refusal: Callable[[], Refusal] = absent) -> Contact:
        """The contact.

        Raises:
            Refusal: there is none.
        """
        found = self.world.contacts.get(contact_id)
        if found is None:
            raise refusal()
        return found

    def bounds(self, *, strict: bool = False, skip_name: str = "skip") -> tuple[int, int]:
        """Skip and limit as the platform takes them; `strict` refuses what is no number."""
        limit = self._number("limit", DEFAULT_LIMIT, strict=strict)
        skip = 0 if self.skip_ignored else self._number(skip_name, 0, strict=strict)
        return skip, min(limit, self.switches.page_cap)

    def _number(self, name: str, default: int, *, strict: bool) -> int:
        text = self.query.get(name, "")
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
            return int(text)
        if strict and text:
            raise invalid("Invalid request parameters")
        return default

    def envelope(self, rows: Sequence[Any], count: int, skip: int) -> dict[str, Any]:
        """A list as its generation wraps it: v1 `count` all, `total` this page; v2 `total` all."""
        if self.newer:
            return {"data": rows, "total": count}
        listed: dict[str, Any] = {"object_name": "list", "data": rows}
        if self.switches.nested:
            listed["nested"] = {}
        return listed | {
            "has_more": skip + len(rows) < count,
            "count": count,
            "total": len(rows),
        }


def cut(rows: Iterable[T], skip: int, limit: int) -> list[T]:
    """One page of the rows."""
    return list(islice(rows, skip, skip + limit))
