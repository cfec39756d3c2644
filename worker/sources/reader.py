"""One conversation after the other is read to what is known of it, and taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from worker.clock import Clock
from worker.engine.guards import SILENT_STATUSES
from worker.errors import Fault, GatewayError
from worker.model.chat import Conversation, Message, Sender
from worker.model.event import Event
from worker.model.gateway import Gateway, Page
from worker.model.ids import ContactId, MessageId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ConversationState
from worker.sources.author import by_another, own_user
from worker.sources.intake import Intake, is_history, take_in
from worker.sources.left_out import LeftOut
from worker.sources.memory import Memory
from worker.sources.movement import TIE, Look, Movements
from worker.sources.reading import read_until
from worker.sources.signs import with_signs
from worker.sources.start import BASELINE, CONTACT_BASELINE, Start, platform_now
from worker.sources.unanswered import Waits

MESSAGE_PAGE = 20
MOST_MESSAGES = 20_000
Arrived = Callable[[Iterable[Event]], Awaitable[None]]

READERS = 16
"""Conversations read at once: sends share the connections and go first."""

NEAR_S = 0.02
NEAR_READERS = 4
"""The same where a page comes within `NEAR_S`: there the worker itself is what all wait for, and
the more is read at once, the later comes the first answer."""


@dataclass(slots=True)
class _Rows:
    """What the pages of one conversation showed."""

    unseen: dict[MessageId, Message] = field(default_factory=dict)
    ids: set[MessageId] = field(default_factory=set)
    newest: datetime | None = None

    def add(self, rows: Sequence[Message], recent: frozenset[MessageId]) -> None:
        for row in rows:
            self.ids.add(row.id)
            if row.id not in recent:
                self.unseen[row.id] = row
            if row.created_at is not None:
                self.newest = max(self.newest or row.created_at, row.created_at)


class ConversationReader:
    """Reads conversations and stores what they brought.

    Attributes:
        movements: what the list showed and no read has explained yet.
        requests: calls made so far.
    """

    def __init__(
        self, gateway: Gateway, ledger: Ledger, memory: Memory, clock: Clock, start: Start
    ) -> None:
        self.movements = Movements()
        self.left_out = LeftOut()
        self.requests = 0
        self._took_s: list[float] = []
        self._readers = NEAR_READERS
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start

    async def read(
        self,
        rows: Sequence[Conversation],
        *,
        as_of: float,
        until: float = float("inf"),
        trust_ids: bool = False,
        arrived: Arrived | None = None,
    ) -> list[Intake | GatewayError]:
        """Each conversation's new messages are in the ledger; failures are returned, not raised.

        Args:
            as_of: monotonic time at which the rows themselves were asked for.
            until: monotonic time after which no further read is begun.
            trust_ids: rows are the list's: one whose newest message is known is not read again.
            arrived: told of each conversation's events at once, without waiting for the others.
        """
        gate = asyncio.Semaphore(self._at_once())

        async def one(row: Conversation) -> Intake | GatewayError | None:
            async with gate:
                if self._clock.monotonic() > until:
                    return None
                try:
                    intake = await self._read_one(row, as_of, trust_ids=trust_ids)
                except GatewayError as error:
                    self._failed(row, error)
                    return error
                if arrived is not None and intake.events:
                    await arrived(intake.events)
                return intake

        readings = await asyncio.gather(*(one(row) for row in rows))
        return [reading for reading in readings if reading is not None]

    def _at_once(self) -> int:
        """How many conversations are read at once: the quickest of the last pages says how far
        away the platform is.
        """
        if self._took_s:
            self._readers = NEAR_READERS if min(self._took_s) < NEAR_S else READERS
            self._took_s.clear()
        return self._readers

    def _failed(self, row: Conversation, error: GatewayError) -> None:
        gone = error.fault is Fault.ABSENT
        if self.movements.failed(row, self._clock.monotonic(), gone=gone):
            self._memory.unsettled.discard(row.id)

    async def _read_one(self, row: Conversation, as_of: float, *, trust_ids: bool) -> Intake:
        told_at = self.movements.told_at(row) if trust_ids else None
        if trust_ids and self._memory.readings.looked_since(row.id, as_of):
            row, as_of = await self._of_its_own(row)
            told_at = as_of
        state = await self._memory.conversation(row.id) or self.first_seen(row)
        moment = platform_now(self._gateway, self._clock)
        recent = frozenset(state.recent)
        rows = _Rows()

        def known(message: Message) -> bool:
            return message.id in recent or is_history(state, message)

        async def fetch(skip: int, limit: int) -> Page[Message]:
            self.requests += 1
            begun = self._clock.monotonic()
            page = await self._gateway.messages(row, skip, limit)
            self._took_s.append(self._clock.monotonic() - begun)
            rows.add(page.rows, recent)
            return page

        fresh: tuple[Message, ...] = ()
        unreadable = 0
        told = recent | {state.history_id or MessageId("")}
        if not (trust_ids and self.movements.explained(row, told)):
            fresh, unreadable = await read_until(
                fetch, known, limit=MESSAGE_PAGE, most=MOST_MESSAGES
            )
        again = self.left_out.count(row.id, unreadable)
        unseen = tuple(rows.unseen.values())
        ours = await self._ours(unseen)
        contact_id = row.contact_id or _customer(unseen)
        contact = None if contact_id is None else await self._memory.contact(contact_id)
        look = Look(
            seen=rows.ids | told,
            newest=rows.newest,
            found=bool(fresh),
            unreadable=again,
            young=row.moved_at is not None and moment - row.moved_at < TIE,
        )
        # from here to the ledger without an await: see `Memory`
        before = self._memory.remembered(row.id)
        known_so_far = before or state
        state = self._moved_on(row, known_so_far, look, as_of if told_at is None else told_at)
        account, now = self._memory.account, platform_now(self._gateway, self._clock)
        was = known_so_far.conversation.status
        ended = state.conversation.status in SILENT_STATUSES and was not in SILENT_STATUSES
        intake = take_in(
            account,
            state,
            fresh,
            unseen,
            ours=ours,
            contact=contact,
            now=now,
            ended=ended,
        )
        intake = with_signs(account, intake, known_so_far, now)
        if again:
            # the next read goes as deep as this one did: there are rows it could not take in
            intake = replace(intake, state=replace(intake.state, recent=state.recent))
        new = await self._store(intake, before)
        readings = self._memory.readings
        if told_at is not None:
            readings.caught_up(row.id, told_at)
        readings.read(row.id, as_of)
        return replace(intake, events=new)

    async def _of_its_own(self, row: Conversation) -> tuple[Conversation, float]:
        """The conversation read anew, and when that began: a look came in while the list was on its
        way, and nobody can tell which of the two is newer.
        """
        self.requests += 1
        begun = self._clock.monotonic()
        found = await self._gateway.conversation(row)
        return replace(found, moved=row.moved, moved_at=row.moved_at), begun

    def _moved_on(
        self, row: Conversation, state: ConversationState, look: Look, told_at: float
    ) -> ConversationState:
        """The state with the row's fields, and with its mark if that is explained.

        Args:
            told_at: monotonic time at which the row was here; a list is waited for in the budget's
                line, and what it tells then is newer than when it was asked for.
        """
        marker = state.read_marker
        if self.movements.looked(row, look, self._clock.monotonic()):
            self._memory.unsettled.discard(row.id)
            marker = row.moved
        if self._memory.readings.read_at(row.id) > told_at:
            # a last look before sending was quicker: what it saw is newer than this row
            row = replace(state.conversation, moved=row.moved, moved_at=row.moved_at)
        return replace(
            state,
            conversation=_with(row, state.conversation),
            read_marker=marker,
            silent_until_closed=state.silent_until_closed and row.status != "closed",
        )

    async def _store(self, intake: Intake, before: ConversationState | None) -> tuple[Event, ...]:
        """The intake is durable; its new events. What changes nothing is not written."""
        if not intake.events and intake.contact is None and intake.state == before:
            return ()
        self._memory.put(intake.state)
        begun = Waits.of(intake.state).begun
        if any(begun) and begun != (Waits.of(before) if before else Waits()).begun:
            self._memory.asked.add(intake.state.conversation.id)
        contacts = (intake.contact,) if intake.contact is not None else ()
        self._memory.put_contacts(*contacts)
        fresh = await self._ledger.receive(
            Receipt(
                account=self._memory.account,
                events=intake.events,
                conversations=(intake.state,),
                contacts=contacts,
            )
        )
        stored = frozenset(fresh)
        return tuple(one for one in intake.events if one.id in stored and not one.history)

    def first_seen(self, row: Conversation) -> ConversationState:
        """The state of a conversation nobody here has seen: new, unless older than the start."""
        start = self._start.at
        if isinstance(start, datetime):
            until = start - timedelta(microseconds=1)
        else:
            memos = self._memory.memos
            told = memos.get(BASELINE) or memos.get(CONTACT_BASELINE)
            if start != "now" or told is None:
                return ConversationState(conversation=row)
            until = datetime.fromisoformat(told)
        old = row.created_at is not None and row.created_at <= until
        if isinstance(start, datetime) or (row.created_at is not None and row.created_at < until):
            return ConversationState(conversation=row, history_until=until, opened=old)
        return ConversationState(conversation=row)

    async def _ours(self, fresh: Sequence[Message]) -> frozenset[MessageId]:
        """Those that this worker sent, or is sending at this moment."""
        # an answer of ours may be stored without its author: see `by_another`
        ours_or_not = (Sender.TEAM, Sender.UNKNOWN)
        team = [message for message in fresh if message.sender in ours_or_not]
        if not team:
            return frozenset()
        # Under way first: what is settled while the ledger is asked is known as sent by then. The
        # other way round it would be neither, and our own message a person's.
        us = own_user(self._gateway, self._memory)
        ours = {
            message.id
            for message in team
            if not by_another(message, us) and self._memory.is_under_way(message)
        }
        ours |= await self._memory.ours(message.id for message in team if message.id not in ours)
        return frozenset(ours)


def _with(row: Conversation, known: Conversation) -> Conversation:
    """The row, with what only other reads tell."""
    return replace(
        row,
        contact_id=row.contact_id or known.contact_id,
        address=row.address or known.address,
        team=row.team or known.team,
    )


def _customer(messages: Sequence[Message]) -> ContactId | None:
    return next(
        (ContactId(one.sender_id) for one in messages if one.sender is Sender.CUSTOMER), None
    )
