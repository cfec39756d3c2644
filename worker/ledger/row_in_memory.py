"""One intent as the memory ledger keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from worker.ledger.codec import encoded, instant, micros
from worker.ledger.pruning import FINISHED
from worker.ledger.standing import NEVER_SEEN, Standing
from worker.model.action import Intent
from worker.model.ledger import VisibleSend, visible_send

Noun = TypeVar("Noun")


def as_stored(value: Noun) -> Noun:
    """The value as a file would give it back."""
    # Through JSON and back, so that what a file could not keep fails here too.
    back: Noun = msgspec.json.decode(encoded(value), type=type(value))
    return back


@dataclass(slots=True)
class IntentRow:
    """A planned intent and where it stands; `event_seq` is its event's number."""

    seq: int
    event_seq: int
    planned: Intent
    standing: Standing

    @property
    def now(self) -> Intent:
        """The intent as it stands."""
        return self.standing.on(self.planned)

    def is_old(self, before: datetime) -> bool:
        """It is finished, and was before that time."""
        settled = self.standing.settled_at
        at = micros(self.planned.created_at) if settled is None else settled
        return self.standing.state in FINISHED and at < micros(before)


def sends_since(rows: Iterable[IntentRow], since: datetime) -> tuple[VisibleSend, ...]:
    """What customers saw or may have seen, or may still see, since then, in the order of time."""
    begin = micros(since)
    sends: list[tuple[int, int, Intent]] = []
    for row in rows:
        at = row.standing.claimed_at
        at = micros(row.planned.created_at) if at is None else at
        if row.planned.visible and row.standing.state not in NEVER_SEEN and at >= begin:
            sends.append((at, row.seq, row.planned))
    sends.sort(key=lambda send: send[:2])
    return tuple(visible_send(sent, instant(at)) for at, _, sent in sends)
