"""Connections to the file, with the settings the promises rest on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from worker.errors import LedgerError

# `->>` in the SQL. Source: https://www.sqlite.org/json1.html#jptr
_OLDEST_SQLITE = (3, 38, 0)

# What a foreign shell may hold the file for before the ledger gives up, milliseconds.
_BUSY_TIMEOUT_MS = 5000

# The log is merged into the file after so many pages (16 MiB): pages that change again and again
# are then written to the file once. Measured: 4 to 10 % more cycles than with the default, 1,000.
_LOG_PAGES = 4000

# Whoever writes beside the holder leaves merging to it, and merges only a log that nobody does
# (256 MiB): before SQLite 3.51.3 two connections that write and merge at the same instant may, very
# rarely, damage the file. Source: https://www.sqlite.org/wal.html#walresetbug
_LOG_PAGES_BESIDE = 16 * _LOG_PAGES

# The writer's page cache, KiB: holds the inner pages of the indexes of a million events.
_CACHE_KIB = 16_000

Connect = Callable[[str], sqlite3.Connection]


def connect(uri: str) -> sqlite3.Connection:
    """A connection whose transactions are written out in full, usable by one thread at a time."""
    return sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_TIMEOUT_MS / 1000,
        cached_statements=128,
    )


def location(path: Path, **options: str) -> str:
    """`path` as SQLite's URI."""
    asked = "&".join(f"{name}={value}" for name, value in options.items())
    return f"file:{quote(str(path))}?{asked}"


def writing(path: Path, connector: Connect, *, beside: bool = False) -> sqlite3.Connection:
    """The connection that writes: write-ahead log, and a commit that survives a power cut.

    Args:
        beside: another process may hold the file, and merges the log.

    Raises:
        LedgerError: this machine cannot keep that promise.
        sqlite3.Error: the file is not usable.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise LedgerError(
            f"SQLite {sqlite3.sqlite_version} is too old, 3.38 or newer is needed; "
            "use a newer Python or system image"
        )
    connection = connector(location(path, mode="rwc"))
    try:
        # Of an empty file only: what is pruned can then be given back without copying the file.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        _check_mode(mode, path)
        connection.execute("PRAGMA synchronous = FULL")
        pages = _LOG_PAGES_BESIDE if beside else _LOG_PAGES
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # macOS alone needs to be told that a sync is to reach the platter.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_mode(mode: str, path: Path) -> None:
    if mode != "wal":
        raise LedgerError(
            f"ledger {path}: its file system cannot hold a write-ahead log (a network drive?); "
            "keep the ledger on a local disk"
        )


def reading(path: Path, connector: Connect) -> sqlite3.Connection:
    """A connection that never writes, beside any writer.

    Raises:
        sqlite3.Error: the file is not readable.
    """
    connection = connector(location(path, mode="ro"))
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        # A log beside the file must be read with it, and that needs a directory to work in. Without
        # one the file alone is complete and nobody is writing it: it can be read as it lies there.
        log = path.with_name(path.name + "-wal")
        cannot_open = error.sqlite_errorcode & 0xFF in {
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        }
        if not cannot_open or not path.is_file() or (log.exists() and log.stat().st_size):
            raise
        connection = connector(location(path, mode="ro", immutable="1"))
    except BaseException:
        connection.close()
        raise
    return connection
