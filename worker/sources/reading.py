"""Reading a newest-first list until what is known: ids decide, never times alone.

Lists shift while they are read, rows repeat, times tie, rows come out of order, and some gateways
ignore `skip`. So pages overlap, repeated rows are dropped by id, reading goes on until the rows at
a page's end are all known. A page that shares no row with what was read before it is read again
further up; a list whose pages keep beginning with the same row is asked for longer pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from worker.model.gateway import Page

OVERLAP = 5
"""Rows read twice at a page border: what was deleted meanwhile moved the rest up."""

BARREN = 2
"""Pages in a row with the same first row after which the list is taken to ignore `skip`: rows that
arrive meanwhile can shift one page onto itself, hardly two.
"""

TAIL = 3
"""Rows at a page's end that must all be known: one known row alone may be out of order."""


BACKWARD = 20
"""Steps back at most, where a page shares no row with what was read before it."""

WIDER = (5, 25)
"""Page lengths asked for, as multiples, of a list that ignores `skip`."""

WIDEST = 1_000
"""Source: the platform's own widget asks for 1,000 messages."""


class Row(Protocol):
    """A list row with an id."""

    @property
    def id(self) -> str:
        """The platform's id."""
        ...


R = TypeVar("R", bound=Row)


async def read_until(
    fetch: Callable[[int, int], Awaitable[Page[R]]],
    known: Callable[[R], bool],
    *,
    limit: int,
    most: int,
) -> tuple[tuple[R, ...], int]:
    """Rows not known, newest first, each id once; and how many rows had wrong types.

    Args:
        fetch: one page by (skip, limit).
        known: this row was taken in before, or is older than what is.
        limit: rows a page.
        most: rows read at most; a list longer than that is cut, oldest rows first.
    """
    taken = _Taken(known)
    skip = barren = backward = 0
    first: str | None = None
    while True:
        page = await fetch(skip, limit)
        ids = [row.id for row in page.rows]
        if skip and ids and backward < BACKWARD and taken.seen.isdisjoint(ids):
            # more rows left the list than pages overlap: some were never seen
            backward += 1
            skip = max(0, skip - max(1, limit - OVERLAP))
            continue
        barren = barren + 1 if ids and ids[0] == first else 0
        first = ids[0] if ids else None
        fresh_ids = taken.take(page)
        if taken.reached or (page.skip is None and (ids or not skip)):
            return tuple(taken.fresh), taken.unreadable
        if page.skip is None or barren == BARREN:
            await _widen(fetch, taken, limit)
            return tuple(taken.fresh), taken.unreadable
        if skip >= most:
            return tuple(taken.fresh), taken.unreadable
        skip = max(skip + 1, page.skip - OVERLAP) if fresh_ids else page.skip


async def _widen(
    fetch: Callable[[int, int], Awaitable[Page[R]]], taken: _Taken[R], limit: int
) -> None:
    """A list that ignores `skip` is asked for longer pages, as far as it gives them."""
    for factor in WIDER:
        page = await fetch(0, min(WIDEST, limit * factor))
        if not taken.take(page) or taken.reached:
            return


class _Taken(Generic[R]):
    """What one reading has seen so far."""

    def __init__(self, known: Callable[[R], bool]) -> None:
        self._known = known
        self.seen: set[str] = set()
        self.fresh: list[R] = []
        self.unreadable = 0
        self.reached = False

    def take(self, page: Page[R]) -> int:
        """The page is taken in; how many of its rows had not been seen."""
        self.unreadable += page.unreadable
        before = len(self.seen)
        for row in page.rows:
            if row.id not in self.seen:
                self.seen.add(row.id)
                if not self._known(row):
                    self.fresh.append(row)
        tail = page.rows[-TAIL:]
        self.reached = bool(tail) and all(self._known(row) for row in tail)
        return len(self.seen) - before
