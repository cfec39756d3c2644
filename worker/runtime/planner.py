"""From stored events to stored decisions: bursts settle, facts are gathered, rules decide."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from msgspec.structs import replace

from worker.clock import Clock
from worker.engine.flow import go_on
from worker.engine.match import ask, triggered
from worker.engine.plan import decide
from worker.errors import GatewayError
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import Intent
from worker.model.event import Event, EventKind
from worker.model.ledger import Ledger, Planned
from worker.model.verdict import Reason
from worker.runtime.decided import tell_decision
from worker.runtime.gather import Gathered, Gatherer
from worker.runtime.live import Live
from worker.runtime.steps import Steps
from worker.runtime.tasks import Tasks
from worker.sources.memory import Memory

log = get_logger()

LONGEST_BURST = 5
"""A burst is answered after so many settle windows, even if the customer is still typing."""

PATIENCE = 6
"""So often a fact that cannot be read is asked for again (1, 2, 4 … s) before it is left out."""

BATCH = 256


@dataclass(slots=True)
class Burst:
    """Events of one conversation that wait to be decided together."""

    events: list[Event]
    due: float
    latest: float
    at_once: bool = False
    attempt: int = 0


class Planner:
    """Decides events in order within a conversation, conversations independently."""

    def __init__(
        self,
        ledger: Ledger,
        memory: Memory,
        gatherer: Gatherer,
        live: Live,
        clock: Clock,
        metrics: Metrics,
        tasks: Tasks,
        enqueue: Callable[[Iterable[Intent]], None],
        steps: Steps,
    ) -> None:
        self.live = live
        self._ledger = ledger
        self._memory = memory
        self._gatherer = gatherer
        self._clock = clock
        self._metrics = metrics
        self._tasks = tasks
        self._enqueue = enqueue
        self._steps = steps
        self._waiting: dict[str, list[Burst]] = {}
        # lanes that wait, without those that are being decided, and when each is looked at next
        self._idle: dict[str, int] = {}
        self._due: list[tuple[float, int, str]] = []
        self._numbers = count()
        self._gathered: deque[tuple[str, Gathered]] = deque()
        self._wake = asyncio.Event()
        self._taking = asyncio.Lock()

    def swap(self, live: Live) -> Live:
        """Decisions from now on are made by these rules; those that made them until now."""
        before, self.live = self.live, live
        return before

    def waits(self, lane: str) -> bool:
        """Events of the lane wait for their decision."""
        return lane in self._waiting

    @property
    def depth(self) -> int:
        """Events that wait for their decision."""
        return sum(len(burst.events) for bursts in self._waiting.values() for burst in bursts)

    async def take(self, events: Collection[Event]) -> None:
        """These stored events will be decided, in the order in which they were handed over here;
        bursts are joined and wait to settle.
        """
        for event in events:
            self._metrics.event(event.kind)
            if event.set_aside is not None:
                self._metrics.set_aside(event.set_aside)
                log.debug("event.set_aside", event_id=event.id, reason=event.set_aside.value)
                continue
            log.info("event.received", event_id=event.id, kind=event.kind.value)
        # one after the other: how long to settle is looked up, and a later event must not overtake
        async with self._taking:
            for event in events:
                if event.set_aside is not None:
                    continue
                settle, at_once = 0.0, event.kind is not EventKind.MESSAGE_RECEIVED
                if self.live.longest_settle and not at_once:
                    settle, at_once = await self._settle_s(event)
                self._add(event, settle, at_once=at_once)
        self._wake.set()

    def _add(self, event: Event, settle: float, *, at_once: bool) -> None:
        lane = event.conversation_id or event.id
        now = self._clock.monotonic()
        bursts = self._waiting.setdefault(lane, [])
        last = bursts[-1] if bursts else None
        # a burst whose window has closed is not joined: with `settle: 0s` each message is its own
        if last is None or last.at_once or at_once or last.due <= now:
            bursts.append(Burst([event], now + settle, now + LONGEST_BURST * settle, at_once))
            if last is None or (last is bursts[0] and lane in self._idle):
                self._rest(lane)
            return
        last.events.append(event)
        last.due = min(max(last.due, now + settle), last.latest)

    def _rest(self, lane: str) -> None:
        """The lane is looked at when its first burst is due; at once where one stands behind it."""
        bursts = self._waiting[lane]
        due = bursts[0].due if len(bursts) == 1 else float("-inf")
        self._idle[lane] = number = next(self._numbers)
        heappush(self._due, (due, number, lane))

    async def _settle_s(self, event: Event) -> tuple[float, bool]:
        """How long to wait for more of the same customer; a pick is answered at once."""
        ruleset = self.live.ruleset
        facts = await self._gatherer.remembered(event, ruleset.names)
        if EventKind.QUICK_REPLY_PICKED in facts.kinds:
            return 0.0, True
        fitting = [
            rule.settle
            for rule in self.live.index.candidates(facts)
            # a rule on trial changes nothing for customers, not even how long they wait
            if rule.visible
            and rule.state != "shadow"
            and triggered(facts, rule)
            and ask(facts, rule).reason in (Reason.MATCHED, Reason.UNDECIDED)
        ]
        return max(fitting, default=ruleset.settle).total_seconds(), False

    async def run(self) -> None:
        """Decides for ever: due bursts are gathered, gathered ones decided in batches."""
        while True:
            soonest = self._start_due()
            if self._gathered:
                await self._decide_batch()
                continue
            self._wake.clear()
            if soonest is None:
                await self._wake.wait()
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, soonest - self._clock.monotonic())):
                    await self._wake.wait()

    def _start_due(self) -> float | None:
        """Gathering of every due burst has begun; when the next one is due."""
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now:
            _due, number, lane = heappop(self._due)
            if self._idle.get(lane) != number:
                continue  # it was looked at sooner
            bursts = self._waiting[lane]
            burst = bursts[0]
            if burst.due > now and len(bursts) == 1:
                self._rest(lane)  # joined meanwhile
                continue
            del self._idle[lane]
            gathered = self._gatherer.at_hand(burst.events, self.live.ruleset.names)
            if gathered is None:
                self._tasks.start(self._gather(lane, burst))
            else:
                self._gathered.append((lane, gathered))
        return self._due[0][0] if self._due else None

    async def _gather(self, lane: str, burst: Burst) -> None:
        while True:
            patient = burst.attempt < PATIENCE
            events = tuple(burst.events)
            try:
                gathered = await self._gatherer.gather(
                    events, self.live.ruleset.names, patient=patient
                )
            except GatewayError as error:
                burst.attempt += 1
                log.warning("event.postponed", event_id=events[-1].id, error=str(error))
                await self._clock.sleep(min(60.0, 2.0 ** (burst.attempt - 1)))
                continue
            self._gathered.append((lane, gathered))
            self._wake.set()
            return

    async def _decide_batch(self) -> None:
        live = self.live
        lanes: list[tuple[str, Gathered]] = []
        decisions: list[Planned] = []
        while len(decisions) < BATCH and self._gathered:
            lane, gathered = self._gathered.popleft()
            planned = self._decide(live, gathered)
            lanes.append((lane, gathered))
            decisions.append(planned)
        new = frozenset(await self._ledger.plan(decisions))
        for (lane, gathered), planned in zip(lanes, decisions, strict=True):
            self._done(lane, gathered, planned)
            fresh = [one for one in planned.intents if one.key in new]
            self._steps.keep(fresh, live)
            self._enqueue(fresh)
            if planned.caused:
                await self.take(planned.caused)

    def _decide(self, live: Live, gathered: Gathered) -> Planned:
        """The decision, already counted for guards: the next one of the batch must see it."""
        facts, standing = gathered.facts, gathered.standing
        events = [event.id for event in gathered.events]
        if standing.flows:
            flows = self._gatherer.flows.current(standing.flows, standing.conversation)
            standing = replace(standing, flows=flows)
        if facts.event.resumed is not None:
            planned = go_on(facts, events, gathered.going, live.ruleset, standing)
        else:
            candidates = live.index.candidates(facts)
            planned = decide(facts, events, candidates, live.ruleset, standing)
        if planned.caused:
            planned = self._gatherer.flows.settled(planned, standing.conversation)
        self._memory.history.fired(planned.firings)
        self._memory.count_sends(planned.intents)
        contact = planned.contact
        if contact is not None:
            contact = self._memory.merge_contact(gathered.standing.contact, contact)
        elif gathered.contact_read is not None:
            contact = self._memory.remembered_contact(gathered.contact_read)
        return planned if contact is None else replace(planned, contact=contact)

    def _done(self, lane: str, gathered: Gathered, planned: Planned) -> None:
        bursts = self._waiting[lane]
        burst = bursts[0]
        # what arrived while the facts were gathered is a burst of its own
        burst.events, burst.attempt = burst.events[len(gathered.events) :], 0
        if not burst.events:
            del bursts[0]
        if bursts:
            self._rest(lane)
        else:
            del self._waiting[lane]
        self._wake.set()
        tell_decision(planned, self._metrics)
