"""What looks whether some time is over: events that nobody on the platform causes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from worker.model.event import Event


@dataclass(frozen=True, slots=True)
class Looked:
    """One look's result; the events are already durable.

    Args:
        events: seen for the first time, in order.
        due: the platform time at which the next look may find something; None: at none known.
        left: there is more to be found now.
    """

    events: tuple[Event, ...] = ()
    due: datetime | None = None
    left: bool = False


class Lookout(Protocol):
    """One kind of time that can be over."""

    async def look(self, until: datetime) -> Looked:
        """What was over by this platform time is in the ledger.

        Raises:
            LedgerError: the ledger failed.
        """
        ...
