"""The breaker of one account's credential: opens when the platform fails, closes by probing."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.noun import Noun

FAILURES_TO_OPEN: Final = 5
"""In a row: one bad conversation (the newer generation answers 500 there) does not open it."""

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
TOKEN_PROBE_S: Final = 30.0
WRITE_PATIENCE: Final = 2.0
"""A write may probe only after so many pauses: a failed send leaves a doubt behind, a read none."""

_DOWN: Final = frozenset(
    {Fault.REFUSED, Fault.TIMEOUT, Fault.DISCONNECTED, Fault.SERVER, Fault.UNREADABLE}
)


class BreakerState(StrEnum):
    """`closed`: calls go through; `open`: the platform fails; `unauthorized`: so is the token."""

    CLOSED = "closed"
    OPEN = "open"
    UNAUTHORIZED = "unauthorized"


class Pass(Noun, frozen=True):
    """Leave to make one call; `epoch` tells calls of an older state from newer ones."""

    epoch: int
    probe: bool


class Breaker:
    """Whether calls may be made at all."""

    def __init__(self, clock: Clock) -> None:
        """Calls go through."""
        self._clock = clock
        self._state = BreakerState.CLOSED
        self._epoch = 0
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._since = -math.inf
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """What it is now."""
        return self._state

    def check(self, *, writes: bool) -> None:
        """A call could be made now.

        Raises:
            GatewayError: `PAUSED`, with the seconds until the next probe.
        """
        if self._state is BreakerState.CLOSED:
            return
        pause_s = self._pause_s * (WRITE_PATIENCE if writes else 1.0)
        left_s = self._since + pause_s - self._clock.monotonic()
        if left_s <= 0 and not self._probing:
            return
        why = (
            "the platform refused the token; waiting for a new one"
            if self._state is BreakerState.UNAUTHORIZED
            else "the platform does not answer; waiting before the next probe"
        )
        raise GatewayError(
            Fault.PAUSED,
            f"{why}; not sent",
            took_effect=TookEffect.NO,
            retry_after_s=max(left_s, FIRST_PAUSE_S),
        )

    def admit(self, *, writes: bool) -> Pass:
        """Leave for one call, to be settled whatever happens.

        Raises:
            GatewayError: `PAUSED`.
        """
        self.check(writes=writes)
        probe = self._state is not BreakerState.CLOSED
        self._probing = self._probing or probe
        return Pass(self._epoch, probe)

    def settle(self, admitted: Pass, fault: Fault | None) -> None:
        """The call ended: `fault` None for a good answer."""
        if admitted.epoch != self._epoch:
            return  # began before the state changed: says nothing about now
        if admitted.probe:
            self._probing = False
        if fault is Fault.UNAUTHORIZED:
            self._pause_s = TOKEN_PROBE_S
            self._enter(BreakerState.UNAUTHORIZED)
        elif fault in _DOWN:
            self._failed(probe=admitted.probe)
        else:
            self._answered()

    def abandon(self, admitted: Pass) -> None:
        """The call was cancelled: nothing was learned."""
        if admitted.probe and admitted.epoch == self._epoch:
            self._probing = False

    def token_changed(self) -> None:
        """A refused token is no reason to wait any more."""
        if self._state is BreakerState.UNAUTHORIZED:
            self._close()

    def _failed(self, *, probe: bool) -> None:
        self._failures += 1
        if probe:
            if self._state is BreakerState.OPEN:
                self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
            self._enter(self._state)
        elif self._failures >= FAILURES_TO_OPEN:
            self._pause_s = FIRST_PAUSE_S
            self._enter(BreakerState.OPEN)

    def _answered(self) -> None:
        self._failures = 0
        if self._state is not BreakerState.CLOSED:
            self._close()

    def _enter(self, state: BreakerState) -> None:
        self._state = state
        self._since = self._clock.monotonic()
        self._probing = False
        self._epoch += 1

    def _close(self) -> None:
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._enter(BreakerState.CLOSED)
