"""Batches on their way into SQL: one statement and one JSON text, however many rows."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from worker.ledger.codec import columns_text


class Rows:
    """Rows for one statement of `worker.ledger.sql`; each may end in long texts."""

    def __init__(self) -> None:
        self._columns: list[tuple[Any, ...]] = []
        self._texts: list[bytes] = []
        self._begin = 1

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, columns: tuple[Any, ...], *texts: bytes) -> None:
        """One row more: its columns, and after them each text's beginning and length."""
        for text in texts:
            length = len(text)
            columns = (*columns, self._begin, length)
            self._begin += length
        self._columns.append(columns)
        self._texts.extend(texts)

    def run(self, connection: sqlite3.Connection, statement: str) -> int:
        """The statement has run on all rows; how many it changed. Without rows nothing is run.

        Raises:
            sqlite3.Error: it failed; none of its rows were changed.
        """
        if not self._columns:
            return 0
        parameters: dict[str, object] = {"rows": columns_text(self._columns)}
        if self._texts:
            parameters["texts"] = b"".join(self._texts)
        return connection.execute(statement, parameters).rowcount


def asked(connection: sqlite3.Connection, statement: str, parameters: object) -> list[Any]:
    """The one JSON array that the statement answers.

    One row instead of many: every row fetched hands the interpreter to the event loop's thread,
    which may keep it for milliseconds.
    """
    text = connection.execute(statement, parameters).fetchone()[0]  # type: ignore[arg-type]
    rows: list[Any] = msgspec.json.decode(text)
    return rows


def listed(values: object) -> str:
    """A JSON array for `json_each`."""
    return columns_text(values)
