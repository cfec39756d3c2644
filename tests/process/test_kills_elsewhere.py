"""`kill -9` where a worker does more than answer: migration, reload of the rules, pruning."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.process.children import WorkerChild, passes, sandbox_child, worker_settings
from tests.process.customers import Customers, rules
from tests.process.kills import attack
from worker.ledger import schema

V1 = Path(__file__).parents[1] / "unit" / "ledger" / "schema_v1.sql"
ROWS = 300_000
MIGRATING = """
import json, sys
from worker.ledger import schema
later = (
    "CREATE TABLE later (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ROWS) "
    "INSERT INTO later SELECT i, hex(randomblob(20)) FROM n",
    "CREATE INDEX later_by_text ON later (text)",
)
schema.STEPS = (*schema.STEPS, later)
schema.NEWEST = len(schema.STEPS)
migrate = schema.migrate
def told(connection, path, steps):
    print(json.dumps({"event": "migrating"}), flush=True)
    migrate(connection, path, steps)
schema.migrate = told
from worker.cli.main import main
sys.exit(main(["run"]))
""".replace("ROWS", str(ROWS))
PRUNING = """
import sys
from datetime import timedelta
from worker.runtime import retention
retention.ROUND = timedelta(milliseconds=100)
retention.BATCH_PAUSE_S = 0.005
begin = retention.Retention.__init__
def eager(self, *arguments, **named):
    begin(self, *arguments, **named)
    self._keep = timedelta(seconds=1)
    self._needed = lambda: timedelta(0)
retention.Retention.__init__ = eager
from worker.cli.main import main
sys.exit(main(["run"]))
"""


def as_killed(ledger: Path, directory: Path) -> tuple[int, int | None]:
    """The file's version and the rows of the table `later`, by a copy: the kill's traces stay."""
    for one in ledger.parent.glob(f"{ledger.name}*"):
        shutil.copy(one, directory)
    with closing(sqlite3.connect(directory / ledger.name)) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (version,) = link.execute("PRAGMA user_version").fetchone()
        (there,) = link.execute(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'later'"
        ).fetchone()
        if not there:
            return version, None
        (rows,) = link.execute("SELECT count(*) FROM later INDEXED BY later_by_text").fetchone()
        return version, rows


async def test_a_migration_that_is_killed_is_whole_or_not_there(tmp_path: Path) -> None:
    """A half migrated ledger is lost for the old worker and the new one."""
    (tmp_path / "rules.yaml").write_text(rules(), "utf-8")
    ledger, copies = tmp_path / "worker.db", tmp_path / "copies"
    with closing(sqlite3.connect(ledger)) as link:
        link.executescript(V1.read_text("utf-8"))
    draw = random.Random(11)
    seen = set()
    async with sandbox_child() as sandbox:
        customers = Customers(sandbox, seed=11)
        await customers.arrive(3)
        await customers.write(6)
        environment = worker_settings(sandbox, tmp_path)
        program = ("-c", MIGRATING)
        for number in range(4):
            worker = await WorkerChild.start(environment, program=program, ready_at="migrating")
            await worker.opened()
            await passes(draw.uniform(0.0, 0.5))
            assert await worker.end(signal.SIGKILL) == -signal.SIGKILL
            copy = copies / str(number)
            copy.mkdir(parents=True)
            seen.add(as_killed(ledger, copy))
        worker = await WorkerChild.start(environment, program=program)
        await worker.opened()
        compared = await customers.served()
        assert await worker.end(signal.SIGTERM) == 0
    assert compared.faultless, compared
    whole = {(number, None) for number in range(1, schema.NEWEST + 1)}
    assert seen <= whole | {(schema.NEWEST + 1, ROWS)}
    assert seen & whole, "no kill was early enough"


async def test_kills_while_many_rules_are_loaded_again_and_again(tmp_path: Path) -> None:
    """Half a rule set in force, or rules that keep a restart from working."""

    async def edit() -> None:
        number = 0
        while True:
            number += 1
            new = tmp_path / "rules.new"
            new.write_text(rules(more=300 + number % 2), "utf-8")
            new.replace(tmp_path / "rules.yaml")
            # two looks of a second each must see the same before it is loaded
            await passes(2.2)

    report = await attack(tmp_path, kills=4, seed=5, meanwhile=edit)
    assert report.faultless, report


async def test_kills_while_history_is_pruned_all_the_time(tmp_path: Path) -> None:
    """What was answered and is forgotten must not be answered again; what is open must stay."""
    report = await attack(tmp_path, kills=4, seed=6, program=("-c", PRUNING))
    assert report.faultless, report
    assert report.events["history.pruned"], report
