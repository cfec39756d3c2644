"""The file: who holds it, what is done when it fails."""

# ruff: noqa: ASYNC240 - the files of a test are small and nobody waits

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.unit.ledger.nouns import ACCOUNT, at, event, intent, planned, receipt, settlement
from worker.clock import SystemClock
from worker.errors import LedgerError
from worker.ledger import SqliteLedger, sql
from worker.ledger.connection import connect
from worker.model.action import IntentState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "w.db"


@pytest_asyncio.fixture
async def ledger(path: Path) -> AsyncIterator[SqliteLedger]:
    """An open ledger."""
    opened = SqliteLedger(path)
    await opened.open()
    yield opened
    await opened.close()


class Failing(sqlite3.Connection):
    """A connection on which one statement fails once it is armed."""

    fails: str = ""
    error: type[sqlite3.Error] = sqlite3.OperationalError
    code: int = sqlite3.SQLITE_IOERR

    def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        """The statement, or its failure."""
        if Failing.fails and Failing.fails in statement:
            error = Failing.error("disk I/O error")
            error.sqlite_errorcode = Failing.code
            raise error
        return super().execute(statement, *parameters)  # type: ignore[arg-type]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Arms the failure: in which statement, with which of SQLite's codes."""

    def arm(statement: str, code: int = sqlite3.SQLITE_IOERR) -> None:
        monkeypatch.setattr(Failing, "fails", statement)
        monkeypatch.setattr(Failing, "code", code)

    return arm


def _failing_connection(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=Failing
    )


async def test_a_second_holder_is_refused_and_told_who_holds_it(
    ledger: SqliteLedger, path: Path
) -> None:
    """Two workers on one file would each answer every customer."""
    assert ledger._hold is not None
    with pytest.raises(LedgerError, match=rf"held by another worker \(process {os.getpid()}\)"):
        await SqliteLedger(path).open()
    link = path.with_name("link.db")
    link.symlink_to(path)
    with pytest.raises(LedgerError, match="held by another worker"):
        await SqliteLedger(link).open()
    await ledger.remember(ACCOUNT, {"a": "1"})


