"""The schema, and every released version's way to the newest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from worker.errors import LedgerError
from worker.ledger import SqliteLedger, schema
from worker.model.action import IntentState

RELEASED = {
    number: (Path(__file__).parent / f"schema_v{number}.sql").read_text() for number in (1, 2)
}
V1 = RELEASED[1]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty file."""
    with closing(sqlite3.connect(tmp_path / "w.db", isolation_level=None)) as opened:
        yield opened


def _shape(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    return {(kind, name, " ".join((text or "").split())) for kind, name, text in rows}


@pytest.mark.parametrize("number", RELEASED)
def test_every_released_version_arrives_at_the_schema_of_an_empty_file(
    connection: sqlite3.Connection, tmp_path: Path, number: int
) -> None:
    """An upgrade that ends elsewhere than a fresh start fails later, with customers waiting."""
    connection.executescript(RELEASED[number])
    schema.migrate(connection, tmp_path, schema.STEPS)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        schema.migrate(fresh, tmp_path, schema.STEPS)
        assert _shape(connection) == _shape(fresh)
    assert schema.stored_version(connection, tmp_path) == schema.NEWEST


@pytest.mark.parametrize("number", RELEASED)
def test_released_steps_are_as_they_were_released(
    connection: sqlite3.Connection, tmp_path: Path, number: int
) -> None:
    """A released step that is edited makes two kinds of one version."""
    schema.migrate(connection, tmp_path, schema.STEPS[:number])
    with closing(sqlite3.connect(":memory:")) as released:
        released.executescript(RELEASED[number])
        assert _shape(connection) == _shape(released)


def test_a_step_that_fails_leaves_the_version_before_it(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    """A half migrated file is lost for the old worker and the new one."""
    steps = (*schema.STEPS, ("CREATE TABLE later (a)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        schema.migrate(connection, tmp_path, steps)
    assert schema.stored_version(connection, tmp_path) == schema.NEWEST
    assert "later" not in {name for _, name, _ in _shape(connection)}
    assert not connection.in_transaction
    good = (*schema.STEPS, ("CREATE TABLE later (a)",))
    schema.migrate(connection, tmp_path, good)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(good),)


def test_states_are_the_same_words_in_the_check_as_in_the_code(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    """A word that only one side knows is a settlement that cannot be stored."""
    schema.migrate(connection, tmp_path, schema.STEPS)
    (text,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'intents'").fetchone()
    listed = text.partition("state IN (")[2].partition("))")[0]
    assert {word.strip().strip("'") for word in listed.split(",")} == set(IntentState)


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """An older worker on a newer file would undo what it does not understand."""
    path = tmp_path / "w.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(V1 + "PRAGMA user_version = 99;")
    for read_only in (False, True):
        with pytest.raises(LedgerError, match=r"schema version 99.*run the newer worker"):
            await SqliteLedger(path, read_only=read_only).open()


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A mistyped path must not add tables to somebody's accounts."""
    path = tmp_path / "w.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE invoices (a)")
    for read_only in (False, True):
        with pytest.raises(LedgerError, match="belongs to another program"):
            await SqliteLedger(path, read_only=read_only).open()
    with closing(sqlite3.connect(path)) as kept:
        assert {name for _, name, _ in _shape(kept)} == {"invoices"}


async def test_an_empty_file_becomes_a_ledger_but_not_read_only(tmp_path: Path) -> None:
    """An empty file is what a crash in the first instant leaves."""
    path = tmp_path / "w.db"
    path.touch()
    with pytest.raises(LedgerError, match=r"schema version 0.*`worker run` brings it there"):
        await SqliteLedger(path, read_only=True).open()
    ledger = SqliteLedger(path)
    await ledger.open()
    await ledger.close()
    looking = SqliteLedger(path, read_only=True)
    await looking.open()
    await looking.close()
