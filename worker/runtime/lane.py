"""The open intents of one conversation: in order, one at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from worker.model.action import Intent, IntentState
from worker.model.ids import EventId, RuleId

Cause = tuple[EventId, RuleId]


def cause_of(intent: Intent) -> Cause:
    """What the intent was planned for: the steps of one rule on one event."""
    return intent.event_id, intent.rule_id


class Lane:
    """Intents wait here for their turn.

    One that was planned with a delay holds up the later steps of its own rule and nothing else: the
    customer's next question is not answered an hour late because a message is to be sent then.

    Attributes:
        resting: it is nobody's turn yet.
    """

    def __init__(self) -> None:
        self._waiting: deque[Intent] = deque()
        self._failed: set[Cause] = set()
        self._arrived = asyncio.Event()
        self.resting = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, intent: Intent) -> None:
        """The intent is last."""
        self._waiting.append(intent)
        self._arrived.set()

    def next(self, pause_s: Callable[[Intent], float]) -> tuple[Intent | None, float]:
        """The intent whose turn it is; None and the seconds until one's turn comes.

        Args:
            pause_s: seconds until the intent may be begun.
        """
        if not self._waiting:
            return None, float("inf")
        first = self._waiting[0]
        if first.state is not IntentState.PENDING or pause_s(first) <= 0:
            return first, 0.0
        held: set[Cause] = set()
        soonest = float("inf")
        for intent in self._waiting:
            if cause_of(intent) in held:
                continue
            pause = pause_s(intent) if intent.state is IntentState.PENDING else 0.0
            if pause <= 0:
                return intent, 0.0
            held.add(cause_of(intent))
            soonest = min(soonest, pause)
        return None, soonest

    async def rest(self, seconds: float) -> None:
        """So much time has passed, or another intent was added."""
        self._arrived.clear()
        self.resting = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        self.resting = False

    def ended(self, intent: Intent) -> None:
        """The intent needs nothing more; failures are kept while intents wait that they stop."""
        if self._waiting and self._waiting[0].key == intent.key:
            self._waiting.popleft()
        else:
            self._waiting = deque(one for one in self._waiting if one.key != intent.key)
        if self._failed:
            self._failed &= {cause_of(one) for one in self._waiting}

    def fail(self, causes: Iterable[Cause]) -> None:
        """An action planned for these was not done: later ones of the same rule are not either."""
        self._failed.update(causes)

    def forgive(self, intent: Intent) -> None:
        """The failure that stopped the intent's rule no longer does."""
        self._failed.discard(cause_of(intent))

    def failed(self, intent: Intent) -> bool:
        """An earlier action of the same rule on the same event was not done."""
        return cause_of(intent) in self._failed
