"""The message source that takes the cheapest way the account allows, and says which."""

from __future__ import annotations

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.sources.messages import MessageSource
from worker.sources.source import Polled
from worker.sources.tracked import TrackedSource

ASK_AGAIN_S = 600.0
"""How often an account without a conversation list is asked for one again."""


class AdaptiveMessages:
    """Reads by the conversation list; falls back to tracked conversations, visibly."""

    name = "messages"

    def __init__(self, listed: MessageSource, tracked: TrackedSource, clock: Clock) -> None:
        self._listed = listed
        self._tracked = tracked
        self._clock = clock
        self._ask_again_at = float("-inf")

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        if self._clock.monotonic() >= self._ask_again_at:
            try:
                return await self._listed.poll()
            except GatewayError as error:
                if error.fault is not Fault.UNSUPPORTED:
                    raise
                self._ask_again_at = self._clock.monotonic() + ASK_AGAIN_S
        return await self._tracked.poll()
