"""A damaged ledger: what can be read is saved, what cannot is no reason to lose the rest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.ledger.nouns import ACCOUNT, event, intent, planned, receipt
from worker.cli.main import main
from worker.errors import LedgerError
from worker.ledger import SqliteLedger, rescue

EVENTS = 400


@pytest.fixture
async def damaged(tmp_path: Path) -> Path:
    """A ledger of many pages, closed and still whole."""
    path = tmp_path / "w.db"
    ledger = SqliteLedger(path)
    await ledger.open()
    seen = [event(number) for number in range(EVENTS)]
    await ledger.receive(receipt(*seen, memo={"cursor": "7"}))
    await ledger.plan([planned(one, intents=(intent(one),)) for one in seen])
    await ledger.close()
    return path


def pages(path: Path, table: str) -> list[int]:
    """The leaves of a table or an index, by offset in the file."""
    found = []
    with closing(sqlite3.connect(path)) as link:
        (root,) = link.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchone()
    content = path.read_bytes()
    start = (root - 1) * 4096
    assert content[start] == 5, "an inner page of a table"
    cells = int.from_bytes(content[start + 3 : start + 5], "big")
    for cell in range(cells):
        at = start + 12 + 2 * cell
        place = start + int.from_bytes(content[at : at + 2], "big")
        found.append((int.from_bytes(content[place : place + 4], "big") - 1) * 4096)
    found.append((int.from_bytes(content[start + 8 : start + 12], "big") - 1) * 4096)
    return found


def spoil(path: Path, *offsets: int) -> None:
    """These pages hold nothing that makes sense."""
    with path.open("r+b") as file:
        for offset in offsets:
            file.seek(offset)
            file.write(b"\xa5" * 4096)


async def test_a_whole_ledger_is_copied_whole(damaged: Path, tmp_path: Path) -> None:
    """Whoever is not sure whether it is damaged loses nothing by it."""
    new = tmp_path / "new.db"
    counts = rescue.rescue(damaged, new)
    assert (counts["events"], counts["intents"], counts["memo"]) == (EVENTS, EVENTS, 1)
    ledger = SqliteLedger(new)
    await ledger.open()
    assert len(await ledger.open_intents(ACCOUNT)) == EVENTS
    assert await ledger.memo(ACCOUNT) == {"cursor": "7"}
    await ledger.close()


@pytest.mark.parametrize("which", [0, 3, -1, slice(2, 9)])
async def test_only_what_lies_on_the_damaged_pages_is_lost(
    damaged: Path, tmp_path: Path, which: int | slice
) -> None:
    """One bad page of an old event must not cost the protection of all the others."""
    leaves = pages(damaged, "events")
    spoiled = leaves[which] if isinstance(which, slice) else [leaves[which]]
    spoil(damaged, *spoiled)
    counts = rescue.rescue(damaged, tmp_path / "new.db")
    lost = EVENTS - counts["events"]
    assert 0 < lost <= len(spoiled) * 2 * EVENTS / len(leaves)
    assert counts["intents"] == EVENTS
    ledger = SqliteLedger(tmp_path / "new.db")
    await ledger.open()
    assert (await ledger.summary(ACCOUNT)).events == counts["events"]
    await ledger.close()


def test_a_damaged_index_costs_nothing(damaged: Path, tmp_path: Path) -> None:
    """Indexes are made anew."""
    with closing(sqlite3.connect(damaged)) as link:
        roots = [
            (root - 1) * 4096
            for (root,) in link.execute("SELECT rootpage FROM sqlite_schema WHERE type = 'index'")
        ]
    spoil(damaged, *roots)
    counts = rescue.rescue(damaged, tmp_path / "new.db")
    assert (counts["events"], counts["intents"]) == (EVENTS, EVENTS)


def test_what_cannot_be_done_is_said_and_nothing_is_overwritten(
    damaged: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A slip of the hand must not destroy the last good copy."""
    good = tmp_path / "good.db"
    good.write_text("precious")
    for old, new, words in (
        (damaged, good, "exists already"),
        (tmp_path / "none", tmp_path / "new.db", "there is no file"),
        (damaged, tmp_path / "none" / "new.db", "new.db cannot be made"),
        (good, tmp_path / "new.db", "not a database"),
    ):
        with pytest.raises(LedgerError, match=words):
            rescue.rescue(old, new)
    assert good.read_text() == "precious"
    assert not (tmp_path / "new.db").exists()
    assert main(["rescue", str(damaged), str(good)]) == 3
    assert "exists already" in capsys.readouterr().err
    assert main(["rescue", str(damaged), str(tmp_path / "new.db")]) == 0
    assert f"{EVENTS}  events" in capsys.readouterr().out
