"""The budget: the platform's own windows must never see more than it allows."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateways.doubles import VirtualClock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.budget import Budget

CALL = st.tuples(
    st.floats(0, 90), st.floats(0, 20), st.floats(0, 1), st.booleans()
)  # begins, lasts, arrives at this share of it, writes


@settings(max_examples=60, deadline=None)
@given(limit=st.integers(1, 12), calls=st.lists(CALL, min_size=1, max_size=60))
def test_no_window_of_sixty_seconds_ever_holds_more_than_the_limit(
    limit: int, calls: list[tuple[float, float, float, bool]]
) -> None:
    """Without this an account would be throttled or banned for what its settings forbid."""
    clock = VirtualClock()
    arrivals: list[float] = []
    given_back: list[tuple[Fault, TookEffect]] = []

    async def call(
        budget: Budget, begins: float, lasts: float, share: float, *, writes: bool
    ) -> None:
        await clock.sleep(begins)
        try:
            async with budget.turn(writes=writes):
                await clock.sleep(lasts * share)
                arrivals.append(clock.monotonic())
                await clock.sleep(lasts * (1 - share))
        except GatewayError as error:
            given_back.append((error.fault, error.took_effect))

    async def crowd() -> None:
        budget = Budget(limit, clock)
        await asyncio.gather(*(call(budget, b, n, s, writes=w) for b, n, s, w in calls))

    asyncio.run(clock.run(crowd()))
    assert set(given_back) <= {(Fault.PAUSED, TookEffect.NO)}
    arrivals.sort()
    for first, beyond in zip(arrivals, arrivals[limit:], strict=False):
        assert beyond - first >= 60.0 - 1e-6


async def spend(budget: Budget, count: int, *, writes: bool = False) -> None:
    for _ in range(count):
        async with budget.turn(writes=writes):
            pass


async def test_reads_leave_a_part_to_sends() -> None:
    """Without this polls would use the budget up and replies would wait a minute."""
    clock = VirtualClock()
    budget = Budget(10, clock)
    await spend(budget, 8)
    began = clock.monotonic()
    await spend(budget, 2, writes=True)
    assert clock.monotonic() == began
    assert budget.figures().used == 10


async def test_a_send_that_would_wait_too_long_is_given_back() -> None:
    """Without this a reply could leave minutes after its guards were asked."""
    budget = Budget(1, VirtualClock())
    await spend(budget, 1, writes=True)
    with pytest.raises(GatewayError) as caught:
        await spend(budget, 1, writes=True)
    assert caught.value.fault is Fault.PAUSED
    assert 59 < (caught.value.retry_after_s or 0) < 61


async def test_sends_go_before_reads_that_waited_longer() -> None:
    """Without this a customer would wait behind a queue of polls."""
    clock = VirtualClock()
    budget = Budget(1, clock)
    order: list[str] = []

    async def one(name: str, begins: float, *, writes: bool) -> None:
        await clock.sleep(begins)
        async with budget.turn(writes=writes):
            order.append(name)

    async def crowd() -> None:
        await asyncio.gather(
            one("first", 0, writes=False),
            one("read", 3, writes=False),
            one("send", 55, writes=True),
        )

    await clock.run(asyncio.gather(crowd(), return_exceptions=True))
    assert order == ["first", "send"], "the read gave up within its patience"


async def test_a_throttled_account_waits_slows_down_and_recovers_gradually() -> None:
    """Without this a 429 would be answered by the same burst again."""
    clock = VirtualClock()
    budget = Budget(100, clock)
    budget.throttled(7.0, clock.monotonic())
    budget.throttled(
        None, clock.monotonic() - 1
    )  # under way before the first one: not lowered twice
    figures = budget.figures()
    assert (figures.allowed, figures.held_s) == (50, 7.0)
    await clock.run(clock.sleep(7.0 + 15.0))
    assert budget.figures().allowed == 55
    await clock.run(clock.sleep(600.0))
    assert budget.figures().allowed == 100


async def test_throttling_without_a_hint_backs_off_ever_longer() -> None:
    """Without this the gateway's bare 429 would be hammered. Source: facts §2, no Retry-After."""
    clock = VirtualClock()
    budget = Budget(100, clock)
    holds = []
    for _ in range(8):
        budget.throttled(None, clock.monotonic())
        holds.append(budget.figures().held_s)
        await clock.run(clock.sleep(holds[-1]))
    assert holds == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    budget.answered(clock.monotonic())
    budget.throttled(None, clock.monotonic())
    assert budget.figures().held_s == 1.0


async def test_a_cancelled_wait_gives_its_place_to_the_next() -> None:
    """Without this one cancelled poll would stop the account for ever."""
    clock = VirtualClock()
    budget = Budget(1, clock)
    await spend(budget, 1)
    first = asyncio.ensure_future(spend(budget, 1))
    second = asyncio.ensure_future(spend(budget, 1))
    await asyncio.sleep(0)  # noqa: TID251 - lets others run; no time passes
    first.cancel()
    await clock.run(second)
    assert budget.figures().used == 1
