"""Breaker and guard: a failing platform is left in peace, a refused token is asked about rarely."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.clocks import HandClock
from tests.unit.gateways.doubles import Answer, ScriptedTransport, answer
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.limits import (
    Breaker,
    BreakerState,
    Budget,
    CallReport,
    GuardedTransport,
    fault_of_status,
    retry_after_s,
)
from worker.model.http import Request

READ = Request(method="GET", path="/x", endpoint="x.read", headers={"x-access-token": "acc_secret"})
WRITE = Request(method="POST", path="/x", endpoint="x.write", writes=True)
DOWN = GatewayError(Fault.DISCONNECTED, "x", took_effect=TookEffect.MAYBE)


class Account:
    """A guarded transport whose answers a test sets."""

    def __init__(self, clock: HandClock) -> None:
        self.answer: Answer = answer({})
        self.calls: list[CallReport] = []
        self.transport = ScriptedTransport(("", lambda _request: self.answer))
        self.budget = Budget(1000, clock)
        self.breaker = Breaker(clock)
        self.guarded = GuardedTransport(
            self.transport, self.budget, self.breaker, clock, on_call=self.calls.append
        )

    async def call(self, request: Request = READ) -> Fault | None:
        """How the call ended."""
        try:
            return fault_of_status(await self.guarded.send(request))
        except GatewayError as error:
            return error.fault

    async def opened(self) -> None:
        """Failed until the breaker opened."""
        for _ in range(5):
            await self.call()
        assert self.breaker.state is BreakerState.OPEN


@pytest.fixture
def account(clock: HandClock) -> Account:
    """An account at rest."""
    return Account(clock)


@pytest.mark.parametrize("bad", [answer(status=500), answer(status=504), DOWN])
async def test_repeated_failures_open_it_and_nothing_is_sent(account: Account, bad: Answer) -> None:
    """Without this a platform on its knees would get every retry of every conversation."""
    account.answer = bad
    await account.opened()
    asked = len(account.transport.asked)
    assert await account.call() is Fault.PAUSED
    assert await account.call(WRITE) is Fault.PAUSED
    assert len(account.transport.asked) == asked


async def test_probes_come_one_at_a_time_after_growing_pauses(
    account: Account, clock: HandClock
) -> None:
    """Without this recovery would begin with a thundering herd."""
    account.answer = DOWN
    await account.opened()
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        clock.pass_by(pause - 0.5)
        assert await account.call() is Fault.PAUSED
        clock.pass_by(0.5)
        assert await account.call() is Fault.DISCONNECTED
    account.answer = answer({})
    clock.pass_by(60)
    first = account.breaker.admit(writes=False)
    assert await account.call() is Fault.PAUSED, "somebody probes already"
    account.breaker.abandon(first)
    assert await account.call() is None
    assert account.breaker.state is BreakerState.CLOSED
    assert await account.call(WRITE) is None


async def test_a_send_probes_only_where_no_read_did(account: Account, clock: HandClock) -> None:
    """Without this the probe would often be a reply, left in doubt."""
    account.answer = DOWN
    await account.opened()
    clock.pass_by(1)
    assert await account.call(WRITE) is Fault.PAUSED
    clock.pass_by(1)
    assert await account.call(WRITE) is Fault.DISCONNECTED


async def test_refused_calls_are_answers_and_do_not_open_it(account: Account) -> None:
    """Without this five unknown contacts would stop all replies."""
    account.answer = answer({"message": "Not Found"}, 400)
    for _ in range(20):
        assert await account.call() is Fault.REJECTED


async def test_a_refused_token_pauses_the_account_and_is_asked_about_every_thirty_seconds(
    account: Account, clock: HandClock
) -> None:
    """Without this an expired token would hammer the login wall, or never be noticed as mended."""
    account.answer = answer({"message": "Unauthorized"}, 401)
    assert await account.call() is Fault.UNAUTHORIZED
    assert account.breaker.state is BreakerState.UNAUTHORIZED
    clock.pass_by(29)
    assert await account.call() is Fault.PAUSED
    clock.pass_by(1)
    assert await account.call() is Fault.UNAUTHORIZED
    assert await account.call() is Fault.PAUSED
    account.answer = answer({})
    account.breaker.token_changed()
    assert await account.call() is None


async def test_an_old_calls_refusal_does_not_condemn_the_new_token(
    account: Account, clock: HandClock
) -> None:
    """Without this a call that left with the old token would pause the account again."""
    old = account.breaker.admit(writes=False)
    account.breaker.settle(account.breaker.admit(writes=False), Fault.UNAUTHORIZED)
    account.breaker.token_changed()
    account.breaker.settle(old, Fault.UNAUTHORIZED)
    assert await account.call() is None


async def test_a_429_is_an_error_that_holds_everything(account: Account, clock: HandClock) -> None:
    """Without this the budget would not learn that it is too large."""
    account.answer = answer(b"Too many requests", 429, retry_after="30")
    with pytest.raises(GatewayError) as caught:
        await account.guarded.send(WRITE)
    assert caught.value.fault is Fault.THROTTLED
    assert caught.value.took_effect is TookEffect.NO
    assert caught.value.retry_after_s == 30
    assert await account.call(WRITE) is Fault.PAUSED
    clock.pass_by(30)
    account.answer = answer({})
    assert await account.call(WRITE) is None


async def test_each_call_is_reported_without_secrets(account: Account) -> None:
    """Without this metrics would be blind, or leak a token."""
    await account.call()
    account.answer = DOWN
    await account.call(WRITE)
    assert [(c.endpoint, c.status, c.fault) for c in account.calls] == [
        ("x.read", 200, None),
        ("x.write", None, Fault.DISCONNECTED),
    ]
    assert "secret" not in repr(account.calls)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 05 Oct 2026 02:01:00 GMT"}, 60.0),
        (
            {
                "retry-after": "Mon, 05 Oct 2026 02:01:00 GMT",
                "date": "Mon, 05 Oct 2026 02:00:50 GMT",
            },
            10.0,
        ),
        ({"retry-after": "Mon, 05 Oct 2020 02:01:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_understood_as_seconds_and_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Without this a date would be ignored, or judged by a clock that is ten minutes off."""
    assert retry_after_s(headers, datetime(2026, 10, 5, 2, 0, tzinfo=UTC)) == seconds
