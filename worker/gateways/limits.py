"""What stands before every call of an account: its budget, its breaker, who is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.breaker import Breaker, BreakerState
from worker.gateways.budget import Budget, BudgetFigures, urgent
from worker.model.http import Request, Response, Transport
from worker.model.noun import Noun


class CallReport(Noun, frozen=True):
    """One call that was made; holds no id, no query and no secret.

    Args:
        endpoint: `Request.endpoint`.
        status: HTTP status; None without an answer.
        fault: None for a good answer.
        seconds: from the begin of the call, waiting for the budget not counted.
    """

    endpoint: str
    method: str
    status: int | None
    fault: Fault | None
    seconds: float
    writes: bool


def fault_of_status(response: Response) -> Fault | None:
    """How an answer failed, by its status alone; None for 2xx."""
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004 - as plain numbers: asked of each answer, twice
        return None
    named = _NAMED.get(status)
    if named is not None:
        return named
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Fault.SERVER
    return Fault.REJECTED if status >= HTTPStatus.BAD_REQUEST else Fault.UNREADABLE


def retry_after_s(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Seconds the answer asks to wait, from seconds or an HTTP date; None if it asks for nothing.

    Args:
        headers: names in lower case; a date is compared with the answer's own `Date`.
        now: our clock, aware, where the answer has no `Date`; None: a date alone says nothing.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(int(text[:9]))
    until = http_date(text)
    began = http_date(headers.get("date", "")) or now
    if until is None or began is None:
        return None
    return max(0.0, (until - began).total_seconds())


def http_date(text: str) -> datetime | None:
    """The moment an HTTP date names; None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_NAMED: Final = {401: Fault.UNAUTHORIZED, 404: Fault.ABSENT, 429: Fault.THROTTLED}


_Wanted = Callable[[], Awaitable[None]]
_WANTED: ContextVar[tuple[_Wanted, float] | None] = ContextVar("wanted", default=None)

AT_ONCE_S = 1.0
"""A write within this time of having been asked after is not asked after again. What takes longer,
such as an upload before it, is time in which a person may write."""


@contextmanager
def asking_again(wanted: _Wanted, asked_at: float) -> Iterator[None]:
    """Writes made inside that had to stand in line, or are made later than `AT_ONCE_S` after
    `asked_at` (monotonic), are made only if `wanted`, asked then, does not raise: what let them may
    have changed meanwhile.
    """
    token = _WANTED.set((wanted, asked_at))
    try:
        yield
    finally:
        _WANTED.reset(token)


class GuardedTransport:
    """A transport that keeps to the budget, stops at the breaker, and reports each call."""

    def __init__(
        self,
        transport: Transport,
        budget: Budget,
        breaker: Breaker,
        clock: Clock,
        *,
        on_call: Callable[[CallReport], None] | None = None,
        fault_of: Callable[[Response], Fault | None] = fault_of_status,
    ) -> None:
        """Calls go through `transport`; `fault_of` may know the platform's own error bodies."""
        self._transport = transport
        self._budget = budget
        self._breaker = breaker
        self._clock = clock
        self._on_call = on_call
        self._fault_of = fault_of

    async def send(self, request: Request) -> Response:
        """The answer, unless it is a 429.

        Raises:
            GatewayError: `PAUSED` (never sent), `THROTTLED`, or what the transport raised, or who
                was asked again.
        """
        # Asked twice: what the breaker refuses must not wait in line, and may change meanwhile.
        self._breaker.check(writes=request.writes)
        async with self._budget.turn(writes=request.writes) as stood_in_line:
            if request.writes and (asked := _WANTED.get()) is not None:
                wanted, asked_at = asked
                if stood_in_line or self._clock.monotonic() - asked_at > AT_ONCE_S:
                    await wanted()
            admitted = self._breaker.admit(writes=request.writes)
            began_at = self._clock.monotonic()
            try:
                response = await self._transport.send(request)
            except GatewayError as error:
                self._breaker.settle(admitted, error.fault)
                self._report(request, error.status, error.fault, began_at)
                raise
            except BaseException:
                self._breaker.abandon(admitted)
                raise
            fault = self._fault_of(response)
            self._breaker.settle(admitted, fault)
            self._report(request, response.status, fault, began_at)
            if fault is Fault.THROTTLED:
                raise self._throttled(request, response, began_at)
            if (
                response.status == HTTPStatus.SERVICE_UNAVAILABLE
                and "retry-after" in response.headers
            ):
                seconds = retry_after_s(response.headers, self._clock.now())
                self._budget.throttled(seconds, began_at)
            else:
                self._budget.answered(began_at)
            return response

    async def close(self) -> None:
        """Connections are closed."""
        await self._transport.close()

    def _throttled(self, request: Request, response: Response, began_at: float) -> GatewayError:
        seconds = retry_after_s(response.headers, self._clock.now())
        self._budget.throttled(seconds, began_at)
        return GatewayError(
            Fault.THROTTLED,
            f"{request.endpoint or request.method}: too many requests for the platform",
            took_effect=TookEffect.NO,
            status=response.status,
            retry_after_s=seconds,
        )

    def _report(
        self, request: Request, status: int | None, fault: Fault | None, began_at: float
    ) -> None:
        if self._on_call is not None:
            seconds = self._clock.monotonic() - began_at
            self._on_call(
                CallReport(request.endpoint, request.method, status, fault, seconds, request.writes)
            )


__all__ = [
    "Breaker",
    "BreakerState",
    "Budget",
    "BudgetFigures",
    "CallReport",
    "GuardedTransport",
    "asking_again",
    "fault_of_status",
    "http_date",
    "retry_after_s",
    "urgent",
]
