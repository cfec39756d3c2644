"""What SQLite's refusals mean for the person who must act."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from worker.errors import LedgerError

# Result codes of one call's own making; any other one says that the store itself is unwell.
# Source: https://www.sqlite.org/rescode.html
_OWN_FAULT = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)

_NOT_STORED = "nothing of this step was stored"

_ADVICE = {
    sqlite3.SQLITE_FULL: f"the disk is full; {_NOT_STORED}; free some space, then start again",
    sqlite3.SQLITE_IOERR: f"the disk failed; {_NOT_STORED}; check the disk and its mount",
    sqlite3.SQLITE_READONLY: "the file or its directory may not be written; check owner, mode and "
    "mount",
    sqlite3.SQLITE_PERM: "access was refused; check the file's owner and mode",
    sqlite3.SQLITE_AUTH: "access was refused; check the file's owner and mode",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that it is a file in a directory "
    "that exists, and that this user may use both",
    sqlite3.SQLITE_BUSY: f"another program keeps the file locked; {_NOT_STORED}; close that one",
    sqlite3.SQLITE_LOCKED: f"another program keeps the file locked; {_NOT_STORED}; close that one",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; stop the worker, keep a copy of the file with "
    "its -wal, then restore a backup or save what is readable: "
    "worker rescue FILE NEWFILE",
    sqlite3.SQLITE_NOTADB: "this is not a database; WORKER_DATABASE_URL names the wrong file, or "
    "it is damaged: move it away or restore a backup",
}


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, -1 where the module itself complained."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def is_own_fault(error: Exception) -> bool:
    """One call is to blame, not the store: the calls beside it may be tried again without it."""
    return not isinstance(error, sqlite3.Error) or primary_code(error) in _OWN_FAULT | {-1}


def ledger_error(error: Exception, path: Path) -> LedgerError:
    """`error` as one line that names the file and what to do."""
    if isinstance(error, LedgerError):
        return LedgerError(*error.args)
    if not isinstance(error, sqlite3.Error):
        return LedgerError(f"ledger {path}: {type(error).__name__}: {error}; {_NOT_STORED}")
    advice = _ADVICE.get(primary_code(error))
    if advice is None:
        return LedgerError(f"ledger {path}: {error}; {_NOT_STORED}")
    return LedgerError(f"ledger {path}: {advice} ({error})")