async def test_another_process_is_refused_until_the_holder_is_gone(path: Path) -> None:
    """The hold must end with the process, however it ends."""
    code = (
        "import asyncio, sys\n"
        "from worker.ledger import SqliteLedger\n"
        "asyncio.run(SqliteLedger(sys.argv[1]).open())\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", code, str(path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"held\n"
    with pytest.raises(LedgerError, match=rf"process {child.pid}\)"):
        await SqliteLedger(path).open()
    child.kill()
    await child.wait()
    after = SqliteLedger(path)
    await after.open()
    await after.close()
    assert child.stdin is not None
    child.stdin.close()


async def test_a_refused_opening_holds_nothing(path: Path) -> None:
    """After the mistake is mended the next start must work."""
    path.write_bytes(b"this is no database, not at all" * 100)
    with pytest.raises(LedgerError, match="is not a database"):
        await SqliteLedger(path).open()
    path.unlink()
    ledger = SqliteLedger(path)
    await ledger.open()
    with pytest.raises(LedgerError, match="open already"):
        await ledger.open()
    await ledger.close()
    with path.with_name("w.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_a_directory_in_the_files_place_is_told(tmp_path: Path) -> None:
    """A volume mounted one level off is a common mistake."""
    for read_only in (False, True):
        with pytest.raises(
            LedgerError, match="is a directory; WORKER_DATABASE_URL must name a file"
        ):
            await SqliteLedger(tmp_path, read_only=read_only).open()


async def test_a_file_in_the_directorys_place_is_told(tmp_path: Path) -> None:
    """The message names the obstacle, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="its directory cannot be made"):
        await SqliteLedger(tmp_path / "file" / "w.db").open()


async def test_looking_at_no_ledger_says_what_makes_one(path: Path) -> None:
    """`worker status` before the first run must not create an empty ledger."""
    with pytest.raises(LedgerError, match=r"no ledger at .*`worker run` makes it"):
        await SqliteLedger(path, read_only=True).open()
    assert not path.exists()


async def test_a_reader_sees_what_the_worker_beside_it_committed(
    ledger: SqliteLedger, path: Path
) -> None:
    """`worker status` is asked while the worker runs."""
    looking = SqliteLedger(path, read_only=True)
    await looking.open()
    await ledger.receive(receipt(event(1), memo={"a": "1"}))
    assert (await looking.summary(ACCOUNT)).events == 1
    with pytest.raises(LedgerError, match="reading only"):
        await looking.remember(ACCOUNT, {"a": "2"})
    await looking.close()
    assert await ledger.memo(ACCOUNT) == {"a": "1"}


async def test_a_closed_or_unopened_ledger_says_so(path: Path) -> None:
    """A call too late must not hang."""
    ledger = SqliteLedger(path)
    for call in (ledger.memo(ACCOUNT), ledger.claim([], at(1))):
        with pytest.raises(LedgerError, match="not open"):
            await call
    await ledger.close()
    await ledger.open()
    await ledger.close()
    await ledger.close()
    for call in (ledger.memo(ACCOUNT), ledger.claim([], at(1))):
        with pytest.raises(LedgerError, match="closed"):
            await call


async def test_closing_makes_everything_accepted_durable(path: Path) -> None:
    """A graceful stop that drops the last outcomes would send them again."""
    ledger = SqliteLedger(path)
    await ledger.open()
    calls = [
        asyncio.ensure_future(ledger.remember(ACCOUNT, {f"m{number}": "1"})) for number in range(50)
    ]
    await SystemClock().sleep(0)
    await ledger.close()
    await asyncio.gather(*calls)
    looking = SqliteLedger(path, read_only=True)
    await looking.open()
    assert len(await looking.memo(ACCOUNT)) == 50
    await looking.close()


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT", "INSERT INTO events"])
async def test_a_failing_disk_fails_every_call_of_the_commit(
    path: Path, failing: Callable[..., None], statement: str
) -> None:
    """A claim that is said to be durable and is not becomes a message sent twice."""
    ledger = SqliteLedger(path, connector=_failing_connection)
    await ledger.open()
    await ledger.receive(receipt(event(1)))
    failing(statement)
    outcomes = await asyncio.gather(
        *(ledger.receive(receipt(event(number))) for number in range(2, 6)),
        ledger.plan([planned(event(1), intents=(intent(event(1)),))]),
        return_exceptions=True,
    )
    assert len({id(outcome) for outcome in outcomes}) == len(outcomes)
    for outcome in outcomes:
        assert isinstance(outcome, LedgerError)
        assert "the disk failed; nothing of this step was stored" in str(outcome)
    failing("")
    assert [stored.event for stored in await ledger.unplanned(ACCOUNT)] == [event(1)]
    assert await ledger.open_intents(ACCOUNT) == ()
    assert await ledger.receive(receipt(event(2))) == (event(2).id,)
    await ledger.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "disk is full"),
        (sqlite3.SQLITE_READONLY, "may not be written"),
        (sqlite3.SQLITE_BUSY, "another program keeps the file locked"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "the file is damaged"),
        (sqlite3.SQLITE_IOERR_FSYNC, "the disk failed"),
        (sqlite3.SQLITE_NOMEM, "nothing of this step was stored"),
    ],
)
async def test_each_failure_says_what_to_do(
    path: Path, failing: Callable[..., None], code: int, words: str
) -> None:
    """The person on call reads one line."""
    ledger = SqliteLedger(path, connector=_failing_connection)
    await ledger.open()
    failing("COMMIT", code)
    with pytest.raises(LedgerError, match=words) as refusal:
        await ledger.remember(ACCOUNT, {"a": "1"})
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    failing("")
    await ledger.close()


async def test_a_full_disk_stores_nothing_and_goes_on_when_there_is_room(path: Path) -> None:
    """The disk of a long-running container does fill up."""
    made: list[sqlite3.Connection] = []

    def remembered(uri: str) -> sqlite3.Connection:
        made.append(connect(uri))
        return made[-1]

    ledger = SqliteLedger(path, connector=remembered)
    await ledger.open()
    (pages,) = made[0].execute("PRAGMA page_count").fetchone()
    made[0].execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(LedgerError, match="the disk is full"):
        await ledger.receive(receipt(event(1, text="x" * 100_000)))
    assert await ledger.unplanned(ACCOUNT) == ()
    made[0].execute("PRAGMA max_page_count = 100000")
    assert await ledger.receive(receipt(event(1, text="x" * 100_000))) == (event(1).id,)
    await ledger.close()


async def test_a_call_that_cannot_be_written_takes_no_other_with_it(ledger: SqliteLedger) -> None:
    """What the database itself refuses in one call must not stop the calls beside it."""
    seen = event(1)
    too_large = intent(seen, position=2**70)
    await ledger.receive(receipt(seen, event(2)))
    outcomes = await asyncio.gather(
        ledger.plan([planned(seen, intents=(too_large,))]),
        ledger.plan([planned(event(2), intents=(intent(event(2)),))]),
        ledger.receive(receipt(event(3))),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], LedgerError)
    assert list(outcomes[1:]) == [(intent(event(2)).key,), (event(3).id,)]
    unplanned = await ledger.unplanned(ACCOUNT)
    assert [stored.event.id for stored in unplanned] == [seen.id, event(3).id]


async def test_what_has_no_json_form_fails_its_caller_alone(ledger: SqliteLedger) -> None:
    """A programming error shows where it was made."""
    seen = event(1)
    await ledger.receive(receipt(seen))
    with pytest.raises(TypeError):
        await ledger.plan([planned(seen, context={"x": object()})])
    assert len(await ledger.unplanned(ACCOUNT)) == 1


async def test_a_damaged_row_is_named_as_such(ledger: SqliteLedger) -> None:
    """A traceback from a decoder tells nobody that the file is broken."""
    await ledger.receive(receipt(event(1)))
    ledger._connections[1].execute("UPDATE events SET body = '{'")
    with pytest.raises(LedgerError, match="damaged row"):
        await ledger.unplanned(ACCOUNT)


async def test_a_damaged_file_is_told_by_readers_and_writers(path: Path) -> None:
    """Disks rot; the message names the way out."""
    ledger = SqliteLedger(path)
    await ledger.open()
    await ledger.receive(receipt(*(event(number, text="x" * 500) for number in range(500))))
    await ledger.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    for read_only in (False, True):
        damaged = SqliteLedger(path, read_only=read_only)
        with pytest.raises(LedgerError, match=r"damaged.*worker rescue"):
            await _opened_and_read(damaged)
        await damaged.close()


async def _opened_and_read(ledger: SqliteLedger) -> None:
    await ledger.open()
    await ledger.events(ACCOUNT)


async def test_a_file_without_its_directory_is_read_as_it_lies(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup on a read-only mount must be readable; there SQLite cannot keep its side files."""
    ledger = SqliteLedger(path)
    await ledger.open()
    await ledger.remember(ACCOUNT, {"a": "1"})
    await ledger.close()

    def on_read_only_mount(uri: str) -> sqlite3.Connection:
        monkeypatch.setattr(Failing, "fails", "" if "immutable" in uri else "SELECT")
        monkeypatch.setattr(Failing, "code", sqlite3.SQLITE_CANTOPEN)
        return _failing_connection(uri)

    looking = SqliteLedger(path, read_only=True, connector=on_read_only_mount)
    await looking.open()
    assert await looking.memo(ACCOUNT) == {"a": "1"}
    await looking.close()
    path.with_name("w.db-wal").write_bytes(b"not merged yet")
    with pytest.raises(LedgerError, match="cannot be opened"):
        await SqliteLedger(path, read_only=True, connector=on_read_only_mount).open()


async def test_a_file_system_without_a_log_is_refused(path: Path) -> None:
    """Without the write-ahead log the promise of durability would be a different one."""

    class Networked(sqlite3.Connection):
        def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
            swapped = statement.replace("journal_mode = WAL", "journal_mode = DELETE")
            return super().execute(swapped, *parameters)  # type: ignore[arg-type]

    def networked(uri: str) -> sqlite3.Connection:
        return sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, factory=Networked
        )

    with pytest.raises(LedgerError, match="keep the ledger on a local disk"):
        await SqliteLedger(path, connector=networked).open()


async def test_commits_are_full_and_logged(ledger: SqliteLedger) -> None:
    """`NORMAL` survives a killed process, only `FULL` a power cut."""
    writer = ledger._connections[1]
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_who_writes_beside_the_holder_leaves_merging_the_log_to_it(
    ledger: SqliteLedger, path: Path
) -> None:
    """Old versions of SQLite may damage a file that is written and merged at the same instant."""
    beside = SqliteLedger(path, beside=True)
    await beside.open()
    pages = "PRAGMA wal_autocheckpoint"
    (held,) = ledger._connections[1].execute(pages).fetchone()
    (other,) = beside._connections[1].execute(pages).fetchone()
    await beside.close()
    assert other > 10 * held > 0


async def test_calls_that_wait_together_share_a_commit(path: Path) -> None:
    """Group commit is nearly all of the ledger's speed."""
    statements: list[str] = []

    def traced(uri: str) -> sqlite3.Connection:
        made = connect(uri)
        made.set_trace_callback(statements.append)
        return made

    ledger = SqliteLedger(path, connector=traced)
    await ledger.open()
    statements.clear()
    await asyncio.gather(*(ledger.receive(receipt(event(number))) for number in range(100)))
    assert sum(statement.startswith("COMMIT") for statement in statements) == 1
    await ledger.close()


async def test_a_cancelled_caller_harms_no_other(ledger: SqliteLedger) -> None:
    """Requests are cancelled at shutdown; what they asked for may still happen, whole."""
    seen = event(1)
    made = intent(seen)
    await ledger.receive(receipt(seen))
    await ledger.plan([planned(seen, intents=(made,))])
    claiming = asyncio.ensure_future(ledger.claim([made.key], at(1)))
    other = asyncio.ensure_future(ledger.remember(ACCOUNT, {"a": "1"}))
    await SystemClock().sleep(0)
    claiming.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await claiming
    now = await ledger.intent(made.key)
    assert now is not None
    # given up before the writer took it, or done whole: nothing between
    assert (now.state, now.attempt) in {(IntentState.PENDING, 0), (IntentState.SENDING, 1)}
    if now.state is IntentState.PENDING:
        assert await ledger.claim([made.key], at(2)) == (made.key,)
    await ledger.settle([settlement(made, IntentState.UNKNOWN)])


PLANS = {
    "UNPLANNED": "events_unplanned",
    "OPEN_INTENTS": "intents_by_state",
    "INTENTS_IN": "intents_by_state",
    "ACCOUNTED": "intents_by_result",
    "SENDS": "intents_by_claim",
    "EVENTS_OF": "events_by_conversation",
    "EVENTS_SINCE": "events_by_time",
    "STANDINGS": "sqlite_autoindex_intents_1",
    "PLANNABLE": "sqlite_autoindex_events_1",
    "TRACKED": "COVERING INDEX conversations_by_change",
    "INTENT": "sqlite_autoindex_intents_1",
}


@pytest.mark.parametrize("name", PLANS)
async def test_settled_history_is_not_read_to_find_open_work(
    ledger: SqliteLedger, name: str
) -> None:
    """A million done actions must not slow the search for the few that are open."""
    statement = getattr(sql, name)
    wanted = statement.count("?") if ":rows" not in statement else 0
    values: object = {"rows": "[]"} if not wanted else ("[]",) * wanted
    if "?1" in statement:
        values = ("a", 1)
    plan = ledger._connections[1].execute(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    steps = [step for *_, step in plan.fetchall()]
    assert any(PLANS[name] in step for step in steps), steps
    assert not any(step.startswith(("SCAN events", "SCAN e ", "SCAN intents")) for step in steps)
