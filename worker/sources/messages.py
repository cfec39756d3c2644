"""Messages: follow-ups are found by reading the conversations that moved.

The cheapest way the account allows: one request for the conversation list tells which
conversations moved; only those are read. What a poll could not read, or what no message explains
yet, is kept in `Movements` and looked at again. The rest of the list, below what is known, is swept
now and then: after a start, where an earlier process may have ended between the list and the
messages, and all the time where the list is not in the order of movement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.chat import Conversation
from worker.model.gateway import Gateway, Page
from worker.model.ids import ConversationId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ConversationState
from worker.sources.intake import Intake
from worker.sources.memory import Memory
from worker.sources.reader import Arrived, ConversationReader
from worker.sources.reading import read_until
from worker.sources.source import Polled
from worker.sources.start import BASELINE, CONTACT_BASELINE, Start, platform_now
from worker.sources.sweep import Sweep

LIST_PAGE = 50
MOST_CONVERSATIONS = 200_000

LONGEST_READ_S = 5.0
"""A poll begins no further reads after this: what it found is decided before the rest is read."""

OWN_WAIT_S = 2.0
"""A conversation that moved by our own message, and is about to move by the next one, is read so
often at most: the default upper bound of freshness. Before, each answer cost a read of its page."""

CLOCK_SLACK = timedelta(seconds=5)
"""The platform's clock is known to a second or so: history is what is certainly older."""


