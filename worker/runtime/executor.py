"""Intents are done: in order within a lane, lanes in parallel, each call claimed before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from worker.actions import ACTIONS_BY_KIND
from worker.clock import Clock
from worker.engine.guards import Withheld
from worker.engine.keys import spread
from worker.engine.outcome import Outcome, outcome
from worker.errors import GatewayError
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import Intent, IntentState, Performed
from worker.model.flow import SUSPENDING, Timer
from worker.model.gateway import Gateway
from worker.model.ids import IntentKey
from worker.model.ledger import Ledger, Settlement
from worker.model.state import ConversationState
from worker.model.verdict import Reason
from worker.runtime.desk import LaneDesk, Post, own_side
from worker.runtime.lane import Cause, Lane, cause_of
from worker.runtime.readback import ReadBack
from worker.runtime.settled import tell_settled
from worker.runtime.tasks import Tasks
from worker.runtime.watch import SendGuard
from worker.sources.author import learned
from worker.sources.memory import Memory
from worker.sources.start import platform_now

log = get_logger()

Suspend = Callable[
    [Intent, ConversationState | None, datetime], tuple[Timer | None, ConversationState | None]
]
"""What a settled step that waits leaves: its row, and the conversation's state with its mark."""

FAILED_READ = 10_000
"""Dead and in-doubt actions looked through at start, newest first: their rules stopped half-way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How this worker acts: the settings that executing needs."""

    concurrency: int
    request_timeout_s: float
    tag_field: str
    quick_replies: str
    dry_run: bool


