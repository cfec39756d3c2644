"""`worker rescue DAMAGED NEW`: all that can still be read, in a new ledger.

The damaged file is only read. What lay on unreadable pages is lost and counted; everything else
keeps its place, so that what was answered stays answered.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from worker.errors import LedgerError
from worker.ledger import schema
from worker.ledger.connection import connect, location
from worker.ledger.failures import ledger_error

Row = tuple[object, ...]

# Rows a damaged page can hide: far more than any ledger has.
_FARTHEST = 2**40


def rescue(damaged: Path, new: Path) -> dict[str, int]:
    """The new file holds every readable row of the damaged one; how many, by table.

    Raises:
        LedgerError: there is no damaged file, the new one exists, or nothing at all can be read.
    """
    if not damaged.is_file():
        raise LedgerError(f"there is no file {damaged}")
    if new.exists():
        raise LedgerError(f"{new} exists already; name a file that does not")
    if not os.access(new.parent, os.W_OK | os.X_OK):
        raise LedgerError(f"{new} cannot be made; name a file in a directory that may be written")
    try:
        with (
            closing(connect(location(damaged, mode="rw"))) as old,
            closing(connect(location(new, mode="rwc"))) as fresh,
        ):
            version = schema.stored_version(old, damaged) or schema.NEWEST
            schema.migrate(fresh, new, schema.STEPS[:version])
            fresh.execute("BEGIN")
            counts = {table: _copied(old, fresh, table) for table in _tables(fresh)}
            fresh.execute("COMMIT")
    except sqlite3.Error as error:
        new.unlink(missing_ok=True)
        raise ledger_error(error, damaged) from error
    return counts


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [str(name) for (name,) in rows]


def _copied(old: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> int:
    columns = [str(row[1]) for row in fresh.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(columns)
    places = ", ".join("?" * len(columns))
    # table and columns are this program's own schema's
    into = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"  # noqa: S608
    count = 0
    for row in _readable(old, fresh, table, names):
        # a row that breaks the schema's own rules was damaged too
        with suppress(sqlite3.IntegrityError, sqlite3.DataError):
            count += fresh.execute(into, row).rowcount
    return count


class _Scan:
    """The rows of a statement up to the first that cannot be read.

    Attributes:
        whole: it has ended, and there was none such.
    """

    def __init__(self, old: sqlite3.Connection, statement: str) -> None:
        self._old = old
        self._statement = statement
        self.whole = False

    def __iter__(self) -> Iterator[Row]:
        try:
            yield from self._old.execute(self._statement)
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            return
        self.whole = True


def _readable(
    old: sqlite3.Connection, fresh: sqlite3.Connection, table: str, names: str
) -> Iterator[Row]:
    (text,) = fresh.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    if "WITHOUT ROWID" not in text.upper():
        yield from _numbered(old, table, names)
        return
    every = f"SELECT {names} FROM {table}"  # noqa: S608 - this program's own schema
    scan = _Scan(old, every)
    yield from scan
    if not scan.whole:
        keys = [f"{row[1]} DESC" for row in fresh.execute(f"PRAGMA table_info({table})") if row[5]]
        yield from _Scan(old, f"{every} ORDER BY {', '.join(keys)}")


def _numbered(old: sqlite3.Connection, table: str, names: str) -> Iterator[Row]:
    """Rows by their numbers, oldest first; around damage in growing steps, then back towards it."""
    # NOT INDEXED: the table alone is asked; indexes are made anew
    some = f"SELECT rowid, {names} FROM {table} NOT INDEXED WHERE rowid"  # noqa: S608
    after = -1
    while True:
        scan = _Scan(old, f"{some} > {after} ORDER BY rowid")
        for row in scan:
            after = int(str(row[0]))
            yield row[1:]
        if scan.whole:
            return
        beyond = _behind_damage(old, some, after)
        if beyond is None:
            return
        for row in _Scan(old, f"{some} > {after} AND rowid <= {beyond} ORDER BY rowid DESC"):
            yield row[1:]
        after = beyond


def _behind_damage(old: sqlite3.Connection, some: str, after: int) -> int | None:
    """A number from which on rows can be read again, or behind the last; None: nowhere."""
    step = 1
    while step < _FARTHEST:
        probe = _Scan(old, f"{some} > {after + step} ORDER BY rowid LIMIT 1")
        list(probe)
        if probe.whole:
            return after + step
        step *= 2
    return None
