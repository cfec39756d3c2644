"""How soon the next poll comes."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.clocks import HandClock
from worker.runtime.notices import SourceHealth
from worker.runtime.poller import SHORTEST_S, Poller
from worker.sources.source import Polled

MOVED, STILL = Polled(movement=True), Polled()


def pause_s(used: float, polled: Polled) -> float:
    """Seconds after this poll, with so much of the budget used."""
    nobody = cast("Any", None)
    poller = Poller(nobody, SourceHealth(2.0), HandClock(), nobody, lambda: used, nobody)
    return poller._pause_s(polled)


@pytest.mark.parametrize(
    ("used", "seconds"), [(0.0, SHORTEST_S), (0.05, 0.25), (0.1, 0.5), (0.69, 0.5), (1.0, 8.0)]
)
def test_after_movement_the_budget_says_how_soon(used: float, seconds: float) -> None:
    """An account that may ask for thousands a minute would be answered no sooner than a small one;
    a small one would spend on polls what its answers need.
    """
    assert pause_s(used, MOVED) == pytest.approx(seconds)


def test_without_movement_the_interval_is_kept_whatever_is_to_spare() -> None:
    """An idle account would be asked ten times a second, for nothing."""
    assert pause_s(0.0, STILL) == 2.0
