"""From where on events count (`WORKER_START_FROM`), and the platform's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from worker.clock import Clock
from worker.model.gateway import Gateway

BASELINE = "messages.baseline"
"""Memo: the platform time up to which the first complete read of the conversation list reached."""

CONTACT_BASELINE = "contacts.baseline"
"""Memo: the same for the contact list, where there is no conversation list."""


@dataclass(frozen=True, slots=True)
class Start:
    """`now`: what the first complete read shows is history. `beginning`: nothing is. A time: what
    is older is.
    """

    at: datetime | Literal["now", "beginning"]

    def is_history(self, at: datetime, *, first: bool) -> bool:
        """Something that happened at platform time `at` is history.

        Args:
            first: it was shown by the first complete read of its list.
        """
        if isinstance(self.at, datetime):
            return at < self.at
        return first and self.at == "now"

    @property
    def needs_baseline(self) -> bool:
        """The first complete read only takes note of what is there."""
        return self.at == "now"


def platform_now(gateway: Gateway, clock: Clock) -> datetime:
    """The platform's time, by the difference learned from its answers."""
    offset_s = gateway.clock_offset_s
    return clock.now() + timedelta(seconds=offset_s) if offset_s else clock.now()
