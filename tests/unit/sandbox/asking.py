"""One call to a sandbox in process, said in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.model.http import Request
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.reply import Reply, decode, encode

NOTHING = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `document` is None where the body is no JSON."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    document: Any


def request(
    method: str,
    path: str,
    body: Any = NOTHING,
    *,
    query: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Request:
    """The call as it would arrive over a wire; short paths are below `/v1/backend/`."""
    has_body = body is not NOTHING
    sent = {"content-type": "application/json"} if has_body else {}
    return Request(
        method=method,
        path=path if path.startswith("/") else f"/v1/backend/{path}",
        query=tuple(query),
        headers=sent | dict(headers or {}),
        body=decode(encode(body)) if has_body else None,
        has_body=has_body,
    )


def begin(gateway: SandboxGateway, method: str, path: str, body: Any = NOTHING) -> Reply:
    """The reply to the worker's account, with its delay and ending."""
    token = {"x-access-token": gateway.access_token}
    return gateway.begin(request(method, path, body, headers=token))


def ask(
    gateway: SandboxGateway,
    method: str,
    path: str,
    body: Any = NOTHING,
    *,
    query: Sequence[tuple[str, str]] = (),
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer to the worker's account, or to another token; "" for none."""
    known = gateway.access_token if token is None else token
    sent = ({"x-access-token": known} if known else {}) | dict(headers or {})
    reply = gateway.begin(request(method, path, body, query=query, headers=sent))
    response = reply.response
    assert response is not None, "the call got no answer"
    try:
        document = decode(response.body)
    except ValueError:
        document = None
    return Answer(response.status, response.headers, response.body, document)


def send(gateway: SandboxGateway, conversation: str, text: str = "Hello") -> Answer:
    """The worker's account sends a text."""
    body = {"conversation_id": conversation, "type": "text", "text": text}
    return ask(gateway, "POST", "conversation_messages", body)


def messages(gateway: SandboxGateway, conversation: str, limit: int = 100) -> list[dict[str, Any]]:
    """The conversation's messages as the API lists them."""
    query = [("conversation_id", conversation), ("limit", str(limit))]
    if gateway.generation == "v1":
        tcu = gateway.world.conversations[conversation].own_tcu
        query = [("type", "team_conversation_id"), ("q", tcu), ("limit", str(limit))]
    rows: list[dict[str, Any]] = ask(gateway, "GET", "conversation_messages", query=query).document[
        "data"
    ]
    return rows
