"""The simulated iMBRACE gateway without sockets: one request in, one reply out."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from worker.clock import Clock
from worker.model.http import Request, Response
from worker.sandbox.access import identify
from worker.sandbox.call import NO_BODY, Call, Refusal, invalid
from worker.sandbox.control import Control
from worker.sandbox.faulted import play
from worker.sandbox.faults import FaultRule, FaultRules
from worker.sandbox.journal import Journal, Requests
from worker.sandbox.reply import (
    HTML,
    JSON,
    MALFORMED,
    PROXY_TIMEOUT_S,
    Ending,
    HungUp,
    Reply,
    bare_request,
    encode,
)
from worker.sandbox.routes import Route, Table
from worker.sandbox.stage import Stage
from worker.sandbox.switches import Generation, Switches
from worker.sandbox.world import World

_TOO_MANY = b"Too many requests. Please try again later."
_NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>Cannot {method} {place}</pre>
</body>
</html>
"""
_REQUEST_ID_LENGTH = 64  # Source: facts §1, gateway plumbing


class SandboxGateway:
    """One simulated organisation, its API, and the ways to play and read it.

    Attributes:
        world: the state; `stage` plays people in it; `faults` are what goes wrong.
        requests: how often each endpoint was asked.
        down: every call of the platform is refused.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        generation: Generation = "v1",
        seed: int = 0,
        switches: Switches | None = None,
    ) -> None:
        self.clock = clock
        self.generation: Generation = generation
        self.world = World(clock, generation, switches or Switches(), seed)
        self.faults = FaultRules(seed)
        self.requests = Requests()
        self.stage = Stage(self.world)
        self.down = False
        self._control = Control(self)
        self._table = Table()
        self._window_ends = 0.0
        self._in_window = 0
        self._dated = ""
        self._dated_at = 0

    @property
    def access_token(self) -> str:
        """The worker's account's `acc_` token as it is now."""
        return self.world.worker.token

    @property
    def api_token(self) -> str:
        """The organisation's `api_` token."""
        return self.world.api_token

    @property
    def switches(self) -> Switches:
        """The switches as they are now."""
        return self.world.switches

    @property
    def journal(self) -> Journal:
        """Everything accepted over the API, in order of effect."""
        return self.world.journal

    async def serve(self, request: Request) -> Response:
        """The answer, after the time it takes.

        Raises:
            HungUp: the connection ends without one.
        """
        reply = self.begin(request)
        if reply.delay_s > 0:
            await self.clock.sleep(reply.delay_s)
        return conclude(reply)

    def begin(self, request: Request) -> Reply:
        """What the call gets; its effect, if any, has taken place (but for a reply's `finish`).

        Header names must be lower case.
        """
        if request.path.startswith("/_sandbox/"):
            return Reply(response=self._control.answer(request))
        route = self._table.find(request.method, request.path, self.switches)
        name = route.endpoint.name if route is not None else "unmounted"
        self.requests.add(self.clock.monotonic(), name)
        if self.down:
            return Reply(Ending.REFUSED)
        if self.switches.rate_limit is not None and self._over_limit(self.switches.rate_limit):
            return Reply(response=self.response(request, 429, _TOO_MANY, HTML))
        rule = self.faults.pick(request, route) if self.faults else None
        if rule is not None:
            return play(self, rule, request, route)
        return self._as_proxied(request, route)

    def _as_proxied(self, request: Request, route: Route | None) -> Reply:
        """The reply of the gateway's own plumbing. Source: facts §1.1."""
        headers = request.headers
        if request.has_body and request.upload is None:
            if "json" not in headers.get("content-type", ""):
                if self.generation == "v2":
                    return Reply(Ending.CLOSED, delay_s=PROXY_TIMEOUT_S)
                request = bare_request(request)
            elif request.method == "DELETE" and "chunked" in headers.get("transfer-encoding", ""):
                return Reply(Ending.RESET)
        return Reply(response=self.answer(request, route))

    def answer(
        self, request: Request, route: Route | None, rule: FaultRule | None = None
    ) -> Response:
        """The call is done, bent by the fault if there is one."""
        try:
            value = self.value(request, route, rule)
        except Refusal as refusal:
            body = refusal.body
            content = body if isinstance(body, bytes) else encode(body)
            return self.response(request, refusal.status, content, refusal.media_type)
        if value is NO_BODY:
            return self.response(request, 200, b"", "")
        return self.response(request, 200, encode(value), JSON)

    def value(self, request: Request, route: Route | None, rule: FaultRule | None = None) -> Any:
        """The document the call is answered with; its effect has taken place.

        Raises:
            Refusal: it is refused, without effect.
        """
        if route is None:
            return self._unmounted(request)
        allowed = route.endpoint.allowed
        caller = identify(self.world, request, allowed, self._request_id(request))
        if request.body is MALFORMED:
            raise invalid()
        call = Call(
            self.world,
            request,
            caller,
            {name: unquote(value) for name, value in route.parameters.items()},
            request.body if request.has_body else None,
        )
        for name, text in request.query:
            call.query.setdefault(name, text)
        if rule is not None:
            call.skip_ignored = rule.kind == "ignore-skip"
            call.empty_sender = rule.kind == "empty-from"
        return route.endpoint.answer(call)

    def _unmounted(self, request: Request) -> Any:
        if request.method == "GET" and request.path == "/":
            return {"name": "App Gateway Public Server", "version": "1.0.0", "env": "sandbox"}
        place = request.path.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        page = _NOT_FOUND.format(method=request.method, place=place)
        raise Refusal(404, page.encode("utf-8", "replace"), HTML)

    def response(
        self,
        request: Request,
        status: int,
        body: bytes,
        media_type: str,
        **more: str,
    ) -> Response:
        """The answer with the platform's headers; `more` with `_` for `-` in names."""
        headers = {"date": self.date(), "x-request-id": self._request_id(request)}
        if self.generation == "v1":
            headers["x-license-required"] = "false"
        if media_type:
            headers["content-type"] = media_type
        for name, value in more.items():
            headers[name.replace("_", "-")] = value
        return Response(status, headers, body)

    def date(self) -> str:
        """The platform's time as a `Date` header tells it."""
        now = self.world.now()
        second = int(now.timestamp())
        if second != self._dated_at:
            self._dated_at = second
            self._dated = format_datetime(now.replace(microsecond=0), usegmt=True)
        return self._dated

    def _request_id(self, request: Request) -> str:
        given = request.headers.get("x-request-id", "")
        return given[:_REQUEST_ID_LENGTH] or self.world.ids.uuid()

    def _over_limit(self, limit: int) -> bool:
        now = self.clock.monotonic()
        if now >= self._window_ends:
            self._window_ends = now + self.switches.rate_window_s
            self._in_window = 0
        self._in_window += 1
        return self._in_window > limit


def conclude(reply: Reply) -> Response:
    """The reply's response, its work done.

    Raises:
        HungUp: it has none.
    """
    if reply.ending is not Ending.ANSWER:
        raise HungUp(reply.ending)
    if reply.finish is not None:
        return reply.finish()
    if reply.response is None:
        raise HungUp(Ending.CLOSED)
    return reply.response
