"""Reading on below what is known, a few pages a poll. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from worker.sources.reading import OVERLAP

PAGE = 100
PAGES_A_POLL = 5
EVERY_S = 3600.0
"""A net below the ways a list can lie: rows that moved without coming to the top are found so."""

PAGE_PAUSE_S = 0.5
"""Where the list is not in the order of movement one sweep follows the other, at this pace: two
pages a second at most, whatever the list's length."""


FAILED_PAUSE_S = 30.0
"""After a page that could not be read: the top of the list is read all the same."""


class Sweep:
    """Where the sweep of one list stands. Times are monotonic seconds.

    Attributes:
        is_sorted: the list's top is in the order of movement, so that it shows all that moved.
        is_whole: all of the list was seen once, and nothing in it that could not be read is waited
            for: what its top does not show has not moved.
    """

    def __init__(self) -> None:
        """It is due at once: an earlier process may have ended between list and messages."""
        self.is_sorted = True
        self.is_whole = False
        self._skip: int | None = None  # None: no sweep is under way
        self._due = float("-inf")
        self._failed_until = float("-inf")
        self._pages = 0

    @property
    def under_way(self) -> bool:
        """There are pages left of it."""
        return self._skip is not None

    def rest(self, now: float) -> None:
        """The whole list has just been read by other means."""
        self.is_whole = True
        self._skip = None
        self._due = now + EVERY_S

    def hurry(self) -> None:
        """The next sweep is due at once."""
        self.is_whole = False
        self._due = float("-inf")

    def failed(self, now: float) -> None:
        """A page could not be read: it is asked for again after `FAILED_PAUSE_S`."""
        self._failed_until = now + FAILED_PAUSE_S

    def pages(self, top: int, now: float) -> Iterator[tuple[int, int]]:
        """(skip, limit) of the pages that this poll reads; `saw` is told after each.

        Args:
            top: rows that every poll reads anyway.
        """
        if now < self._failed_until:
            return
        if self._skip is None:
            if now < self._due and (self.is_sorted or now < self._due - EVERY_S + self._pause_s):
                return
            self._skip, self._pages = max(1, top - OVERLAP), 0
        for _ in range(PAGES_A_POLL):
            if self.under_way:
                yield self._skip or 0, PAGE

    def saw(self, following: int | None, now: float) -> None:
        """A page was read; the next one begins at `following`, or there is none."""
        self._pages += 1
        if following is None or self._skip is None:
            self.rest(now)
        else:
            self._skip = max(self._skip + 1, following - OVERLAP)

    @property
    def _pause_s(self) -> float:
        return self._pages * PAGE_PAUSE_S
