"""Every implementation of the ledger, open and empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from tests.clocks import HandClock
from worker.ledger import SqliteLedger
from worker.ledger.memory import MemoryLedger
from worker.model.ledger import Ledger


class Store(Protocol):
    """A ledger that can be opened anew, as after a restart."""

    ledger: Ledger

    async def reopen(self) -> Ledger:
        """The same store, by a new opening."""
        ...


class _Memory:
    def __init__(self, clock: HandClock) -> None:
        self.ledger: Ledger = MemoryLedger(clock=clock)

    async def reopen(self) -> Ledger:
        await self.ledger.close()
        await self.ledger.open()
        return self.ledger


class _Sqlite:
    def __init__(self, path: Path, clock: HandClock) -> None:
        self._path, self._clock = path, clock
        self.ledger: Ledger = SqliteLedger(path, clock=clock)

    async def reopen(self) -> Ledger:
        await self.ledger.close()
        self.ledger = SqliteLedger(self._path, clock=self._clock)
        await self.ledger.open()
        return self.ledger


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock
) -> AsyncIterator[Store]:
    """An open store of each kind."""
    made: Store
    made = _Memory(clock) if request.param == "memory" else _Sqlite(tmp_path / "w.db", clock)
    await made.ledger.open()
    yield made
    await made.ledger.close()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """The open ledger of the store."""
    return store.ledger
