"""Group commit: what gathers while one commit is under way is the next one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from worker.ledger.calls import Call
from worker.ledger.failures import is_own_fault, ledger_error
from worker.ledger.group import Outcome
from worker.ledger.journal import Journal


class Writer:
    """Commits groups of calls; lives on one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._journal = Journal(connection)

    def commit(self, calls: Sequence[Call]) -> Sequence[Outcome]:
        """Each call is durable or its outcome is the error that says it is not."""
        try:
            return self._transact(calls)
        except Exception as error:  # noqa: BLE001 - every caller must get an answer
            trouble = error
        if len(calls) == 1 or not is_own_fault(trouble):
            # One error each: a shared one would gather the tracebacks of all callers.
            return [ledger_error(trouble, self._path) for _ in calls]
        # One of them cannot be written at all; alone, it takes no other with it.
        return [outcome for call in calls for outcome in self.commit([call])]

    def _transact(self, calls: Sequence[Call]) -> Sequence[Outcome]:
        self._roll_back()  # a transaction whose end failed must not swallow this one
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = self._journal.write(calls)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # what went wrong first says more
                self._roll_back()
            raise
        return outcomes

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
