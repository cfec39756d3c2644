"""Rows of flows that wait, and the rules they go on with; see `worker.model.flow`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from worker.ledger.codec import column, decoded, encoded, instant, micros
from worker.ledger.rows import Rows
from worker.model.event import Event
from worker.model.flow import Flow, Timer
from worker.model.ids import AccountId, ConversationId, IntentKey

_FLOW = msgspec.json.Decoder(Flow)

_BEGIN = """
INSERT INTO timers (key, account, kind, due_at, conversation, contact, about, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       CAST(substr(:texts, value ->> 7, value ->> 8) AS TEXT)
FROM json_each(:rows) WHERE true
ON CONFLICT (key) DO NOTHING
"""
_REPLACE = """
UPDATE timers SET due_at = row.due_at, body = row.body
FROM (SELECT value ->> 0 AS key, value ->> 1 AS due_at,
             CAST(substr(:texts, value ->> 2, value ->> 3) AS TEXT) AS body
      FROM json_each(:rows)) AS row
WHERE timers.key = row.key AND timers.due_at IS NOT NULL
"""
_FIRE = "UPDATE timers SET due_at = NULL WHERE key IN (SELECT value ->> 0 FROM json_each(:rows))"
_END = "DELETE FROM timers WHERE key IN (SELECT value ->> 0 FROM json_each(:rows))"
_SCRIPT = """
INSERT INTO scripts (name, body)
SELECT value ->> 0, CAST(substr(:texts, value ->> 1, value ->> 2) AS TEXT)
FROM json_each(:rows) WHERE true
ON CONFLICT (name) DO NOTHING
"""

_COLUMNS = "SELECT key, account, kind, due_at, conversation, contact, body FROM timers"
# The plus keeps to the one index that bounds the look: few rows of a conversation, or the soonest.
_SOONEST = f"""{_COLUMNS}
WHERE account = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, key LIMIT ?
"""
_OF_ONE = f"""{_COLUMNS}
WHERE account = ? AND conversation = ? AND +due_at IS NOT NULL AND +due_at <= ?
ORDER BY +due_at, key LIMIT ?
"""
_ONE = f"{_COLUMNS} WHERE account = ? AND key = ?"
_SCRIPT_OF = "SELECT body FROM scripts WHERE name = ?"

_FAR = 2**62


@dataclass(frozen=True, slots=True)
class Timing:
    """What one call changes about timers: columns, and after them the long text."""

    begun: tuple[tuple[tuple[Any, ...], bytes], ...] = ()
    replaced: tuple[tuple[tuple[Any, ...], bytes], ...] = ()
    fired: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    scripts: tuple[tuple[str, bytes], ...] = ()


def timing_of(
    *,
    begun: Sequence[Timer] = (),
    replaced: Sequence[Timer] = (),
    events: Sequence[Event] = (),
    ended: Sequence[IntentKey] = (),
    scripts: Mapping[str, str] | None = None,
) -> Timing | None:
    """What a call changes; None for nothing. `events`: those that timers became have fired."""
    fired = tuple(event.resumed.timer for event in events if event.resumed is not None)
    if not (begun or replaced or fired or ended or scripts):
        return None
    return Timing(
        tuple(
            (
                (
                    timer.key,
                    timer.account,
                    timer.kind,
                    micros(timer.due_at),
                    timer.conversation_id,
                    timer.contact_id,
                    timer.flow.about,
                ),
                encoded(timer.flow),
            )
            for timer in begun
        ),
        tuple(((timer.key, micros(timer.due_at)), encoded(timer.flow)) for timer in replaced),
        fired,
        tuple(ended),
        tuple((name, column(body).encode()) for name, body in (scripts or {}).items()),
    )


def write_timing(connection: sqlite3.Connection, timings: Sequence[Timing]) -> None:
    """All of it is written. A row's life has one order, whatever the order of the calls.

    Raises:
        sqlite3.Error: a statement failed.
    """
    if not timings:
        return
    scripts, begun, replaced, fired, ended = Rows(), Rows(), Rows(), Rows(), Rows()
    for timing in timings:
        for name, body in timing.scripts:
            scripts.add((name,), body)
        for columns, body in timing.begun:
            begun.add(columns, body)
        for columns, body in timing.replaced:
            replaced.add(columns, body)
        for key in timing.fired:
            fired.add((key,))
        for key in timing.ended:
            ended.add((key,))
    for rows, statement in (
        (scripts, _SCRIPT),
        (begun, _BEGIN),
        (replaced, _REPLACE),
        (fired, _FIRE),
        (ended, _END),
    ):
        rows.run(connection, statement)


def _timer(row: tuple[Any, ...]) -> Timer:
    key, account, kind, due_at, conversation_id, contact_id, body = row
    return Timer(
        key=key,
        account=account,
        kind=kind,
        due_at=instant(due_at),
        flow=decoded(_FLOW, body),
        conversation_id=conversation_id,
        contact_id=contact_id,
    )


def timers(
    connection: sqlite3.Connection,
    account: AccountId,
    conversation_id: ConversationId | None,
    before: datetime | None,
    limit: int,
) -> tuple[Timer, ...]:
    """See `Ledger.timers`."""
    end = _FAR if before is None else micros(before)
    if conversation_id is None:
        rows = connection.execute(_SOONEST, (account, end, max(0, limit)))
    else:
        rows = connection.execute(_OF_ONE, (account, conversation_id, end, max(0, limit)))
    return tuple(_timer(row) for row in rows.fetchall())


def timer(connection: sqlite3.Connection, account: AccountId, key: IntentKey) -> Timer | None:
    """See `Ledger.timer`."""
    row = connection.execute(_ONE, (account, key)).fetchone()
    return None if row is None else _timer(row)


def script(connection: sqlite3.Connection, name: str) -> str | None:
    """See `Ledger.script`."""
    row = connection.execute(_SCRIPT_OF, (name,)).fetchone()
    return None if row is None else str(row[0])
