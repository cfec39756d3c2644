"""`worker prune`: old history goes, what protects from a repeat stays."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clocks import HandClock
from tests.unit.ledger.nouns import at, event, intent, planned, receipt, settlement
from worker.cli.main import main
from worker.clock import SystemClock
from worker.ledger import SqliteLedger
from worker.ledger.connection import connect
from worker.model.action import IntentState
from worker.model.ids import AccountId
from worker.model.pruning import Pruned

PATH = Path("data/worker.db")
ACCOUNT = AccountId("imbrace")
OLD = 300


@pytest.fixture(autouse=True)
def directory(clean_environment: Path) -> Path:
    """An empty working directory."""
    return clean_environment


async def _answered(ledger: SqliteLedger, *numbers: int) -> None:
    seen = [event(number, account=ACCOUNT, text="a question " * 100) for number in numbers]
    made = [intent(one) for one in seen]
    await ledger.receive(receipt(*seen))
    await ledger.plan([planned(one, intents=(its,)) for one, its in zip(seen, made, strict=True)])
    await ledger.claim([one.key for one in made], at(0))
    await ledger.settle([settlement(one, IntentState.DONE, 1) for one in made])


async def _one_after_the_other(ledger: SqliteLedger, numbers: Iterable[int]) -> None:
    for number in numbers:
        await _answered(ledger, number)


async def _fill(memo: dict[str, str] | None = None) -> None:
    """600 messages were answered a year ago, and one today."""
    clock = HandClock()
    old = SqliteLedger(PATH, clock=clock)
    await old.open()
    await _answered(old, *range(OLD))
    await old.remember(ACCOUNT, memo or {})
    await old.close()
    young = SqliteLedger(PATH, clock=SystemClock())
    await young.open()
    await _answered(young, OLD)
    await young.close()


@pytest.fixture
def filled() -> None:
    """A ledger of a stopped worker."""
    asyncio.run(_fill())


def _left() -> Pruned:
    async def count() -> Pruned:
        ledger = SqliteLedger(PATH, read_only=True)
        await ledger.open()
        try:
            return await ledger.prunable(ACCOUNT, SystemClock().now() - timedelta(days=1))
        finally:
            await ledger.close()

    return asyncio.run(count())


@pytest.mark.usefixtures("filled")
def test_a_dry_run_counts_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody deletes a year on a guess."""
    before = PATH.read_bytes()
    assert main(["prune", "--older-than", "30d", "--dry-run"]) == 0
    assert f"would drop {OLD} events, " in capsys.readouterr().out
    assert PATH.read_bytes() == before


@pytest.mark.usefixtures("filled")
def test_without_a_worker_the_file_becomes_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    """A disk that is full is why most people prune."""
    before = PATH.stat().st_size
    assert main(["prune", "--older-than", "30d"]) == 0
    assert f"dropped {OLD} events" in capsys.readouterr().out
    assert PATH.stat().st_size < before / 2
    assert _left().events == 0


@pytest.mark.usefixtures("filled")
def test_beside_a_worker_it_prunes_and_the_worker_goes_on() -> None:
    """A worker that must be stopped for housekeeping is a worker that is not pruned."""

    async def beside() -> int:
        worker = SqliteLedger(PATH)
        await worker.open()
        code, _ = await asyncio.gather(
            asyncio.to_thread(main, ["prune", "--older-than", "30d"]),
            _one_after_the_other(worker, range(OLD + 1, OLD + 60)),
        )
        assert await worker.receive(receipt(*(event(n, account=ACCOUNT) for n in range(OLD)))) == ()
        await _answered(worker, OLD + 100)
        assert (await worker.summary(ACCOUNT)).unplanned == 0
        await worker.close()
        return code

    assert asyncio.run(beside()) == 0
    assert _left().events == 0


def test_what_the_rules_look_back_to_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """A cooldown of two years that forgets after one greets the same customer again."""
    asyncio.run(_fill({"history.needed_s": str(730 * 86_400)}))
    assert main(["prune", "--older-than", "30d"]) == 0
    out = capsys.readouterr().out
    assert "look back 730d" in out
    assert "dropped 0 events" in out


@pytest.mark.usefixtures("filled")
def test_a_file_made_before_pages_could_be_given_back_learns_it() -> None:
    """Files of an earlier version would never become smaller by themselves."""
    with closing(connect(f"file:{PATH}?mode=rw")) as opened:
        opened.execute("PRAGMA auto_vacuum = NONE")
        opened.execute("PRAGMA journal_mode = DELETE")
        opened.execute("VACUUM")
        assert opened.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    assert main(["prune", "--older-than", "30d"]) == 0
    with closing(sqlite3.connect(PATH)) as opened:
        assert opened.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("length", ["", "90", "23h", "-1d", "soon"])
def test_a_length_that_is_none_or_too_short_is_exit_2(length: str) -> None:
    """What the default limits count must not be dropped."""
    with pytest.raises(SystemExit) as ended:
        main(["prune", "--older-than", length])
    assert ended.value.code == 2


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_without_a_ledger_it_is_exit_3_and_none_is_made(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path must not look like an empty ledger."""
    assert main(["prune", "--older-than", "90d", *more]) == 3
    assert "there is no ledger" in capsys.readouterr().err
    assert not PATH.exists()
