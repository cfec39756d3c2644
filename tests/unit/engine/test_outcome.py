"""What a failed call means: every fault, with and without effect, for every kind of action."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.engine.outcome import LONGEST_PAUSE_S, Outcome, outcome, pause_s
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import IntentState as S

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def of(
    fault: Fault | None,
    effect: TookEffect = TookEffect.NO,
    *,
    repeatable: bool = False,
    readable: bool = True,
    left: timedelta = timedelta(minutes=10),
    asked_s: float | None = None,
) -> Outcome:
    """The outcome of one call."""
    error = None
    if fault is not None:
        error = GatewayError(fault, "x", took_effect=effect, retry_after_s=asked_s)
    return outcome(
        error,
        repeatable=repeatable,
        readable=readable,
        attempt=1,
        spread=0.5,
        now=NOW,
        expires_at=NOW + left,
    )


def test_no_error_is_done() -> None:
    """Every answer would be sent for ever."""
    assert of(None).state is S.DONE


@pytest.mark.parametrize("fault", list(Fault))
def test_a_send_that_may_have_happened_is_never_repeated_blindly(fault: Fault) -> None:
    """The customer would see it twice."""
    assert of(fault, TookEffect.MAYBE).state is S.UNKNOWN
    assert of(fault, TookEffect.MAYBE, readable=False).state is S.IN_DOUBT


@pytest.mark.parametrize("fault", list(Fault))
def test_a_call_that_certainly_did_nothing_is_tried_again_unless_hopeless(fault: Fault) -> None:
    """An answer would be lost to a passing fault, or a wrong one tried all night."""
    hopeless = {Fault.REJECTED, Fault.ABSENT, Fault.UNSUPPORTED}
    assert of(fault).state is (S.DEAD if fault in hopeless else S.RETRYING)


@pytest.mark.parametrize("effect", list(TookEffect))
def test_a_repeatable_action_is_tried_again_whatever_happened(effect: TookEffect) -> None:
    """A tag would need a person to decide about it."""
    assert of(Fault.SERVER, effect, repeatable=True).state is S.RETRYING


def test_retries_end_at_the_deadline() -> None:
    """An answer to yesterday's question would be sent today."""
    assert of(Fault.REFUSED, left=timedelta(milliseconds=500)).state is S.DEAD
    late = of(Fault.REFUSED, left=timedelta(milliseconds=500), repeatable=True)
    assert late.state is S.RETRYING


def test_the_platform_may_ask_for_a_longer_pause() -> None:
    """A 429 would be answered by another request too soon."""
    assert of(Fault.THROTTLED, asked_s=42.0).pause_s == 42.0


def test_pauses_double_and_stay_bounded() -> None:
    """A dead platform would be hammered, or a living one left alone for hours."""
    pauses = [pause_s(attempt, 0.5) for attempt in range(1, 40)]
    assert pauses[0] == 1.0
    assert pauses == sorted(pauses)
    assert max(pauses) <= LONGEST_PAUSE_S * 1.25
