"""Playing one fault on one call: what still takes effect, and what the caller gets."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from worker.model.http import Request, Response
from worker.sandbox.call import NO_BODY, Refusal
from worker.sandbox.reply import (
    HTML,
    JSON,
    Ending,
    Reply,
    bare_request,
    encode,
    rows_of,
    wrong_types,
)

if TYPE_CHECKING:
    from worker.sandbox.faults import FaultRule
    from worker.sandbox.gateway import SandboxGateway
    from worker.sandbox.routes import Route

_PAGE = b"<html>\r\n<head><title>%s</title></head>\r\n<body><h1>%s</h1></body>\r\n</html>\r\n"
_PROXY_WORDS = {
    502: b"502 Bad Gateway",
    503: b"503 Service Unavailable",
    504: b"504 Gateway Time-out",
}
_ENDINGS = {"refuse": Ending.REFUSED, "reset": Ending.RESET, "close": Ending.CLOSED}
_BENT = frozenset({"ignore-skip", "empty-from"})
_ROWS = frozenset({"duplicate-rows", "reorder-rows"})
_DAMAGED = _ROWS | {"truncated", "wrong-types"}


def play(gateway: SandboxGateway, rule: FaultRule, request: Request, route: Route | None) -> Reply:
    """The reply of a call on which the fault is played."""
    kind = rule.kind
    if kind == "late":
        return Reply(delay_s=rule.seconds, finish=lambda: gateway.answer(request, route))
    if kind in _ENDINGS:
        if rule.effect:
            gateway.answer(request, route)
        return Reply(_ENDINGS[kind], delay_s=rule.seconds)
    delay_s = rule.seconds if kind == "stall" else 0.0
    return Reply(response=_answered(gateway, rule, request, route), delay_s=delay_s)


def _answered(
    gateway: SandboxGateway, rule: FaultRule, request: Request, route: Route | None
) -> Response:
    kind = rule.kind
    if kind in _BENT:
        return gateway.answer(request, route, rule)
    if kind == "lose-body":
        return gateway.answer(bare_request(request), route)
    if kind in _DAMAGED:
        return _damaged(gateway, rule, request, route)
    done = gateway.answer(request, route) if rule.effect else None
    if kind == "stall":
        return done or _proxy_error(gateway, request, 504)
    return _error(gateway, rule, request, route)


def _error(
    gateway: SandboxGateway, rule: FaultRule, request: Request, route: Route | None
) -> Response:
    kind = rule.kind
    if kind == "html":
        return gateway.response(request, 200, _PAGE % (b"iMBRACE", b"Please sign in"), HTML)
    if kind == "empty":
        return gateway.response(request, 200, b"", "")
    if kind.startswith("429"):
        return _throttled(gateway, rule, request)
    if kind in {"502", "503", "504"}:
        return _proxy_error(gateway, request, int(kind))
    if kind == "unknown-conversation":
        return _json(gateway, request, 500, {"message": "Internal Server Error"})
    return _json(gateway, request, int(kind), _error_body(gateway, kind, route))


def _error_body(gateway: SandboxGateway, kind: str, route: Route | None) -> dict[str, Any]:
    if kind == "401":
        third = route is not None and route.endpoint.version == "3rd"
        plain = {"message": "Unauthorized"}
        return plain if third or gateway.generation == "v2" else {"code": 40001} | plain
    if kind == "403":
        return {"code": 40003, "message": "Insufficient permission"}
    return {"message": "Internal Server Error" if kind == "500" else "Not Found"}


def _json(gateway: SandboxGateway, request: Request, status: int, body: Any) -> Response:
    return gateway.response(request, status, encode(body), JSON)


def _proxy_error(gateway: SandboxGateway, request: Request, status: int) -> Response:
    words = _PROXY_WORDS[status]
    return gateway.response(request, status, _PAGE % (words, words), HTML)


def _throttled(gateway: SandboxGateway, rule: FaultRule, request: Request) -> Response:
    body = b"Too many requests. Please try again later."
    if rule.kind == "429-seconds":
        return gateway.response(request, 429, body, HTML, retry_after=f"{rule.seconds:.0f}")
    if rule.kind == "429-date":
        until = gateway.world.now().replace(microsecond=0) + timedelta(seconds=rule.seconds)
        date = format_datetime(until, usegmt=True)
        return gateway.response(request, 429, body, HTML, retry_after=date)
    return gateway.response(request, 429, body, HTML)


def _damaged(
    gateway: SandboxGateway, rule: FaultRule, request: Request, route: Route | None
) -> Response:
    """The call's own answer, damaged; refused calls are answered as they are."""
    if rule.kind not in _ROWS and not rule.effect:
        return _json_text(gateway, request, b'{"object_name":"list","data":[{"id":')
    try:
        value = gateway.value(request, route)
    except Refusal as refusal:
        body = refusal.body if isinstance(refusal.body, bytes) else encode(refusal.body)
        return gateway.response(request, refusal.status, body, refusal.media_type)
    if value is NO_BODY:
        return gateway.response(request, 200, b"", "")
    if rule.kind == "truncated":
        whole = encode(value)
        return _json_text(gateway, request, whole[: len(whole) // 2])
    if rule.kind == "wrong-types":
        return _json(gateway, request, 200, wrong_types(value))
    rows = rows_of(value)
    if rows is not None and rule.kind == "duplicate-rows":
        rows[:] = [row for row in rows for _ in range(2)]
    elif rows is not None:
        rows.reverse()
    return _json(gateway, request, 200, value)


def _json_text(gateway: SandboxGateway, request: Request, content: bytes) -> Response:
    return gateway.response(request, 200, content, JSON)
