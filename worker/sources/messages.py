"""Messages: follow-ups are found by reading the conversations that moved.

The cheapest way the account allows: one request for the conversation list tells which conversations
moved; only those are read. A list whose mark of movement changed before its messages could be read
(lists lag behind writes) is read again, a few times, before the mark is believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.model.chat import Conversation, Message, Sender
from worker.model.event import Event
from worker.model.gateway import Gateway, Page
from worker.model.ids import ContactId, ConversationId, MessageId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ConversationState
from worker.sources.author import by_another, own_user
from worker.sources.intake import Intake, is_history, take_in
from worker.sources.memory import Memory
from worker.sources.reading import read_until
from worker.sources.source import Polled
from worker.sources.start import Start, platform_now

BASELINE = "messages.baseline"
"""Memo: the platform time at which the first complete read of the conversation list ended."""

CONTACT_BASELINE = "contacts.baseline"
"""Memo: the same for the contact list, where there is no conversation list."""

LIST_PAGE = 50
MESSAGE_PAGE = 20
MOST_CONVERSATIONS = 200_000
MOST_MESSAGES = 2_000
READERS = 16
"""Conversations read at once: sends share the connections and go first."""

SECOND_LOOKS_S = (1.0, 4.0, 12.0)
"""After movement without a new message, the conversation is looked at again after these pauses: its
message list may lag behind the conversation list."""


@dataclass(slots=True)
class _Doubt:
    """A movement nobody has explained by a message yet."""

    moved: str
    looks: int
    due: float


class MessageSource:
    """Polls the conversation list and reads what moved."""

    name = "messages"

    def __init__(
        self, gateway: Gateway, ledger: Ledger, memory: Memory, clock: Clock, start: Start
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start
        self._doubts: dict[ConversationId, _Doubt] = {}
        self._requests = 0

    async def poll(self) -> Polled:
        """See `Source.poll`.

        Raises:
            GatewayError: `UNSUPPORTED` where the account has no list that shows movement.
        """
        self._requests = 0
        if self._start.needs_baseline and BASELINE not in self._memory.memos:
            return await self._take_baseline()
        begun = self._clock.monotonic()
        moved, unreadable = await self._moved()
        due = {row.id for row in moved}
        moved.extend(await self._doubted(due))
        self._memory.unsettled.update(due)
        readings = await self.read(moved)
        self._memory.list_read_at = begun
        failures = [one for one in readings if isinstance(one, GatewayError)]
        intakes = [one for one in readings if isinstance(one, Intake)]
        if failures and not intakes:
            raise failures[0]
        return Polled(
            events=tuple(event for one in intakes for event in one.events),
            movement=bool(moved),
            requests=self._requests,
            unreadable=unreadable,
            degraded=f"{len(failures)} conversations unread: {failures[0]}" if failures else "",
        )

    async def _moved(self) -> tuple[list[Conversation], int]:
        """Rows of the list whose mark of movement is not the one last read."""
        known: dict[ConversationId, ConversationState] = {}

        async def fetch(skip: int, limit: int) -> Page[Conversation]:
            self._requests += 1
            page = await self._gateway.conversations(skip, limit)
            known.update(await self._memory.conversations(row.id for row in page.rows))
            return page

        def still(row: Conversation) -> bool:
            state = known.get(row.id)
            doubt = self._doubts.get(row.id)
            waits = doubt is not None and doubt.moved == row.moved
            return waits or (state is not None and state.read_marker == row.moved)

        rows, unreadable = await read_until(fetch, still, limit=LIST_PAGE, most=MOST_CONVERSATIONS)
        return list(rows), unreadable

    async def _doubted(self, besides: set[ConversationId]) -> list[Conversation]:
        now = self._clock.monotonic()
        due = [
            one for one, doubt in self._doubts.items() if doubt.due <= now and one not in besides
        ]
        states = await self._memory.conversations(due)
        return [state.conversation for state in states.values()]

    async def _take_baseline(self) -> Polled:
        """The whole list is noted as it stands: what is in it is history."""
        noted = 0
        newest: datetime | None = None

        async def fetch(skip: int, limit: int) -> Page[Conversation]:
            nonlocal noted, newest
            self._requests += 1
            page = await self._gateway.conversations(skip, limit)
            known = await self._memory.conversations(row.id for row in page.rows)
            states = [as_history(row) for row in page.rows if row.id not in known]
            noted += len(states)
            for row in page.rows:
                if row.moved_at is not None and (newest is None or row.moved_at > newest):
                    newest = row.moved_at
            if states:
                self._memory.put(*states)
                await self._ledger.receive(
                    Receipt(account=self._memory.account, conversations=tuple(states))
                )
            return page

        begun = platform_now(self._gateway, self._clock)
        _, unreadable = await read_until(
            fetch, lambda _row: False, limit=LIST_PAGE, most=MOST_CONVERSATIONS
        )
        memo = {BASELINE: (newest or begun).isoformat()}
        await self._ledger.remember(self._memory.account, memo)
        self._memory.memos.update(memo)
        return Polled(movement=True, requests=self._requests, unreadable=unreadable)

    async def read(self, rows: Sequence[Conversation]) -> list[Intake | GatewayError]:
        """Each conversation's new messages are in the ledger; failures are returned, not raised."""
        gate = asyncio.Semaphore(READERS)

        async def one(row: Conversation) -> Intake | GatewayError:
            async with gate:
                try:
                    return await self._read_one(row)
                except GatewayError as error:
                    if error.fault in (Fault.UNAUTHORIZED, Fault.PAUSED):
                        raise
                    return error

        return list(await asyncio.gather(*(one(row) for row in rows)))

    async def _read_one(self, row: Conversation) -> Intake:
        state = await self._memory.conversation(row.id) or self.first_seen(row)
        begun = self._clock.monotonic()
        recent = frozenset(state.recent)
        rows: dict[MessageId, Message] = {}

        def known(message: Message) -> bool:
            return message.id in recent or is_history(state, message)

        async def fetch(skip: int, limit: int) -> Page[Message]:
            self._requests += 1
            page = await self._gateway.messages(row, skip, limit)
            rows.update((one.id, one) for one in page.rows if one.id not in recent)
            return page

        fresh, unreadable = await read_until(fetch, known, limit=MESSAGE_PAGE, most=MOST_MESSAGES)
        unseen = tuple(rows.values())
        ours = await self._ours(unseen)
        contact_id = row.contact_id or _customer(unseen)
        contact = None if contact_id is None else await self._memory.contact(contact_id)
        now = platform_now(self._gateway, self._clock)
        # from here to the ledger without an await: see `Memory`
        state = await self._memory.conversation(row.id) or state
        settled = self._settle_movement(
            # a row that could not be read may be the message that moved it
            row,
            state,
            found=bool(fresh) and not unreadable,
        )
        state = replace(
            state,
            conversation=_with(row, state.conversation),
            read_marker=row.moved if settled else state.read_marker,
            silent_until_closed=state.silent_until_closed and row.status != "closed",
        )
        intake = take_in(
            self._memory.account,
            state,
            fresh,
            unseen,
            ours=ours,
            contact=contact,
            now=now,
        )
        new = await self._store(intake)
        self._memory.read(row.id, begun)
        return replace(intake, events=new)

    async def _store(self, intake: Intake) -> tuple[Event, ...]:
        self._memory.put(intake.state)
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

    def _settle_movement(self, row: Conversation, state: ConversationState, *, found: bool) -> bool:
        """The mark of movement may be believed: a message explains it, or no look found any."""
        one = row.id
        if found or row.moved == state.read_marker:
            self._doubts.pop(one, None)
            self._memory.unsettled.discard(one)
            return True
        doubt = self._doubts.get(one)
        if doubt is None or doubt.moved != row.moved:
            doubt = self._doubts[one] = _Doubt(row.moved, 0, 0.0)
        if doubt.looks >= len(SECOND_LOOKS_S):
            del self._doubts[one]
            self._memory.unsettled.discard(one)
            return True
        doubt.due = self._clock.monotonic() + SECOND_LOOKS_S[doubt.looks]
        doubt.looks += 1
        return False

    def first_seen(self, row: Conversation) -> ConversationState:
        """The state of a conversation nobody here has seen: new, unless older than the start."""
        start = self._start.at
        if isinstance(start, datetime):
            return ConversationState(conversation=row, history_until=start)
        memos = self._memory.memos
        baseline = memos.get(BASELINE) or memos.get(CONTACT_BASELINE)
        if start == "now" and baseline is not None and row.created_at is not None:
            until = datetime.fromisoformat(baseline)
            if row.created_at < until:
                return ConversationState(conversation=row, history_until=until, opened=True)
        return ConversationState(conversation=row)

    async def _ours(self, fresh: Sequence[Message]) -> frozenset[MessageId]:
        """Those that this worker sent, or is sending at this moment."""
        team = [message for message in fresh if message.sender is Sender.TEAM]
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


def as_history(row: Conversation) -> ConversationState:
    """All that the conversation holds now is history."""
    return ConversationState(
        conversation=row,
        read_marker=row.moved,
        history_until=row.last_message_at or row.moved_at or row.created_at,
        history_id=row.latest_message_id,
        opened=True,
    )


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
