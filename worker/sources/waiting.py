"""Waiting customers become events once they have waited as long as some rule minds.

Nothing is kept in memory while they wait, but when the first of them is due. Then the ledger is
asked, by an index, for those who crossed the threshold since it was last asked. What a read brought
later than that (a message written while the worker was stopped) is looked at by itself. A look that
is repeated, after a restart, finds events that are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.engine.thresholds import Threshold, thresholds
from worker.model.event import Event, EventKind
from worker.model.ids import ConversationId, EventId
from worker.model.ledger import Ledger, Receipt
from worker.model.rule import RuleSet
from worker.model.state import ConversationState, Unanswered
from worker.sources.lookout import Looked
from worker.sources.memory import Memory

LONGEST_LOOK_BACK = timedelta(days=7)
"""Who crossed a threshold during a longer stop is not even recorded."""

NOT_DURABLE_YET = timedelta(seconds=5)
"""Who begins to wait and has waited enough so soon is not left to the ledger's look-up."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
AT_ONCE = 200
"""Conversations taken from the ledger by one question."""

LAST_ID = "\U0010ffff"  # behind every conversation's id

MOST = 1000
"""Conversations taken by one look for each threshold; the rest by the next one, right after it."""


@dataclass(slots=True)
class Watch:
    """One threshold: where in the order of waiting its last look ended, and before what time the
    next one finds nobody; `due` None: that is not known.
    """

    threshold: Threshold
    looked: tuple[datetime, str]
    due: datetime | None


class WaitingLookout:
    """Looks who has waited too long."""

    def __init__(
        self,
        ledger: Ledger,
        memory: Memory,
        ruleset: Callable[[], RuleSet],
        last_life: Callable[[], datetime | None],
    ) -> None:
        """`last_life`: until when an earlier process has looked; None: there was none."""
        self._ledger = ledger
        self._memory = memory
        self._ruleset = ruleset
        self._followed: RuleSet | None = None
        self._watches: dict[str, Watch] = {}
        self._again: set[ConversationId] = set()
        self._last_life = last_life

    async def look(self, until: datetime) -> Looked:
        """See `Lookout.look`."""
        self._follow(self._ruleset(), until)
        events: dict[EventId, Event] = {}
        left = False
        for watch in self._watches.values():
            if watch.due is not None and watch.due > until:
                continue
            rows, more = await self._crossed(watch, until)
            left = left or more
            await self._add(events, [watch], rows, until)
            watch.due = until if more else await self._next(watch)
        # after the look-ups: who was not in the ledger then is among these
        asked = self._memory.asked.taken() | self._again
        self._again.clear()
        await self._add(events, self._watches.values(), asked, until)
        fresh = await self._store(events.values())
        due = min((watch.due for watch in self._watches.values() if watch.due), default=None)
        if self._again:
            due = until
        return Looked(fresh, due if due and due < NEVER else None, left)

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
            told = self._last_life() if first else None
            if told is not None:
                back = min(back, max(told, now - LONGEST_LOOK_BACK))
            looked = known.looked if known else (threshold.cutoff(back) or EVER, "")
            watches[threshold.name] = Watch(threshold, looked, None)
        self._watches = watches

    async def _crossed(self, watch: Watch, now: datetime) -> tuple[list[ConversationId], bool]:
        """Who has crossed the threshold since the last look; True: there are more."""
        cutoff = watch.threshold.cutoff(now)
        found: list[ConversationId] = []
        while cutoff is not None and watch.looked < (cutoff, LAST_ID):
            rows = await self._awaiting(watch, cutoff, AT_ONCE)
            found += [one for one, _ in rows]
            if len(rows) < AT_ONCE:
                watch.looked = (cutoff, LAST_ID)
                break
            one, since = rows[-1]
            watch.looked = (since, one)
            if len(found) >= MOST:
                return found, True
        return found, False

    async def _next(self, watch: Watch) -> datetime:
        """When the first of those who wait crosses the threshold."""
        rows = await self._awaiting(watch, NEVER, 1)
        return (watch.threshold.crossed_at(rows[0][1]) if rows else None) or NEVER

    async def _awaiting(
        self, watch: Watch, until: datetime, limit: int
    ) -> tuple[tuple[ConversationId, datetime], ...]:
        return await self._ledger.awaiting(
            self._memory.account,
            automatic=watch.threshold.automatic,
            after=watch.looked,
            until=until,
            limit=limit,
        )

    async def _add(
        self,
        events: dict[EventId, Event],
        watches: Iterable[Watch],
        asked: Iterable[ConversationId],
        now: datetime,
    ) -> None:
        """Events of those of `asked` who have waited long enough; the others are due later."""
        known = await self._memory.conversations(asked)
        for one, state in known.items():
            for watch in watches:
                waits = watch.threshold.waits(state)
                crossed_at = watch.threshold.crossed_at(waits.since) if waits else None
                if waits is None or crossed_at is None:
                    continue
                if crossed_at > now:
                    watch.due = min(watch.due or crossed_at, crossed_at)
                if crossed_at > now + NOT_DURABLE_YET:
                    continue
                if crossed_at > now or one in self._memory.unsettled:
                    self._again.add(one)  # an answer may be on its way here
                    continue
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

    async def _store(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """They are durable; those that are new, in the order in which they crossed."""
        ordered = tuple(sorted(events, key=lambda event: event.at))
        if not ordered:
            return ()
        receipt = Receipt(account=self._memory.account, events=ordered)
        fresh = frozenset(await self._ledger.receive(receipt))
        return tuple(event for event in ordered if event.id in fresh)
