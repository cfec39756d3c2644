"""The tables, and the way from every released version to the newest.

Times are microseconds since 1970 UTC. `seq` columns are the order in which rows were recorded.
A released step is never edited: a change is a new step at the end.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from worker.errors import LedgerError

# Marks the file as a ledger, so that no foreign database is ever altered: "wrkL".
APPLICATION_ID = 0x77726B4C

_STEP_1 = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        history INTEGER NOT NULL CHECK (history IN (0, 1)),
        planned_at INTEGER,
        decided_by INTEGER,
        conversation_id TEXT,
        body TEXT NOT NULL,
        UNIQUE (account, id)
    ) STRICT""",
    """CREATE INDEX events_unplanned ON events (account)
        WHERE planned_at IS NULL AND history = 0""",
    "CREATE INDEX events_by_conversation ON events (account, conversation_id)",
    "CREATE INDEX events_by_time ON events (account, at)",
    """CREATE TABLE decisions (
        event_seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        trace TEXT NOT NULL,
        context TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE intents (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        event_seq INTEGER NOT NULL,
        position INTEGER NOT NULL,
        visible INTEGER NOT NULL CHECK (visible IN (0, 1)),
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN (
            'pending', 'sending', 'retrying', 'unknown', 'done', 'skipped', 'dead', 'in_doubt')),
        attempt INTEGER NOT NULL,
        claimed_at INTEGER,
        settled_at INTEGER,
        not_before INTEGER,
        result_id TEXT,
        error TEXT NOT NULL,
        reason TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX intents_by_state ON intents (account, state)",
    "CREATE INDEX intents_by_result ON intents (account, result_id) WHERE result_id IS NOT NULL",
    """CREATE INDEX intents_by_claim ON intents (account, claimed_at)
        WHERE claimed_at IS NOT NULL AND visible = 1""",
    """CREATE TABLE firings (
        account TEXT NOT NULL,
        at INTEGER NOT NULL,
        event_seq INTEGER NOT NULL,
        place INTEGER NOT NULL,
        rule_id TEXT NOT NULL,
        conversation_id TEXT,
        contact_id TEXT,
        PRIMARY KEY (account, at, event_seq, place)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE conversations (
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        changed INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (account, id)
    ) STRICT""",
    "CREATE INDEX conversations_by_change ON conversations (changed, account, id)",
    """CREATE TABLE contacts (
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (account, id)
    ) STRICT""",
    """CREATE TABLE memo (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID""",
)

# What history may be dropped without: see `worker.ledger.seen`. What people ask for by hand: see
# `worker.model.ledger.Hand`. A deadline that was moved by hand stands beside the planned one.
_STEP_2 = (
    """CREATE TABLE seen (
        first INTEGER NOT NULL,
        second INTEGER NOT NULL,
        PRIMARY KEY (first, second)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE hands (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        act TEXT NOT NULL CHECK (act IN ('retry', 'drop', 'confirm')),
        at INTEGER NOT NULL,
        message_id TEXT,
        answer TEXT
    ) STRICT""",
    "CREATE INDEX hands_open ON hands (account) WHERE answer IS NULL",
    "ALTER TABLE intents ADD COLUMN expires_at INTEGER",
)

# Rules that wait: see `worker.model.flow`. `about` is the event that they still speak of.
_STEP_3 = (
    """CREATE TABLE timers (
        key TEXT NOT NULL PRIMARY KEY,
        account TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('wait', 'ask')),
        due_at INTEGER,
        conversation TEXT,
        contact TEXT,
        about TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX timers_by_time ON timers (account, due_at) WHERE due_at IS NOT NULL",
    """CREATE INDEX timers_by_conversation ON timers (account, conversation)
        WHERE conversation IS NOT NULL""",
    "CREATE INDEX timers_by_event ON timers (account, about)",
    """CREATE TABLE scripts (
        name TEXT NOT NULL PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT""",
)

# What rules in shadow would have done counts among themselves: see `worker.model.ledger.Firing`.
_STEP_4 = (
    "ALTER TABLE firings ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0 CHECK (shadow IN (0, 1))",
    "ALTER TABLE firings ADD COLUMN sends INTEGER NOT NULL DEFAULT 0",
)

# Since when customers wait: for a person, and for any answer. Only who waits is in the indexes.
_STEP_5 = (
    "ALTER TABLE conversations ADD COLUMN awaits_person INTEGER",
    "ALTER TABLE conversations ADD COLUMN awaits_answer INTEGER",
    """CREATE INDEX conversations_awaiting_person ON conversations (account, awaits_person, id)
        WHERE awaits_person IS NOT NULL""",
    """CREATE INDEX conversations_awaiting_answer ON conversations (account, awaits_answer, id)
        WHERE awaits_answer IS NOT NULL""",
)

STEPS: tuple[tuple[str, ...], ...] = (_STEP_1, _STEP_2, _STEP_3, _STEP_4, _STEP_5)
NEWEST = len(STEPS)


def stored_version(connection: sqlite3.Connection, path: Path) -> int:
    """The file's schema version; 0 for an empty file.

    Raises:
        LedgerError: another program's database, or a newer worker's.
    """
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark != APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if mark or version or tables:
            raise LedgerError(
                f"ledger {path}: this database belongs to another program; "
                "let WORKER_DATABASE_URL name another file"
            )
        return 0
    if version > NEWEST:
        raise LedgerError(
            f"ledger {path} has schema version {version}, this worker knows up to {NEWEST}; "
            "run the newer worker that wrote it, or use another file"
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path, steps: tuple[tuple[str, ...], ...]) -> None:
    """The file has the newest schema; each step is whole or not there at all.

    Raises:
        LedgerError: see `stored_version`.
    """
    for number in range(stored_version(connection, path) + 1, len(steps) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in steps[number - 1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
