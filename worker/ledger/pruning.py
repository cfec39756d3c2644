"""Old history is dropped in short batches; what protects from a repeat stays, as marks.

A batch looks at rows in the order in which they were recorded and drops those that are old enough
and that nobody needs any more. It may run beside the worker's own writer: it drops rows that no
later step touches, and never the newest event, whose number tells the next one's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.ledger.connection import Connect, location
from worker.ledger.rows import Rows, asked, listed
from worker.ledger.seen import Mark, event_mark, sent_mark
from worker.model.action import IntentState
from worker.model.event import EventKind
from worker.model.ids import AccountId
from worker.model.pruning import Pruned, PruneFrom

FINISHED = frozenset({IntentState.DONE, IntentState.SKIPPED})
"""Intents that history may lose. The dead and the doubtful wait for a person, however long."""

# Free pages are given back once they are a quarter of the file, a few at a time: those below are
# used again by the next rows without any copying.
_FREE_PART = 4
_FEWEST_FREE = 1000
_GIVEN_BACK = 500

_WAITED_FOR = f"""
SELECT event_seq FROM intents WHERE account = :account AND state IN
    ({", ".join(f"'{state}'" for state in IntentState if state not in FINISHED)})
"""  # noqa: S608 - our own words
_FLOW_WAITS = """
EXISTS (SELECT 1 FROM timers WHERE account = :account AND about = id)
"""
_OLD_EVENT = f"""
received_at < :before AND (planned_at IS NOT NULL OR history) AND seq NOT IN ({_WAITED_FOR})
AND NOT {_FLOW_WAITS} AND seq < (SELECT max(seq) FROM events)
"""  # noqa: S608
_OLD_INTENT = "state IN ('done', 'skipped') AND coalesce(settled_at, created_at) < :before"

# A message of our own side leaves no mark: seen again, it is recorded again and harms nobody.
_MARKED = f"iif(kind = '{EventKind.MESSAGE_SENT}', NULL, id)"

# The plus signs keep to the order of `seq`, which is what bounds the batch.
_EVENTS = f"""
SELECT json_group_array(json_array(seq, {_MARKED}, received_at < :before, {_OLD_EVENT})) FROM
    (SELECT seq, id, kind, received_at, planned_at, history, conversation_id FROM events
     WHERE seq > :after AND +account = :account ORDER BY seq LIMIT :limit)
"""  # noqa: S608
_INTENTS = f"""
SELECT json_group_array(json_array(seq, result_id, created_at < :before, {_OLD_INTENT})) FROM
    (SELECT seq, result_id, created_at, settled_at, state FROM intents
     WHERE seq > :after AND +account = :account ORDER BY seq LIMIT :limit)
"""  # noqa: S608
_DROP_DECISIONS = "DELETE FROM decisions WHERE event_seq IN (SELECT value FROM json_each(?))"
_DROP_EVENTS = "DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))"
_DROP_INTENTS = "DELETE FROM intents WHERE seq IN (SELECT value FROM json_each(?))"
_DROP_FIRINGS = """
DELETE FROM firings WHERE (account, at, event_seq, place) IN
    (SELECT account, at, event_seq, place FROM firings
     WHERE account = :account AND at < :before ORDER BY at LIMIT :limit)
"""
_DROP_HANDS = """
DELETE FROM hands WHERE seq IN
    (SELECT seq FROM hands WHERE account = :account AND at < :before AND answer IS NOT NULL
     ORDER BY seq LIMIT :limit)
"""
_MARK = """
INSERT INTO seen (first, second)
SELECT value ->> 0, value ->> 1 FROM json_each(:rows) WHERE true
ON CONFLICT DO NOTHING
"""
_COUNTS = f"""
SELECT (SELECT count(*) FROM events WHERE account = :account AND {_OLD_EVENT}),
       (SELECT count(*) FROM intents WHERE account = :account AND {_OLD_INTENT}),
       (SELECT count(*) FROM firings WHERE account = :account AND at < :before)
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class PruneCall:
    """One batch; `before` in microseconds since 1970, `limit` in rows of each kind."""

    account: AccountId
    before: int
    start: PruneFrom
    limit: int


def prune(connection: sqlite3.Connection, call: PruneCall) -> Pruned:
    """One batch is dropped, within a transaction its caller owns.

    Raises:
        sqlite3.Error: a statement failed: nothing may be committed.
    """
    asked_for = {"account": call.account, "before": call.before, "limit": call.limit}
    events = asked(connection, _EVENTS, {**asked_for, "after": call.start.events})
    intents = asked(connection, _INTENTS, {**asked_for, "after": call.start.intents})
    old_events = [(seq, name) for seq, name, _, old in events if old]
    old_intents = [(seq, name) for seq, name, _, old in intents if old]
    marks = [event_mark(call.account, name) for _, name in old_events if name is not None]
    marks += [sent_mark(call.account, name) for _, name in old_intents if name is not None]
    _mark(connection, marks)
    for statement, old in (
        (_DROP_DECISIONS, old_events),
        (_DROP_EVENTS, old_events),
        (_DROP_INTENTS, old_intents),
    ):
        if old:
            connection.execute(statement, (listed([seq for seq, _ in old]),))
    firings = connection.execute(_DROP_FIRINGS, asked_for).rowcount
    connection.execute(_DROP_HANDS, asked_for)
    give_back(connection)
    more = _more(events, call.limit) or _more(intents, call.limit) or firings == call.limit
    rest = PruneFrom(_last(events, call.start.events), _last(intents, call.start.intents))
    return Pruned(len(old_events), len(old_intents), firings, rest if more else None)


def prunable(connection: sqlite3.Connection, account: AccountId, before: int) -> Pruned:
    """What pruning would drop now."""
    asked_for = {"account": account, "before": before}
    return Pruned(*connection.execute(_COUNTS, asked_for).fetchone())


def give_back(connection: sqlite3.Connection) -> None:
    """The file is a little smaller, where much of it is free."""
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    if free > max(_FEWEST_FREE, pages // _FREE_PART):
        for _ in range(_GIVEN_BACK):  # a page a time: Python makes one step of this statement only
            connection.execute("PRAGMA incremental_vacuum")


def compact(path: Path, connector: Connect) -> tuple[int, int]:
    """The file holds no free space, and can give some back from now on; its size before and after.

    Raises:
        sqlite3.Error: no room for a copy; the file is as it was.
    """
    before = path.stat().st_size
    with closing(connector(location(path, mode="rw"))) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect with the next line
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return before, path.stat().st_size


def _mark(connection: sqlite3.Connection, marks: Sequence[Mark]) -> None:
    rows = Rows()
    for mark in marks:
        rows.add(mark)
    rows.run(connection, _MARK)


def _more(rows: Sequence[Any], limit: int) -> bool:
    """Behind a whole batch of which none was too young there may be more."""
    return len(rows) == limit and all(aged for _, _, aged, _ in rows)


def _last(rows: Sequence[Any], start: int) -> int:
    return int(rows[-1][0]) if rows else start
