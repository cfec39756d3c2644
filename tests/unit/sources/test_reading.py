"""Newest-first lists that shift, repeat, tie and lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from worker.model.gateway import Page
from worker.sources.reading import read_until


@dataclass(frozen=True)
class Line:
    """A row."""

    id: str


def rows(*ids: int) -> list[Line]:
    """Rows, newest first."""
    return [Line(str(one)) for one in ids]


class Listing:
    """A list that changes after each read, as told."""

    def __init__(self, *stages: Sequence[Line], deaf: bool = False) -> None:
        self.stages = list(stages)
        self.deaf = deaf
        self.reads = 0

    async def fetch(self, skip: int, limit: int) -> Page[Line]:
        """One page of the list as it is at this read."""
        now = self.stages[min(self.reads, len(self.stages) - 1)]
        self.reads += 1
        start = 0 if self.deaf else skip
        part = tuple(now[start : start + limit])
        following = start + len(part)
        return Page(part, following if following < len(now) else None)


async def fresh(listing: Listing, *known: int, limit: int = 10, most: int = 10_000) -> list[int]:
    """Ids found."""
    names = {str(one) for one in known}
    found, _ = await read_until(listing.fetch, lambda row: row.id in names, limit=limit, most=most)
    return [int(one.id) for one in found]


async def test_reading_stops_at_what_is_known() -> None:
    """Every poll would read the whole list."""
    listing = Listing(rows(*range(100, 0, -1)))
    assert await fresh(listing, *range(1, 98)) == [100, 99, 98]
    assert listing.reads == 1


async def test_a_gap_longer_than_a_page_is_read_to_its_end() -> None:
    """A burst during an outage would lose its first messages."""
    listing = Listing(rows(*range(100, 0, -1)))
    assert await fresh(listing, *range(1, 51)) == list(range(100, 50, -1))


async def test_rows_that_arrive_while_reading_shift_pages_without_loss_or_repeat() -> None:
    """A row pushed over a page border would be read twice."""
    before = rows(*range(40, 0, -1))
    after = rows(43, 42, 41, *range(40, 0, -1))
    assert await fresh(Listing(before, after)) == list(range(40, 0, -1))


async def test_rows_deleted_while_reading_do_not_hide_others() -> None:
    """A row pulled over a page border would never be read."""
    before = rows(*range(40, 0, -1))
    after = rows(*range(37, 0, -1))
    assert set(await fresh(Listing(before, after))) == set(range(40, 0, -1))


async def test_more_rows_leave_the_list_than_pages_overlap_and_none_is_missed() -> None:
    """Our own dismissals pull rows over a page border while the next page is read."""
    before = rows(*range(60, 0, -1))
    after = rows(*range(47, 0, -1))
    assert set(await fresh(Listing(before, after))) == set(range(60, 0, -1)) - set(range(48, 51))


async def test_one_known_row_out_of_order_does_not_end_the_reading() -> None:
    """A late row would hide everything below it."""
    listing = Listing(rows(20, 19, 18, 17, 16, 15, 14, 13, 12, 1, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
    assert set(await fresh(listing, 1)) == set(range(2, 21))


async def test_a_gateway_that_ignores_skip_does_not_trap_the_reader() -> None:
    """The first page would be read for ever."""
    listing = Listing(rows(*range(40, 0, -1)), deaf=True)
    assert await fresh(listing) == list(range(40, 0, -1))
    assert listing.reads == 5


async def test_no_more_rows_are_read_than_allowed() -> None:
    """A list of a million rows would be read at first start."""
    listing = Listing(rows(*range(1000, 0, -1)))
    assert len(await fresh(listing, most=100)) < 120


@given(
    total=st.integers(0, 120),
    known=st.integers(0, 120),
    arriving=st.lists(st.integers(0, 4), max_size=12),
    limit=st.integers(6, 30),
)
async def test_nothing_is_missed_whatever_arrives_meanwhile(
    total: int, known: int, arriving: list[int], limit: int
) -> None:
    """Some mixture of arrivals would lose a customer's message."""
    newest = total
    stages = [rows(*range(total, 0, -1))]
    for count in arriving:
        newest += count
        stages.append(rows(*range(newest, 0, -1)))
    found = await fresh(Listing(*stages), *range(1, known + 1), limit=limit)
    assert len(found) == len(set(found))
    assert set(range(known + 1, total + 1)) <= set(found)
