"""Timers: rows of the ledger that are due become events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from worker.engine.flow import resumed_event
from worker.model.event import Event
from worker.model.flow import ASK, FlowOutcome, Timer
from worker.model.ids import ConversationId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ConversationState
from worker.sources.memory import Memory

BATCH = 256

LOST = timedelta(seconds=10)
"""A row without its mark in the conversation is being dealt with by somebody else; after this, by
nobody."""


class TimerSource:
    """Asks the ledger what is due. Nothing is kept here while flows wait."""

    def __init__(self, ledger: Ledger, memory: Memory) -> None:
        self._ledger = ledger
        self._memory = memory

    async def next_due(self) -> datetime | None:
        """When the next timer is due, platform time; None: nothing waits."""
        first = await self._ledger.timers(self._memory.account, limit=1)
        return first[0].due_at if first else None

    async def fire(
        self, until: datetime, busy: Callable[[str], bool]
    ) -> tuple[tuple[Event, ...], bool]:
        """The events of timers due until then, stored; and whether due ones are left.

        Args:
            busy: messages of the lane wait for their decision: they may be the answer.
        """
        due = await self._ledger.timers(self._memory.account, before=until, limit=BATCH)
        ready = [timer for timer in due if not busy(timer.lane)]
        ids = dict.fromkeys(one.conversation_id for one in ready if one.conversation_id)
        states = dict(await self._memory.conversations(ids))
        # from here to the ledger without an await: see `Memory`
        fired = [one for one in ready if not busy(one.lane) and self._takes(one, states, until)]
        events = tuple(_event(timer) for timer in fired)
        if events:
            touched = {one.conversation_id for one in fired} & set(states)
            changed = tuple(states[one] for one in touched if one is not None)
            await self._ledger.receive(
                Receipt(account=self._memory.account, events=events, conversations=changed)
            )
        return events, len(due) == BATCH or len(fired) < len(due)

    def _takes(
        self,
        timer: Timer,
        states: dict[ConversationId, ConversationState],
        until: datetime,
    ) -> bool:
        """The timer is this source's to fire; its mark is gone from the conversation."""
        one = timer.conversation_id
        if one is None or timer.flow.outcome is not None or one not in states:
            return True
        state = self._memory.remembered(one) or states[one]
        states[one] = state
        if not any(mark.key == timer.key for mark in state.flows):
            return timer.due_at is not None and until - timer.due_at > LOST
        left = tuple(mark for mark in state.flows if mark.key != timer.key)
        states[one] = replace(state, flows=left)
        self._memory.put(states[one])
        return True


def _event(timer: Timer) -> Event:
    outcome = timer.flow.outcome
    if outcome is None:
        outcome = FlowOutcome.TIMED_OUT if timer.kind == ASK else FlowOutcome.ELAPSED
    if timer.due_at is None:
        raise ValueError(timer.key)
    return resumed_event(timer, outcome, timer.due_at)
