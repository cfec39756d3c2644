"""The budget of a worker that is killed again and again."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from worker.gateways.budget import Budget


@pytest.mark.parametrize(("limit", "most"), [(600, 0.8), (60_000, 0.05)])
async def test_three_kills_within_a_minute_leave_most_of_the_budget(
    limit: int, most: float
) -> None:
    """Each start counts what may have been used; too much of that is a minute of silence."""
    clock, notes = HandClock(), [""]

    async def keep(note: str) -> None:
        notes.append(note)

    budget = Budget(limit, clock)
    for _life in range(4):
        budget = Budget(limit, clock)
        budget.outlive(notes[-1], keep)
        async with budget.turn(writes=False):
            clock.pass_by(1.0)
    assert budget.figures().used < limit * most
