"""How far the platform's clock is from ours, narrowed with every answer."""

from __future__ import annotations

from datetime import datetime

from worker.gateways.limits import http_date

_RESOLUTION_S = 1.0  # of the Date header


class ClockOffset:
    """Platform time minus our wall clock.

    A `Date` tells a whole second, made at some moment between our sending and receiving; many of
    them together tell more. Zero is kept while it is possible.
    """

    def __init__(self) -> None:
        """Nothing is known; the clocks are taken to agree."""
        self.seconds = 0.0
        self._low: float | None = None
        self._high = 0.0
        self._last = ""

    def is_news(self, date: str) -> bool:
        """This `Date` may tell something: the one of the same second has not been seen."""
        return bool(date) and date != self._last

    def learn(self, date: str, sent_at: datetime, received_at: datetime) -> None:
        """What one answer's `Date` says is taken in; one more in the same second adds nothing."""
        if not self.is_news(date):
            return
        told = http_date(date)
        if told is None:
            return
        self._last = date
        low = (told - received_at).total_seconds()
        high = (told - sent_at).total_seconds() + _RESOLUTION_S
        if self._low is None or low > self._high or high < self._low:
            # The first one, or a clock was set: what was known is no longer true.
            self._low, self._high = low, high
        else:
            self._low, self._high = max(low, self._low), min(high, self._high)
        inside = self._low <= 0.0 <= self._high
        self.seconds = 0.0 if inside else (self._low + self._high) / 2