class MessageSource:
    """Polls the conversation list and reads what moved.

    Attributes:
        arrived: told of a conversation's events as soon as they are stored; a poll then returns
            none. None: they are returned when all is read.
        is_answering: actions of this conversation are under way, or about to be.
    """

    name = "messages"

    def __init__(
        self, gateway: Gateway, ledger: Ledger, memory: Memory, clock: Clock, start: Start
    ) -> None:
        self.arrived: Arrived | None = None
        self.is_answering: Callable[[ConversationId], bool] = lambda _one: False
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start
        self._reader = ConversationReader(gateway, ledger, memory, clock, start)
        self._movements = self._reader.movements
        self._left_out = self._reader.left_out
        self._sweep = Sweep()
        self._unswept: GatewayError | None = None

    async def poll(self) -> Polled:
        """See `Source.poll`.

        Raises:
            GatewayError: `UNSUPPORTED` where the account has no list that shows movement.
        """
        requests = self._reader.requests
        if self._needs_baseline():
            return await self._take_baseline()
        begun = self._clock.monotonic()
        moved, unreadable = await self._moved()
        if self._left_out.count(None, unreadable):
            self._sweep.hurry()  # what could not be read may be further down by then
        self._note(moved)
        await self._sweep_on()
        if self._sweep.is_sorted and self._sweep.is_whole:
            self._memory.list_read_at = begun
        due = [one for one in self._movements.due(self._clock.monotonic()) if self._is_worth(one)]
        # customers before what our own answers moved
        due.sort(key=lambda one: self._memory.has_sent(one.latest_message_id))
        readings = await self._reader.read(
            due,
            as_of=begun,
            until=self._clock.monotonic() + LONGEST_READ_S,
            trust_ids=True,
            arrived=self.arrived,
        )
        failures = [one for one in readings if isinstance(one, GatewayError)]
        intakes = [one for one in readings if isinstance(one, Intake)]
        if failures and not intakes:
            raise failures[0]
        left_out = self._left_out.taken()
        return Polled(
            events=() if self.arrived else tuple(event for one in intakes for event in one.events),
            movement=bool(due) or (self._sweep.under_way and self._unswept is None),
            requests=self._reader.requests - requests,
            unreadable=left_out,
            degraded=self._degraded(failures, left_out),
        )

    def _is_worth(self, row: Conversation) -> bool:
        """Reading it now may tell something; what our own next answer would move again, can wait.

        A customer's message below our own newest one is answered after what waits in the lane in
        any case; so may a person's be seen `OWN_WAIT_S` later. What the row itself tells, is read.
        """
        if not self.is_answering(row.id) or not self._memory.has_sent(row.latest_message_id):
            return True
        state = self._memory.remembered(row.id)
        known = row if state is None else state.conversation
        if (row.status, row.mode) != (known.status, known.mode):
            return True
        return self._clock.monotonic() - self._memory.readings.read_at(row.id) >= OWN_WAIT_S

    def _may_be_ours(self, row: Conversation) -> bool:
        """Its newest message is this worker's, as far as can be told without reading it."""
        return row.id in self._memory.outstanding or self._memory.has_sent(row.latest_message_id)

    def _degraded(self, failures: Sequence[GatewayError], left_out: int) -> str:
        told = []
        if self._unswept is not None:
            told.append(f"the list cannot be read to its end, tried again: {self._unswept}")
        if failures:
            told.append(f"{len(failures)} conversations unread, tried again: {failures[0]}")
        if not self._sweep.is_sorted:
            told.append("the conversation list is not in the order of movement: all of it is read")
        if left_out:
            told.append(f"{left_out} rows left out: wrong types")
        return "; ".join(told)

    def _note(self, moved: Sequence[Conversation]) -> None:
        """These are to be read; until then what is remembered of them may be old."""
        now = self._clock.monotonic()
        for row in reversed(moved):  # who has waited longest is read first
            self._movements.note(row, now)
            self._memory.unsettled.add(row.id)
            if row.latest_message_id is not None and not self._may_be_ours(row):
                # somebody wrote: it is read before anything is sent
                self._memory.readings.outdated(row.id, now)

    async def _moved(self) -> tuple[list[Conversation], int]:
        """Rows of the list whose mark of movement is not the one last read."""

        async def fetch(skip: int, limit: int) -> Page[Conversation]:
            page = await self._list(skip, limit)
            if not skip:
                self._sweep.is_sorted = self._gateway.conversations_sorted
                _check_marks(page.rows)
            if page.skip is None:
                self._sweep.rest(self._clock.monotonic())
            return page

        rows, unreadable = await read_until(
            fetch, self._is_known, limit=LIST_PAGE, most=MOST_CONVERSATIONS
        )
        return list(rows), unreadable

    async def _sweep_on(self) -> None:
        """Rows further down the list that moved although everything above them is known, are noted.

        A page that cannot be read keeps nobody waiting whom the top of the list shows.
        """
        for skip, limit in self._sweep.pages(LIST_PAGE, self._clock.monotonic()):
            try:
                page = await self._list(skip, limit)
            except GatewayError as error:
                self._sweep.failed(self._clock.monotonic())
                self._unswept = error
                return
            self._unswept = None
            self._sweep.saw(page.skip, self._clock.monotonic())
            self._note([row for row in page.rows if not self._is_known(row)])

    async def _list(self, skip: int, limit: int) -> Page[Conversation]:
        """One page of the list; what is remembered of its rows is at hand."""
        self._reader.requests += 1
        page = await self._gateway.conversations(skip, limit)
        await self._memory.conversations(row.id for row in page.rows)
        return page

    def _is_known(self, row: Conversation) -> bool:
        """Nothing new is to be read in this conversation, or that is noted already."""
        if self._movements.waits(row):
            return True
        state = self._memory.remembered(row.id)
        if state is not None:
            return state.read_marker == row.moved
        until = self.first_seen(row).history_until
        return until is not None and row.moved_at is not None and row.moved_at <= until

    def _needs_baseline(self) -> bool:
        memos = self._memory.memos
        return (
            self._start.needs_baseline and BASELINE not in memos and CONTACT_BASELINE not in memos
        )

    async def _take_baseline(self) -> Polled:
        """The whole list is noted as it stands: what is in it is history."""
        newest: datetime | None = None
        requests = self._reader.requests

        async def fetch(skip: int, limit: int) -> Page[Conversation]:
            nonlocal newest
            self._reader.requests += 1
            page = await self._gateway.conversations(skip, limit)
            if not skip:
                _check_marks(page.rows)
            known = await self._memory.conversations(row.id for row in page.rows)
            states = [as_history(row) for row in page.rows if row.id not in known]
            moves = [row.moved_at for row in page.rows if row.moved_at is not None]
            newest = max([*moves, newest] if newest else moves, default=None)
            if states:
                self._memory.put(*states)
                await self._ledger.receive(
                    Receipt(account=self._memory.account, conversations=tuple(states))
                )
            return page

        begun = platform_now(self._gateway, self._clock) - CLOCK_SLACK
        _, unreadable = await read_until(
            fetch, lambda _row: False, limit=LIST_PAGE, most=MOST_CONVERSATIONS
        )
        self._left_out.count(None, unreadable)
        memo = {BASELINE: (newest or begun).isoformat()}
        await self._ledger.remember(self._memory.account, memo)
        self._memory.memos.update(memo)
        self._sweep.rest(self._clock.monotonic())
        return Polled(
            movement=True,
            requests=self._reader.requests - requests,
            unreadable=self._left_out.taken(),
        )

    async def read(
        self, rows: Sequence[Conversation], *, as_of: float, arrived: Arrived | None = None
    ) -> list[Intake | GatewayError]:
        """See `ConversationReader.read`."""
        return await self._reader.read(rows, as_of=as_of, arrived=arrived)

    def first_seen(self, row: Conversation) -> ConversationState:
        """See `ConversationReader.first_seen`."""
        return self._reader.first_seen(row)


def as_history(row: Conversation) -> ConversationState:
    """All that the conversation holds now is history."""
    return ConversationState(
        conversation=row,
        read_marker=row.moved,
        history_until=row.last_message_at or row.moved_at or row.created_at,
        history_id=row.latest_message_id,
        opened=True,
    )


def _check_marks(rows: Sequence[Conversation]) -> None:
    """The list tells which conversations moved.

    Raises:
        GatewayError: `UNSUPPORTED`: none of its rows has a time of movement or a newest message.
    """
    if rows and all(row.moved_at is None and row.latest_message_id is None for row in rows):
        raise GatewayError(
            Fault.UNSUPPORTED,
            "conversations.list: its rows do not tell when a conversation moved",
            took_effect=TookEffect.NO,
        )
