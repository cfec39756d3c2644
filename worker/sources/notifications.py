"""Notifications: each seen once. The first complete read is history.

Source: notifications are listed newest first for the token's user only, without a filter for unread
ones, and dismissed rows leave the list.
"""

from __future__ import annotations

from collections import OrderedDict

from worker.clock import Clock
from worker.model.chat import Notification
from worker.model.event import Event, EventKind
from worker.model.gateway import Gateway, Page
from worker.model.ids import EventId
from worker.model.ledger import Ledger, Receipt
from worker.sources.memory import Memory
from worker.sources.reading import read_until
from worker.sources.source import Polled
from worker.sources.start import Start, platform_now

BASELINE = "notifications.baseline"
PAGE = 50
MOST = 20_000
KEPT_IDS = 10_000


class NotificationSource:
    """Polls the notification list from the top until what is known."""

    name = "notifications"

    def __init__(
        self, gateway: Gateway, ledger: Ledger, memory: Memory, clock: Clock, start: Start
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._start = start
        self._known: OrderedDict[str, None] = OrderedDict()
        self._requests = 0
        self._unreadable = 0
        self._looking_back = True

    async def poll(self) -> Polled:
        """See `Source.poll`."""
        self._requests = 0
        rows, unreadable = await read_until(
            self._fetch, lambda row: row.id in self._known, limit=PAGE, most=MOST
        )
        left_out, self._unreadable = max(0, unreadable - self._unreadable), unreadable
        first = BASELINE not in self._memory.memos
        now = platform_now(self._gateway, self._clock)
        events = tuple(self._event(row, first=first) for row in reversed(rows))
        memo = {BASELINE: now.isoformat()} if first else {}
        fresh: frozenset[EventId] = frozenset()
        if events or memo:
            receipt = Receipt(account=self._memory.account, events=events, memo=memo)
            fresh = frozenset(await self._ledger.receive(receipt))
            self._memory.memos.update(memo)
        for row in reversed(rows):
            self._known[row.id] = None
        self._looking_back = False
        while len(self._known) > KEPT_IDS:
            self._known.popitem(last=False)
        new = tuple(one for one in events if one.id in fresh and not one.history)
        return Polled(
            events=new,
            movement=bool(new),
            requests=self._requests,
            unreadable=left_out,
            degraded=f"{left_out} rows left out: wrong types" if left_out else "",
        )

    async def _fetch(self, skip: int, limit: int) -> Page[Notification]:
        self._requests += 1
        page = await self._gateway.notifications(skip, limit)
        if self._looking_back:
            await self._recall(page)
        return page

    async def _recall(self, page: Page[Notification]) -> None:
        """What an earlier process has taken in is known: its list is not read again."""
        for row in page.rows:
            event = EventId(f"notification:{row.id}")
            if await self._ledger.event(self._memory.account, event) is not None:
                self._known[row.id] = None

    def _event(self, row: Notification, *, first: bool) -> Event:
        at = row.created_at or platform_now(self._gateway, self._clock)
        return Event(
            id=EventId(f"notification:{row.id}"),
            account=self._memory.account,
            kind=EventKind.NOTIFICATION_CREATED,
            at=at,
            notification=row,
            history=self._start.is_history(at, first=first),
        )
