"""The recorded past of a ledger without a file."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from worker.ledger.codec import micros
from worker.ledger.past import burst_before
from worker.ledger.row_in_memory import IntentRow
from worker.model.action import Intent
from worker.model.ids import AccountId, EventId
from worker.model.ledger import StoredEvent
from worker.model.past import PastDecision, PastNumbers
from worker.model.verdict import Trace

Name = tuple[AccountId, EventId]


def decisions(
    events: Mapping[Name, StoredEvent],
    order: Mapping[Name, int],
    account: AccountId,
    since: datetime,
) -> PastNumbers:
    """See `Ledger.decisions`."""
    found = sorted(
        (micros(stored.planned_at), order[name])
        for name, stored in events.items()
        if name[0] == account
        and stored.event.at >= since
        and stored.planned_at is not None
        # what another event of its burst decided has no context of its own
        and stored.context
    )
    return PastNumbers(array("q", (part for _, number in found for part in (number, 0, 0))))


def decided(
    events: Mapping[Name, StoredEvent],
    order: Mapping[Name, int],
    rows: Iterable[IntentRow],
    numbers: PastNumbers,
) -> tuple[PastDecision, ...]:
    """See `Ledger.decided`."""
    names = {number: name for name, number in order.items()}
    made: defaultdict[int, list[Intent]] = defaultdict(list)
    for row in rows:
        made[row.event_seq].append(row.now)
    found = []
    for number, _, _ in numbers.rows():
        stored = events.get(names.get(number, (AccountId(""), EventId(""))))
        if stored is None or stored.planned_at is None:
            continue
        event = stored.event
        earlier = [(event.account, one) for one in burst_before(event, stored.context)]
        found.append(
            PastDecision(
                (*(events[one].event for one in earlier if one in events), event),
                stored.planned_at,
                stored.trace or Trace(),
                stored.context,
                tuple(made[number]),
            )
        )
    return tuple(found)
