"""The sweep: the whole list is seen, a few pages at a time."""

from __future__ import annotations

from worker.sources.sweep import EVERY_S, PAGES_A_POLL, Sweep


def swept(sweep: Sweep, length: int, now: float) -> list[tuple[int, int]]:
    """Pages one poll reads of a list of so many rows."""
    pages = []
    for skip, limit in sweep.pages(50, now):
        pages.append((skip, limit))
        sweep.saw(skip + limit if skip + limit < length else None, now)
    return pages


def test_it_covers_the_list_after_a_start_and_then_rests() -> None:
    """Rows an earlier process left unread would stay so, or every poll would read all."""
    sweep = Sweep()
    rows: set[int] = set(range(50))
    polls = 0
    while pages := swept(sweep, 1000, float(polls)):
        assert len(pages) <= PAGES_A_POLL
        rows |= {row for skip, limit in pages for row in range(skip, skip + limit)}
        polls += 1
    assert rows >= set(range(1000))
    assert polls == 2
    assert swept(sweep, 1000, EVERY_S - 10) == []
    assert swept(sweep, 1000, EVERY_S + 10) != []


def test_a_list_out_of_order_is_swept_again_at_its_pace() -> None:
    """What moves far down such a list would be found an hour later."""
    sweep = Sweep()
    sweep.is_sorted = False
    while swept(sweep, 1000, 0.0):
        pass
    assert swept(sweep, 1000, 2.0) == []
    assert swept(sweep, 1000, 6.0) != []


def test_it_can_be_asked_to_begin_at_once() -> None:
    """Rows of wrong types would wait for an hour to be readable again."""
    sweep = Sweep()
    sweep.rest(0.0)
    assert swept(sweep, 1000, 1.0) == []
    sweep.hurry()
    assert swept(sweep, 1000, 1.0) != []


def test_what_the_top_does_not_show_counts_as_unmoved_once_all_of_it_was_seen() -> None:
    """What an earlier process left unread, or nobody could read, would be thought to be known."""
    sweep = Sweep()
    whole = [sweep.is_whole]
    for now in (0.0, 1.0):
        swept(sweep, 1000, now)
        whole.append(sweep.is_whole)
    sweep.hurry()
    assert [*whole, sweep.is_whole] == [False, False, True, False]
