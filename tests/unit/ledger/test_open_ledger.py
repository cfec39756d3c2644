"""URLs of ledgers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.ledger.nouns import ACCOUNT
from worker.errors import SettingsError
from worker.ledger import SqliteLedger, open_ledger


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/worker.db", "data/worker.db"),
        ("sqlite:////var/lib/worker.db", "/var/lib/worker.db"),
        ("SQLITE:///a%20b.db", "a b.db"),
    ],
)
def test_a_url_names_a_relative_or_an_absolute_file(url: str, path: str) -> None:
    """One slash too few or too many is another file, and an empty ledger answers everyone anew."""
    ledger = open_ledger(url)
    assert isinstance(ledger, SqliteLedger)
    assert ledger._path == Path(path)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://user:secret@host/db", "PostgreSQL is not available in this version"),
        ("postgres://user:secret@host/db", "PostgreSQL is not available in this version"),
        ("mysql://user:secret@host/db", "'mysql' is not known"),
        ("data/worker.db", "no scheme"),
        ("", "no scheme"),
        ("sqlite://", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("sqlite://data/worker.db", "three slashes"),
        ("sqlite:///:memory:", "three slashes"),
        ("sqlite:///a.db?mode=ro", "three slashes"),
        ("http://[secret", "not a URL"),
    ],
)
def test_any_other_url_is_refused_with_what_to_write_and_no_secret(
    url: str, complaint: str
) -> None:
    """A mistyped URL must end in one clear line, and never in a password on the screen."""
    with pytest.raises(SettingsError, match="WORKER_DATABASE_URL") as refusal:
        open_ledger(url)
    assert complaint in str(refusal.value)
    assert "sqlite:///data/worker.db" in str(refusal.value)
    assert "secret" not in str(refusal.value)


async def test_an_opened_url_is_a_working_ledger(tmp_path: Path) -> None:
    """Directories on the way are made: a fresh volume is empty."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/deep/er/w.db")
    await ledger.open()
    await ledger.remember(ACCOUNT, {"a": "1"})
    await ledger.close()
    looking = open_ledger(f"sqlite:///{tmp_path}/deep/er/w.db", read_only=True)
    await looking.open()
    assert await looking.memo(ACCOUNT) == {"a": "1"}
    await looking.close()
