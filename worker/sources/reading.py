"""Reading a newest-first list until what is known: ids decide, never times alone.

Lists shift while they are read, rows repeat, times tie, rows come out of order, and some gateways
ignore `skip`. So pages overlap, repeated rows are dropped by id, reading goes on until the rows at
a page's end are all known; pages that keep beginning with the same row end it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from worker.model.gateway import Page

OVERLAP = 5
"""Rows read twice at a page border: what was deleted meanwhile moved the rest up."""

BARREN = 2
"""Pages in a row with the same first row after which the list is taken to ignore `skip`: rows that
arrive meanwhile can shift one page onto itself, hardly two.
"""

TAIL = 3
"""Rows at a page's end that must all be known: one known row alone may be out of order."""


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
    seen: set[str] = set()
    fresh: list[R] = []
    unreadable = 0
    skip = 0
    barren = 0
    first: str | None = None
    while True:
        page = await fetch(skip, limit)
        unreadable += page.unreadable
        new_ids = 0
        barren = barren + 1 if page.rows and page.rows[0].id == first else 0
        first = page.rows[0].id if page.rows else None
        for row in page.rows:
            if row.id in seen:
                continue
            seen.add(row.id)
            new_ids += 1
            if not known(row):
                fresh.append(row)
        tail = page.rows[-TAIL:]
        reached = bool(tail) and all(known(row) for row in tail)
        if reached or page.skip is None or barren == BARREN or skip >= most:
            return tuple(fresh), unreadable
        skip = max(skip + 1, page.skip - OVERLAP) if new_ids else page.skip
