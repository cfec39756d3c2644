"""The recorded past, read in pages: no read lasts long beside a worker that writes."""

from __future__ import annotations

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from worker.ledger.codec import decoded, instant, micros
from worker.ledger.reads import read_intent
from worker.ledger.rows import listed
from worker.model.action import Intent
from worker.model.event import Event
from worker.model.ids import AccountId, EventId
from worker.model.past import PastDecision, PastNumbers
from worker.model.verdict import Trace

_EVENT = msgspec.json.Decoder(Event)
_TRACE = msgspec.json.Decoder(Trace)
_CONTEXT: msgspec.json.Decoder[Mapping[str, Any]] = msgspec.json.Decoder(dict[str, Any])

# The intents of one decision were numbered one after the other.
_NUMBERS = """
SELECT e.seq, coalesce(made.first, 0), coalesce(made.last, 0) FROM events AS e
LEFT JOIN (SELECT event_seq, min(seq) AS first, max(seq) AS last FROM intents
           WHERE +account = ?1 AND event_seq >= (SELECT min(seq) FROM events
                                                 WHERE account = ?1 AND at >= ?2)
           GROUP BY event_seq) AS made ON made.event_seq = e.seq
WHERE e.account = ?1 AND e.at >= ?2 AND e.decided_by = e.seq
ORDER BY e.planned_at, e.seq
"""
_DECISIONS = """
SELECT e.seq, e.body, e.planned_at, d.trace, d.context
FROM events AS e JOIN decisions AS d ON d.event_seq = e.seq
WHERE e.seq IN (SELECT value FROM json_each(?))
"""
_INTENTS = """
SELECT i.event_seq, i.body, i.state, i.attempt, i.claimed_at, i.settled_at, i.result_id, i.error,
       i.reason, i.not_before, i.expires_at, i.seq
FROM json_each(?) AS j
JOIN intents AS i ON i.seq BETWEEN j.value ->> 1 AND j.value ->> 2
WHERE i.event_seq = j.value ->> 0
ORDER BY i.seq
"""
_EVENTS = """
SELECT id, body FROM events WHERE account = ? AND id IN (SELECT value FROM json_each(?))
"""


def decisions(connection: sqlite3.Connection, account: AccountId, since: datetime) -> PastNumbers:
    """See `Ledger.decisions`."""
    numbers = array("q")
    for row in connection.execute(_NUMBERS, (account, micros(since))):
        numbers.extend(row)
    return PastNumbers(numbers)


def decided(
    connection: sqlite3.Connection, account: AccountId, numbers: PastNumbers
) -> tuple[PastDecision, ...]:
    """See `Ledger.decided`."""
    rows = list(numbers.rows())
    wanted = [seq for seq, _, _ in rows]
    found = {
        seq: (
            decoded(_EVENT, body),
            instant(planned_at),
            decoded(_TRACE, trace),
            decoded(_CONTEXT, context),
        )
        for seq, body, planned_at, trace, context in connection.execute(
            _DECISIONS, (listed(wanted),)
        )
    }
    made: defaultdict[int, list[Intent]] = defaultdict(list)
    for event_seq, *columns in connection.execute(_INTENTS, (listed(rows),)):
        made[event_seq].append(read_intent(tuple(columns)))
    earlier = _earlier(connection, account, found.values())
    return tuple(
        PastDecision(
            (*(earlier[one] for one in burst_before(event, context) if one in earlier), event),
            at,
            trace,
            context,
            tuple(made[seq]),
        )
        for seq in wanted
        if seq in found
        for event, at, trace, context in [found[seq]]
    )


def burst_before(event: Event, context: Mapping[str, Any]) -> list[EventId]:
    """The events that were decided together with `event`, before it."""
    own = event.message.id if event.message is not None else None
    return [EventId(f"message:{one}") for one in context.get("messages", ()) if one != own]


def _earlier(
    connection: sqlite3.Connection, account: AccountId, found: Iterable[tuple[Any, ...]]
) -> Mapping[EventId, Event]:
    ids = [one for event, _, _, context in found for one in burst_before(event, context)]
    if not ids:
        return {}
    rows = connection.execute(_EVENTS, (account, listed(ids)))
    return {name: decoded(_EVENT, body) for name, body in rows}
