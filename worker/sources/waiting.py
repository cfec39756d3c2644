"""Waiting customers become events once they have waited as long as some rule minds.

Nothing is kept in memory while they wait: the ledger is asked, by an index, for those who crossed a
threshold since it was last asked. What a read brought later than that (a message written while the
worker was stopped) is looked at by itself. A look that is repeated, after a restart, finds events
that are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.clock import Clock
from worker.engine.thresholds import Threshold, thresholds
from worker.model.event import Event, EventKind
from worker.model.gateway import Gateway
from worker.model.ids import ConversationId, EventId
from worker.model.ledger import Ledger, Receipt
from worker.model.rule import RuleSet
from worker.model.state import ConversationState, Unanswered
from worker.sources.memory import Memory
from worker.sources.source import Polled
from worker.sources.start import platform_now

LOOKED = "waiting.looked"
"""Memo: the platform time up to which it is known who has waited too long."""

LONGEST_LOOK_BACK = timedelta(days=7)
"""Who crossed a threshold during a longer stop is not even recorded."""

NOTED_EVERY = timedelta(minutes=1)
AT_ONCE = 200
"""Conversations taken from the ledger by one question."""

LAST_ID = "\U0010ffff"  # behind every conversation's id

MOST = 1000
"""Conversations taken by one poll for each threshold; the rest by the next one, right after it."""


@dataclass(slots=True)
class Watch:
    """One threshold, and where in the order of waiting its last look ended."""

    threshold: Threshold
    looked: tuple[datetime, str]


class WaitingSource:
    """Looks who has waited too long."""

    name = "waiting"

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        ruleset: Callable[[], RuleSet],
        up_to_date: Callable[[], bool],
    ) -> None:
        """`up_to_date`: what happened before the worker started has been read: until then who
        waits is not known.
        """
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._ruleset = ruleset
        self._up_to_date = up_to_date
        self._followed: RuleSet | None = None
        self._watches: dict[str, Watch] = {}
        self._later: set[ConversationId] = set()
        self._noted: datetime | None = None

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        if not self._up_to_date():
            return Polled()
        now = platform_now(self._gateway, self._clock)
        self._follow(self._ruleset(), now)
        if not self._watches:
            self._memory.asked.clear()
            return Polled()
        events: dict[EventId, Event] = {}
        whole = True
        for watch in self._watches.values():
            rows, all_of_it = await self._crossed(watch, now)
            whole = whole and all_of_it
            await self._add(events, [watch], rows, now)
        # after the look-ups: what was not durable then is among these
        asked = self._memory.asked | self._later
        self._memory.asked.clear()
        self._later.clear()
        await self._add(events, self._watches.values(), asked, now)
        fresh = await self._store(events.values(), now, whole=whole)
        return Polled(events=fresh, movement=bool(fresh) or not whole)

    def _follow(self, ruleset: RuleSet, now: datetime) -> None:
        """The thresholds are those of the rules in force. A new one looks back as far as its rules
        may still act: whom nobody answered last week is not written to now.
        """
        if ruleset is self._followed:
            return
        first = self._followed is None
        self._followed = ruleset
        watches: dict[str, Watch] = {}
        for threshold in thresholds(ruleset):
            known = self._watches.get(threshold.name)
            back = now - threshold.acts_within
            if first:
                back = min(back, self._last_look(now))
            begin = threshold.cutoff(back) or datetime.min.replace(tzinfo=now.tzinfo)
            watches[threshold.name] = Watch(threshold, known.looked if known else (begin, ""))
        self._watches = watches

    def _last_look(self, now: datetime) -> datetime:
        """When an earlier process last looked."""
        told = self._memory.memos.get(LOOKED)
        if told is None:
            return now
        return max(datetime.fromisoformat(told), now - LONGEST_LOOK_BACK)

    async def _crossed(self, watch: Watch, now: datetime) -> tuple[list[ConversationId], bool]:
        """Conversations that have crossed the threshold since the last look; False: not all."""
        cutoff = watch.threshold.cutoff(now)
        found: list[ConversationId] = []
        while cutoff is not None and watch.looked < (cutoff, LAST_ID):
            rows = await self._ledger.awaiting(
                self._memory.account,
                automatic=watch.threshold.automatic,
                after=watch.looked,
                until=cutoff,
                limit=AT_ONCE,
            )
            found += [one for one, _ in rows]
            if len(rows) < AT_ONCE:
                watch.looked = (cutoff, LAST_ID)
                break
            one, since = rows[-1]
            watch.looked = (since, one)
            if len(found) >= MOST:
                return found, False
        return found, True

    async def _add(
        self,
        events: dict[EventId, Event],
        watches: Iterable[Watch],
        asked: Iterable[ConversationId],
        now: datetime,
    ) -> None:
        """Events of those of `asked` who have waited long enough."""
        known = await self._memory.conversations(asked)
        for one, state in known.items():
            if one in self._memory.unsettled:
                self._later.add(one)  # an answer may be on its way here
                continue
            for watch in watches:
                waits = watch.threshold.waits(state)
                crossed_at = waits and watch.threshold.crossed_at(waits.since)
                if waits and crossed_at and crossed_at <= now:
                    event = await self._event(watch.threshold, state, waits, crossed_at)
                    events[event.id] = event

    async def _event(
        self,
        threshold: Threshold,
        state: ConversationState,
        waits: Unanswered,
        crossed_at: datetime,
    ) -> Event:
        conversation = state.conversation
        account = self._memory.account
        # None: dropped with old history, or not durable yet
        said = await self._ledger.event(account, EventId(f"message:{waits.last_id}"))
        return Event(
            id=EventId(f"waiting:{conversation.id}:{waits.first_id}:{threshold.name}"),
            account=account,
            kind=EventKind.CONVERSATION_WAITING,
            at=crossed_at,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            message=said.event.message if said is not None else None,
            parameters=threshold.parameters,
            since=waits.since,
        )

    async def _store(
        self, events: Iterable[Event], now: datetime, *, whole: bool
    ) -> tuple[Event, ...]:
        """They are durable; those that are new, in the order in which they crossed."""
        ordered = sorted(events, key=lambda event: event.at)
        memo: dict[str, str] = {}
        if whole and (self._noted is None or now - self._noted >= NOTED_EVERY):
            self._noted = now
            memo = {LOOKED: now.isoformat(timespec="seconds")}
        if not (ordered or memo):
            return ()
        receipt = Receipt(account=self._memory.account, events=tuple(ordered), memo=memo)
        fresh = frozenset(await self._ledger.receive(receipt))
        self._memory.memos.update(memo)
        return tuple(event for event in ordered if event.id in fresh)