class Executor:
    """Does what was planned."""

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        guard: SendGuard,
        readback: ReadBack,
        clock: Clock,
        metrics: Metrics,
        tasks: Tasks,
        ways: Ways,
        poster: Post,
        forget: Callable[[Intent], None],
        suspend: Suspend,
        alarmed: Callable[[datetime], None],
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._guard = guard
        self._readback = readback
        self._clock = clock
        self._metrics = metrics
        self._tasks = tasks
        self._ways = ways
        self._poster = poster
        self._forget = forget
        self._suspend = suspend
        self._alarmed = alarmed
        self._lanes: dict[str, Lane] = {}
        self._gate = asyncio.Semaphore(ways.concurrency)
        self._due: dict[IntentKey, tuple[datetime, float]] = {}
        self._stopping = False
        self._calling: set[IntentKey] = set()
        self._quiet = asyncio.Event()

    @property
    def depth(self) -> int:
        """Intents that wait or are under way."""
        return sum(len(lane) for lane in self._lanes.values())

    def is_answering(self, lane: str) -> bool:
        """Intents of this lane are under way, or about to be: none of them waits for its time."""
        known = self._lanes.get(lane)
        return known is not None and not known.resting

    def enqueue(self, intents: Iterable[Intent]) -> None:
        """These intents, already durable, will be done after what is in their lanes."""
        for intent in intents:
            lane = self._lanes.get(intent.lane)
            if lane is None:
                lane = self._lanes[intent.lane] = Lane()
                self._tasks.start(self._run_lane(intent.lane, lane))
            lane.add(intent)

    def retry(self, intent: Intent) -> None:
        """A person wants this one done after all; steps that were skipped with it stay so."""
        lane = self._lanes.get(intent.lane)
        if lane is not None:
            lane.forgive(intent)
        self.enqueue([intent])

    async def resume(self, intents: Iterable[Intent]) -> None:
        """What an earlier process left open goes on; what it may have sent is read back first."""
        left = list(intents)
        failed = await self._failed(left)
        for intent in left:
            if intent.state in (IntentState.SENDING, IntentState.UNKNOWN):
                self._memory.begun(intent)
            elif intent.attempt:
                self._memory.writes.begun(intent)
        self.enqueue(left)
        for intent in left:
            self._lanes[intent.lane].fail({cause_of(intent)} & failed)

    async def _failed(self, left: Iterable[Intent]) -> set[Cause]:
        """Those causes of open intents of which an earlier action was not done."""
        if not any(intent.position for intent in left):
            return set()
        states = (IntentState.DEAD, IntentState.IN_DOUBT)
        newest = await self._ledger.intents(self._memory.account, states, FAILED_READ)
        return {cause_of(intent) for intent in newest}

    async def stop(self, grace_s: float) -> None:
        """No further call is begun; running ones were given `grace_s` to end."""
        self._stopping = True
        try:
            async with asyncio.timeout(grace_s):
                if self._calling:
                    await self._quiet.wait()
        except TimeoutError:
            log.warning("worker.grace_ended", calls=len(self._calling))

    async def _run_lane(self, name: str, lane: Lane) -> None:
        while len(lane) and not self._stopping:
            intent, pause = lane.next(self._pause_s)
            if intent is None:
                await lane.rest(pause)
                continue
            await self._do(intent, lane)
            if not self._stopping:
                lane.ended(intent)
        if not self._stopping:
            del self._lanes[name]

    def _pause_s(self, intent: Intent) -> float:
        """Seconds until the intent may be begun, never more than it was told to wait when it last
        moved. Asked for once, then counted down: clocks may jump meanwhile.
        """
        if intent.not_before is None:
            return 0.0
        known = self._due.get(intent.key)
        if known is None or known[0] != intent.not_before:
            now = platform_now(self._gateway, self._clock)
            moved = intent.claimed_at or intent.created_at
            pause = (intent.not_before - max(now, moved)).total_seconds()
            known = (intent.not_before, self._clock.monotonic() + pause)
            self._due[intent.key] = known
        return known[1] - self._clock.monotonic()

    async def _do(self, intent: Intent, lane: Lane) -> None:
        """The intent has reached a state that needs nothing more of us, or the worker stops."""
        recovered = intent.state in (IntentState.SENDING, IntentState.UNKNOWN)
        call_ended = self._clock.monotonic() + (self._ways.request_timeout_s if recovered else 0.0)
        if intent.state is IntentState.SENDING:
            intent = await self._recovered(intent)
        while intent.state.open and not self._stopping:
            if intent.state is IntentState.UNKNOWN:
                intent = await self._resolve(intent, call_ended)
            else:
                intent = await self._attempt(intent, lane)
                call_ended = self._clock.monotonic()
        if not intent.state.open:
            self._ended(intent, lane)

    async def _recovered(self, intent: Intent) -> Intent:
        """A dead process was making this call: nobody knows whether it arrived."""
        action = ACTIONS_BY_KIND[intent.kind]
        if action.inward:
            state = IntentState.DONE  # nothing outside was touched: the claim was all of it
        elif action.repeatable:
            state = IntentState.RETRYING
        else:
            state = IntentState.UNKNOWN if action.readable else IntentState.IN_DOUBT
        ended = Outcome(state, 0.0, "the process ended during the call")
        desk = await self._desk(intent)
        return await self._settle(intent, ended, own_side(intent, desk), desk)

    async def _attempt(self, intent: Intent, lane: Lane) -> Intent:
        """One claim and one call, or the reason why not; untouched where the worker stops."""
        if intent.not_before is not None:
            await self._clock.sleep(self._pause_s(intent))
            intent = replace(intent, not_before=None)
        ended = None
        try:
            async with self._gate:
                # asked in here: while others are let through first, what is known grows old
                held = await self._held(intent, lane)
                if self._stopping:
                    return intent
                if held is None:
                    intent = await self._claimed(intent)
                    if intent.state is not IntentState.SENDING:
                        return intent
                    ended = await self._perform(intent)
            if ended is not None:
                # the next call need not wait for this one's record
                return await self._settle(intent, *ended)
        finally:
            self._calling.discard(intent.key)
            if self._stopping and not self._calling:
                self._quiet.set()
        if isinstance(held, Withheld):
            skipped = replace(intent, reason=held.reason.value)
            return await self._settle(skipped, Outcome(IntentState.SKIPPED, 0.0, held.detail))
        # nothing was begun: the intent stays as it is, and is asked again after a pause
        log.warning("intent.postponed", intent=intent.key, error=str(held))
        await self._clock.sleep(min(30.0, 2.0 + 2.0 * intent.attempt))
        return intent

    async def _held(self, intent: Intent, lane: Lane) -> Withheld | GatewayError | None:
        """Why the intent must not be done, or cannot be told to be free; None: it may."""
        if lane.failed(intent) and not intent.guards.continue_on_error:
            return Withheld(Reason.GATEWAY, "an earlier action of this rule was not done")
        if self._ways.dry_run and not ACTIONS_BY_KIND[intent.kind].inward:
            return Withheld(Reason.SHADOW, "dry run")
        try:
            return await self._guard.withheld(intent)
        except GatewayError as error:
            return error

    async def _claimed(self, intent: Intent) -> Intent:
        """The intent with its call begun; as its row says it is, where somebody decided about it
        meanwhile.
        """
        now = platform_now(self._gateway, self._clock)
        intent = replace(
            intent, state=IntentState.SENDING, attempt=intent.attempt + 1, claimed_at=now
        )
        self._calling.add(intent.key)
        self._memory.begun(intent)
        if await self._ledger.claim([intent.key], now):
            return intent
        stored = await self._ledger.intent(intent.key)
        decided = stored or replace(intent, state=IntentState.SKIPPED)
        self._memory.ended(decided, decided.result_id)
        return decided

    async def _perform(self, intent: Intent) -> tuple[Outcome, Performed, LaneDesk]:
        action = ACTIONS_BY_KIND[intent.kind]
        desk = await self._desk(intent, intent.claimed_at)
        try:
            with self._guard.asked_again(intent):
                performed = await action.perform(intent.work, desk)
        except GatewayError as error:
            result = outcome(
                error,
                repeatable=action.repeatable,
                readable=action.readable,
                attempt=intent.attempt,
                spread=spread(intent.key),
                now=platform_now(self._gateway, self._clock),
                expires_at=intent.expires_at,
            )
            return result, own_side(intent, desk), desk
        return Outcome(IntentState.DONE, 0.0, performed.error), performed, desk

    async def _desk(self, intent: Intent, now: datetime | None = None) -> LaneDesk:
        conversation = contact = None
        if intent.conversation_id is not None:
            conversation = await self._memory.conversation(intent.conversation_id)
        if intent.contact_id is not None:
            contact = await self._memory.contact(intent.contact_id)
        return LaneDesk(
            gateway=self._gateway,
            intent=intent,
            conversation=conversation,
            contact=contact,
            now=now or platform_now(self._gateway, self._clock),
            tag_field=self._ways.tag_field,
            quick_replies=self._ways.quick_replies,
            memos=self._memory.memos,
            poster=self._poster,
        )

    async def _resolve(self, intent: Intent, call_ended: float) -> Intent:
        """An unknown outcome is cleared up by reading the conversation back."""
        state = None
        if intent.conversation_id is not None:
            state = await self._memory.conversation(intent.conversation_id)
        if state is None:
            return await self._settle(
                intent, Outcome(IntentState.IN_DOUBT, 0.0, "no conversation to read back")
            )
        answer = await self._readback.resolve(intent, state.conversation, call_ended)
        performed = Performed(result_id=answer.message_id)
        if answer.state is IntentState.DONE:
            action = ACTIONS_BY_KIND[intent.kind]
            desk = await self._desk(intent)
            performed = replace(action.aftermath(intent.work, desk), result_id=answer.message_id)
            return await self._settle(intent, Outcome(answer.state), performed, desk)
        log.info("intent.read_back", intent=intent.key, state=answer.state.value)
        return await self._settle(intent, Outcome(answer.state, 0.0, answer.error))

    async def _settle(
        self,
        intent: Intent,
        result: Outcome,
        performed: Performed | None = None,
        desk: LaneDesk | None = None,
    ) -> Intent:
        """The outcome is durable, with all the call left behind."""
        performed = performed or Performed()
        conversation, contact = performed.conversation, performed.contact
        # from here to the ledger without an await: see `Memory`
        if conversation is not None and desk is not None and desk.conversation is not None:
            conversation = self._memory.merge(desk.conversation, conversation)
        if contact is not None and desk is not None:
            contact = self._memory.merge_contact(desk.contact, contact, performed.wrote)
        memo = {**performed.memo, **learned(self._gateway, self._memory)}
        self._memory.memos.update(memo)
        now = platform_now(self._gateway, self._clock)
        not_before = now + timedelta(seconds=result.pause_s) if result.pause_s else None
        settled = replace(
            intent,
            state=result.state,
            error=result.error,
            result_id=performed.result_id,
            not_before=not_before,
        )
        timer = None
        if settled.kind in SUSPENDING:
            timer, conversation = self._suspend(settled, conversation, now)
        if not settled.state.open:
            # at once: a poll must know our message before it sees it
            self._memory.ended(settled, settled.result_id)
        await self._ledger.settle(
            [
                Settlement(
                    key=settled.key,
                    state=settled.state,
                    at=now,
                    result_id=settled.result_id,
                    error=settled.error,
                    reason=settled.reason,
                    not_before=not_before,
                    conversation=conversation,
                    contact=contact,
                    memo=memo,
                    timer=timer,
                )
            ]
        )
        if timer is not None and timer.due_at is not None:
            self._alarmed(timer.due_at)
        tell_settled(settled, now, self._metrics)
        return settled

    def _ended(self, intent: Intent, lane: Lane) -> None:
        self._due.pop(intent.key, None)
        self._forget(intent)
        if intent.state in (IntentState.SKIPPED, IntentState.DEAD):
            self._memory.history.not_sent(intent.key)
        if intent.state in (IntentState.DEAD, IntentState.IN_DOUBT):
            lane.fail({cause_of(intent)})
