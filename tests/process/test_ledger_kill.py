"""The ledger's promise under `kill -9`: what was said to be durable is there, nothing half done."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.ledger.nouns import ACCOUNT
from worker.clock import SystemClock
from worker.ledger import SqliteLedger
from worker.model.action import IntentState
from worker.model.ids import EventId, IntentKey

CALLERS = 16
REACHED = {
    "claimed": {IntentState.SENDING, IntentState.DONE},
    "settled": {IntentState.DONE},
}


async def _life(path: Path, number: int, seconds: float) -> set[str]:
    """The lines a writer said before it was killed, `seconds` after its first promise."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.process.ledger_writer",
        str(path),
        str(number),
        str(CALLERS),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"open\n"
    reading = asyncio.create_task(child.stdout.read())
    await SystemClock().sleep(seconds)
    child.send_signal(signal.SIGKILL)
    said = await reading
    await child.wait()
    return set(said.decode().rpartition("\n")[0].split("\n"))


async def _check_promise(ledger: SqliteLedger, line: str) -> None:
    word, number, *place = line.split()
    event_id = EventId(f"message:msg_{number}")
    if word in {"received", "planned"}:
        stored = await ledger.event(ACCOUNT, event_id)
        assert stored is not None, line
        assert word == "received" or stored.planned_at is not None, line
        return
    made = await ledger.intent(IntentKey(f"{ACCOUNT}|{event_id}|{place[0]}"))
    assert made is not None, line
    assert made.state in REACHED[word], line


# Each finds what belongs to one transaction and came apart.
HALF_DONE = (
    (
        "SELECT event_seq FROM intents "
        "WHERE event_seq IN (SELECT seq FROM events WHERE planned_at IS NULL)"
    ),
    (
        "SELECT seq FROM events WHERE planned_at IS NOT NULL AND seq NOT IN "
        "(SELECT event_seq FROM intents GROUP BY event_seq HAVING count(*) = 2)"
    ),
    (
        "SELECT seq FROM events "
        "WHERE (planned_at IS NULL) <> (seq NOT IN (SELECT event_seq FROM decisions))"
    ),
    "SELECT seq FROM intents WHERE (state = 'done') <> (result_id IS NOT NULL)",
    (
        "SELECT c.id FROM conversations AS c JOIN memo AS m ON m.name = c.id "
        "WHERE c.state ->> '$.read_marker' <> m.value"
    ),
    "SELECT name FROM memo WHERE 'message:msg_' || value NOT IN (SELECT id FROM events)",
)


def _check_wholeness(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for statement in HALF_DONE:
            assert connection.execute(statement).fetchall() == [], statement


async def _attack(path: Path, kills: int, seed: int) -> int:
    draw = random.Random(seed)
    promises = 0
    for number in range(kills):
        said = await _life(path, number, draw.uniform(0.005, 0.3))
        ledger = SqliteLedger(path)
        await ledger.open()
        await asyncio.gather(*(_check_promise(ledger, line) for line in said - {""}))
        await ledger.close()
        promises += len(said)
    _check_wholeness(path)
    return promises


async def test_what_was_durable_survives_kill_9_and_nothing_is_half_done(tmp_path: Path) -> None:
    """Exactly-once rests on this: a claim that was lost is a message sent twice."""
    assert await _attack(tmp_path / "w.db", kills=10, seed=20261005) > CALLERS


@pytest.mark.slow
async def test_two_hundred_kills_change_nothing_about_it(tmp_path: Path) -> None:
    """Rare instants, such as the merging of the log, are only met by many kills."""
    await _attack(tmp_path / "w.db", kills=200, seed=7)
