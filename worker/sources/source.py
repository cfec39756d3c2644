"""What every source is: something polled, that turns what it saw into events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from worker.model.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One poll's result; the events are already durable.

    Args:
        events: seen for the first time, in order; history is left out.
        movement: something changed since the last poll: poll again soon.
        requests: calls made.
        unreadable: rows left out for wrong types.
        degraded: what works worse than it could and why; "" when nothing does.
    """

    events: tuple[Event, ...] = ()
    movement: bool = False
    requests: int = 0
    unreadable: int = 0
    degraded: str = ""


class Source(Protocol):
    """One thing that is polled."""

    name: str

    async def poll(self) -> Polled:
        """Everything new is in the ledger, with the cursor, in one transaction.

        Raises:
            GatewayError: a read failed; nothing is lost, the next poll begins where this one did.
            LedgerError: the ledger failed.
        """
        ...
