"""The last look before sending: is the conversation still one that may be answered?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from worker.actions import ACTIONS_BY_KIND
from worker.clock import Clock
from worker.engine.guards import Withheld, conversation_guard, limit_guard
from worker.engine.history import Owners
from worker.engine.outcome import deadline
from worker.engine.thresholds import answered_by_people
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.limits import asking_again, urgent
from worker.model.action import Intent
from worker.model.chat import Conversation
from worker.model.event import Event
from worker.model.flow import SUSPENDING
from worker.model.gateway import Gateway
from worker.model.ids import ConversationId
from worker.model.ledger import Ledger
from worker.model.state import ConversationState
from worker.model.verdict import Answer, Reason
from worker.runtime.gather import Gatherer
from worker.runtime.steps import Conditional
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource
from worker.sources.start import platform_now

FRESH_S = 5.0
"""Knowledge of a conversation older than this is read anew before a customer-visible call."""

MOST_LOOKS = 2
"""A look whose page came late, or during which the list told of something new, is taken once more;
not for ever, or a platform that is slow with pages would never be answered through."""

FindStep = Callable[[Intent], Awaitable[Conditional | None]]


class SendGuard:
    """Asks every guard again, on knowledge that is at most `FRESH_S` old."""

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        messages: MessageSource,
        gatherer: Gatherer,
        clock: Clock,
        find_step: FindStep,
        take: Callable[[Iterable[Event]], Awaitable[None]],
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._messages = messages
        self._gatherer = gatherer
        self._clock = clock
        self._find_step = find_step
        self._take = take

    async def withheld(self, intent: Intent) -> Withheld | None:
        """Why the intent must not be done now; None: it may.

        Raises:
            GatewayError: the conversation could not be read anew.
        """
        now = platform_now(self._gateway, self._clock)
        if now > deadline(intent.expires_at, repeatable=_begun_and_repeatable(intent)):
            late = (now - intent.expires_at).total_seconds()
            return Withheld(Reason.STALE, f"not done until {late:.0f} s after it expired")
        since = intent.guards.unanswered_since
        if (intent.visible or since) and intent.conversation_id is not None:
            state = await self._fresh(intent.conversation_id)
            held = answered_by_people(since, state) if since else None
            if held is not None and held.reason not in intent.guards.own_doing:
                return held
            held = await self._guarded(intent, state, now) if intent.visible else None
            if held is not None:
                return held
        if intent.kind in SUSPENDING and (held := self._waits(intent)) is not None:
            return held
        return await self._step(intent) if intent.guards.asked else None

    def asked_again(self, intent: Intent) -> AbstractContextManager[None]:
        """What of the intent is not called at once, is called only if it still may be.

        Inside, such a call raises `PAUSED` where it may not; the next attempt tells the reason.
        """
        return asking_again(partial(self._still_wanted, intent), self._clock.monotonic())

    async def _still_wanted(self, intent: Intent) -> None:
        try:
            withheld = await self.withheld(intent)
        except GatewayError as error:
            raise _not_sent(str(error)) from error
        if withheld is not None:
            raise _not_sent(withheld.detail)

    def _waits(self, intent: Intent) -> Withheld | None:
        """A rule waits once in a conversation; a question that was answered is not asked again."""
        one = intent.conversation_id
        state = None if one is None else self._memory.remembered(one)
        marks = state.flows if state is not None else ()
        again = intent.work.get("again")
        if again is not None:
            if any(mark.key == again for mark in marks):
                return None
            return Withheld(Reason.OUTRANKED, "the question is not open any more")
        if any(mark.rule_id == intent.rule_id for mark in marks):
            return Withheld(Reason.COOLDOWN, "the rule waits in this conversation already")
        return None

    async def _guarded(
        self, intent: Intent, state: ConversationState, now: datetime
    ) -> Withheld | None:
        contact = None
        if intent.contact_id is not None and not intent.guards.despite_opt_out:
            contact = await self._memory.contact(intent.contact_id)
        held = conversation_guard(
            state, contact, intent.guards.human_quiet, now, intent.guards.own_doing
        )
        if held is not None:
            return held
        return limit_guard(
            intent.guards.limits,
            self._memory.history,
            now,
            Owners(intent.conversation_id, intent.contact_id, intent.rule_id),
            besides=intent.key,
        )

    async def _fresh(self, one: ConversationId) -> ConversationState:
        state = await self._memory.conversation(one)
        if state is None:
            raise _unknown(one)
        for _ in range(MOST_LOOKS):
            begun = self._clock.monotonic()
            if self._memory.age_s(one, begun) <= FRESH_S:
                break
            seen_at = await self._look(state.conversation, begun)
            state = await self._memory.conversation(one) or state
            took_s = self._clock.monotonic() - seen_at
            if took_s <= FRESH_S and not self._memory.readings.outdated_since(one, begun):
                break
        return state

    async def _look(self, known: Conversation, begun: float) -> float:
        """The conversation and its new messages are remembered; when its own fields were here."""
        with urgent():
            row = await self._gateway.conversation(known)
            seen_at = self._clock.monotonic()
            self._memory.readings.looked(row.id, seen_at)
            # the list's mark of movement is the list's alone: what it has not shown yet, it will
            row = replace(row, moved=known.moved)
            # handed over at once: a poll may read a later message meanwhile
            readings = await self._messages.read([row], as_of=begun, arrived=self._take)
        for reading in readings:
            if isinstance(reading, GatewayError):
                raise reading
        return seen_at

    async def _step(self, intent: Intent) -> Withheld | None:
        """The step's own conditions, asked now that it is reached."""
        step = await self._find_step(intent)
        if step is None:
            return Withheld(Reason.UNDECIDED, "the rule that planned this step has changed")
        stored = await self._ledger.event(intent.account, intent.event_id)
        if stored is None:
            return None
        event = replace(
            stored.event, conversation_id=intent.conversation_id, contact_id=intent.contact_id
        )
        facts = await self._gatherer.remembered(event, step.names)
        if (reached := intent.guards.reached) is not None:
            facts = replace(facts, found=reached.found, steps=reached.steps)
        for condition in step.conditions:
            verdict = condition.decide(facts)
            if verdict.answer is Answer.UNDECIDED:
                return Withheld(Reason.UNDECIDED, verdict.because)
            if verdict.answer is Answer.NO:
                return Withheld(Reason.CONDITION, verdict.because)
            facts = facts.knowing(verdict.found)
        return None


def _begun_and_repeatable(intent: Intent) -> bool:
    return intent.attempt > 0 and ACTIONS_BY_KIND[intent.kind].repeatable


def _not_sent(why: str) -> GatewayError:
    return GatewayError(Fault.PAUSED, f"not sent: {why}", took_effect=TookEffect.NO)


def _unknown(one: ConversationId) -> GatewayError:
    return GatewayError(
        Fault.ABSENT, f"conversation {one} is not known here", took_effect=TookEffect.NO
    )
