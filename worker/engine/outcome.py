"""What a finished call means for its intent: one pure function over every failure."""

from __future__ import annotations

from datetime import datetime, timedelta

from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import IntentState
from worker.model.noun import Noun

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
REPEATABLE_DEADLINE = timedelta(hours=24)
"""How long a begun repeatable action is tried: an outage of a night must not lose a tag."""

_HOPELESS = frozenset({Fault.REJECTED, Fault.ABSENT, Fault.UNSUPPORTED})
"""Asking again would be refused again."""


class Outcome(Noun, frozen=True):
    """The intent's next state. `pause_s`: how long until the next attempt or read-back."""

    state: IntentState
    pause_s: float = 0.0
    error: str = ""


def pause_s(attempt: int, spread: float, asked_s: float | None = None) -> float:
    """Doubling from 1 s to 60 s; never less than the platform asked for.

    Args:
        attempt: 1 for the first failure.
        spread: 0…1, the same for the same intent: keeps a crowd from coming back at once.
    """
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempt - 1, 10)) * (
        0.75 + 0.5 * spread
    )
    return max(pause, asked_s or 0.0)


def deadline(expires_at: datetime, *, repeatable: bool) -> datetime:
    """Platform time until which an action that has been begun is tried."""
    return expires_at + REPEATABLE_DEADLINE if repeatable else expires_at


def outcome(
    error: GatewayError | None,
    *,
    repeatable: bool,
    readable: bool,
    attempt: int,
    spread: float,
    now: datetime,
    expires_at: datetime,
) -> Outcome:
    """The state after a call that ended with `error` (None: done).

    Certainly not done: tried again with growing pauses until `expires_at`; dead where hopeless.
    Perhaps done: tried again if that is harmless, else read back, else a person decides.
    """
    if error is None:
        return Outcome(IntentState.DONE)
    text = f"{error.fault.value}: {error}"
    if error.took_effect is TookEffect.MAYBE and not repeatable:
        if readable:
            return Outcome(IntentState.UNKNOWN, 0.0, text)
        return Outcome(IntentState.IN_DOUBT, 0.0, text)
    if error.fault in _HOPELESS:
        return Outcome(IntentState.DEAD, 0.0, text)
    pause = pause_s(attempt, spread, error.retry_after_s)
    if now + timedelta(seconds=pause) > deadline(expires_at, repeatable=repeatable):
        return Outcome(IntentState.DEAD, 0.0, f"{text}; gave up at its deadline")
    return Outcome(IntentState.RETRYING, pause, text)
