"""Contacts: new ones at the top of the list, changes wherever they are. Only where a rule asks.

The list is in the order of creation and tells of no change, so it is walked round and round, some
pages a poll: a short list whole each time, a long one within a share of the budget. The first whole
round is history. What other reads show of a contact (a message's sender, an update) is compared
with the same imprint, so that whoever sees a change first, it is told once.

Source: facts §4.1: newest first by `created_at`, no filter, `updated_at` null until the first edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from worker.clock import Clock
from worker.errors import GatewayError
from worker.model.chat import Contact
from worker.model.event import Event, EventKind
from worker.model.gateway import Gateway, Page
from worker.model.ids import ContactId, EventId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ContactState
from worker.sources.imprint import changes, imprint_of, read_imprint
from worker.sources.left_out import LeftOut
from worker.sources.memory import Memory
from worker.sources.messages import CLOCK_SLACK
from worker.sources.reading import OVERLAP, read_until
from worker.sources.source import Polled
from worker.sources.start import Start, platform_now

CREATED, UPDATED = EventKind.CONTACT_CREATED, EventKind.CONTACT_UPDATED
KINDS = frozenset({CREATED, UPDATED})

PAGE = 100
MOST = 20_000
"""New contacts between two polls: more than any import brings."""


def since(kind: EventKind) -> str:
    """Memo: the platform time from which on contacts are told to rules of this kind."""
    return f"{kind.value}.since"


@dataclass(frozen=True, slots=True)
class _Notice:
    """A contact's new state, and what rules are told of it."""

    state: ContactState
    event: Event | None


class ContactSource:
    """Polls the contact list for what the rules in force ask for."""

    name = "contacts"

    def __init__(
        self,
        gateway: Gateway,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        start: Start,
        wanted: Callable[[], AbstractSet[EventKind]],
        *,
        pages_per_poll: int,
    ) -> None:
        """`wanted`: the kinds of events that the rules in force answer."""
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start
        self._wants = wanted
        self._pages_per_poll = max(1, pages_per_poll)
        self._wanted: AbstractSet[EventKind] = frozenset()
        self._skip = 0
        self._round_begun: datetime | None = None
        self._unreadable = LeftOut()
        self._requests = 0
        self._found: list[Event] = []

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        await self._adopt(KINDS & self._wants())
        if not self._wanted:
            self._memory.writes.changed.clear()
            return Polled()
        self._requests, self._found = 0, []
        trouble = ""
        try:
            await self._read()
        except GatewayError as error:
            if not self._found:
                raise
            trouble = str(error)  # what was found is stored: it must not wait for the next poll
        left_out = self._unreadable.taken()
        if left_out and not trouble:
            trouble = f"{left_out} rows left out: wrong types"
        return Polled(
            events=tuple(self._found),
            movement=bool(self._found or self._first),
            requests=self._requests,
            unreadable=left_out,
            degraded=trouble,
        )

    @property
    def _first(self) -> AbstractSet[EventKind]:
        """Kinds of which the first complete read is not over."""
        return frozenset(one for one in self._wanted if since(one) not in self._memory.memos)

    async def _adopt(self, wanted: AbstractSet[EventKind]) -> None:
        """What no rule asks for any more begins anew when one does, and what is there then."""
        dropped = [since(one) for one in KINDS - wanted if since(one) in self._memory.memos]
        if dropped:
            await self._ledger.remember(self._memory.account, dict.fromkeys(dropped, ""))
            for name in dropped:
                self._memory.memos.pop(name, None)
        if wanted != self._wanted:
            self._wanted, self._skip = wanted, 0

    async def _read(self) -> None:
        walks = bool(self._first) or UPDATED in self._wanted
        if not self._first and (self._skip or not walks):
            await self._look_at_top()
        if walks:
            await self._walk()
        await self._look_at_changed()

    async def _look_at_top(self) -> None:
        """Every contact above the known ones is taken in: all of them or, by a crash, none."""
        moment = self._memory.writes.moment
        known_ids: set[ContactId] = set()
        rows: dict[ContactId, Contact] = {}

        async def fetch(skip: int, limit: int) -> Page[Contact]:
            page = await self._fetch(skip, limit)
            states = await self._memory.glanced(row.id for row in page.rows)
            known_ids.update(one for one, state in states.items() if state.imprint)
            for row in page.rows:
                rows.setdefault(row.id, row)
            return page

        _, unreadable = await read_until(
            fetch, lambda row: row.id in known_ids, limit=PAGE, most=MOST
        )
        self._unreadable.count("top", unreadable)
        await self._take(tuple(rows.values()), moment)

    async def _walk(self) -> None:
        """The next pages of the round; at its end, the first one is over and events begin."""
        if self._round_begun is None or not self._skip:
            self._round_begun = platform_now(self._gateway, self._clock) - CLOCK_SLACK
        for _ in range(self._pages_per_poll):
            moment = self._memory.writes.moment
            page = await self._fetch(self._skip, PAGE)
            self._unreadable.count(self._skip, page.unreadable)
            await self._take(page.rows, moment)
            if page.skip is None:
                self._skip = 0
                await self._begin()
                return
            self._skip = max(self._skip + 1, page.skip - OVERLAP)

    async def _begin(self) -> None:
        """A whole round was read: from now on every wanted kind is told."""
        if self._first and self._round_begun is not None:
            memo = {since(one): self._round_begun.isoformat() for one in self._first}
            await self._ledger.remember(self._memory.account, memo)
            self._memory.memos.update(memo)

    async def _fetch(self, skip: int, limit: int) -> Page[Contact]:
        self._requests += 1
        return await self._gateway.contacts(skip, limit)

    async def _look_at_changed(self) -> None:
        """Contacts that others read anew, or wrote to, since the last poll."""
        if UPDATED not in self._wanted - self._first:
            self._memory.writes.changed.clear()
            return
        moment = self._memory.writes.moment
        changed = self._memory.writes.changed
        rows = []
        for one in tuple(changed):
            if self._memory.writes.quiet_since(one, moment):
                changed.discard(one)
                state = self._memory.remembered_contact(one)
                # one without an imprint is new: the list brings it
                if state is not None and state.imprint and state.contact is not None:
                    rows.append(state.contact)
        await self._take(rows, moment)

    async def _take(self, rows: Iterable[Contact], moment: int) -> None:
        """What differs from what was told is stored, with its events, oldest first."""
        wanted = {row.id: row for row in rows}
        states = await self._memory.glanced(wanted)
        differing = [row for row in wanted.values() if _differs(states.get(row.id), row)]
        if not differing:
            return
        await self._memory.contacts(row.id for row in differing)
        # from here to the ledger without an await: see `Memory`
        notices = [
            notice
            for row in reversed(differing)
            if self._memory.writes.quiet_since(row.id, moment)
            and (notice := self._notice(row)) is not None
        ]
        contacts = tuple(notice.state for notice in notices)
        events = tuple(notice.event for notice in notices if notice.event is not None)
        self._memory.put_contacts(*contacts)
        for one in events:
            if one.contact_id is not None:
                self._memory.contact_read(one.contact_id, self._clock.monotonic())
        fresh = frozenset(
            await self._ledger.receive(
                Receipt(account=self._memory.account, events=events, contacts=contacts)
            )
        )
        self._found += [one for one in events if one.id in fresh]

    def _notice(self, row: Contact) -> _Notice | None:
        """What is to be remembered of the contact as it is now; None: nothing of it is new."""
        state = self._memory.remembered_contact(row.id) or ContactState(id=row.id)
        if _is_older(row, state) or not _differs(state, row):
            return None
        known = read_imprint(state.imprint)
        event = None
        if known is None:
            imprint = imprint_of(row)
            event = self._created(row)
        else:
            changed = changes(known, row)
            if changed:
                event = self._updated(row, known.told + 1, changed)
            imprint = imprint_of(row, known.told + (event is not None))
        kept = row if event is not None or state.contact is not None else None
        return _Notice(replace(state, imprint=str(imprint), contact=kept), event)

    def _created(self, row: Contact) -> Event | None:
        at = row.created_at or platform_now(self._gateway, self._clock)
        told = self._memory.memos.get(since(CREATED))
        if CREATED not in self._wanted or self._start.is_history(at, first=told is None):
            return None
        if told is not None and self._start.needs_baseline and at < datetime.fromisoformat(told):
            return None  # older than what was read first: it had been left out there
        return self._event(EventId(f"contact:{row.id}"), CREATED, row, at)

    def _updated(self, row: Contact, number: int, changed: tuple[str, ...]) -> Event | None:
        if UPDATED not in self._wanted - self._first:
            return None
        at = row.updated_at or platform_now(self._gateway, self._clock)
        event = self._event(EventId(f"contact:{row.id}:{number}"), UPDATED, row, at)
        return replace(event, changed=changed)

    def _event(self, event_id: EventId, kind: EventKind, row: Contact, at: datetime) -> Event:
        return Event(id=event_id, account=self._memory.account, kind=kind, at=at, contact_id=row.id)


def _differs(state: ContactState | None, row: Contact) -> bool:
    imprint = read_imprint(state.imprint) if state is not None else None
    return imprint is None or imprint.hashes != imprint_of(row).hashes


def _is_older(row: Contact, state: ContactState) -> bool:
    """The row is a copy from before what is known: lists lag behind."""
    known = state.contact.updated_at if state.contact is not None else None
    return known is not None and row.updated_at is not None and row.updated_at < known
