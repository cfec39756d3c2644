"""The ledger that the settings name, open for the time of a `with`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.model.ids import AccountId
    from worker.model.ledger import Ledger
    from worker.settings import Settings


def account_of(settings: Settings) -> AccountId:
    """The account of these settings, under its name in the ledger."""
    from worker.model.ids import AccountId

    return AccountId(settings.platform)


@asynccontextmanager
async def opened(
    settings: Settings, *, read_only: bool = False, beside: bool = False
) -> AsyncIterator[Ledger]:
    """The ledger, as `worker.ledger.open_ledger` says, until the end of the `with`.

    Raises:
        LedgerError: it cannot be opened so; with `read_only` or `beside` none is made.
    """
    from worker.ledger import open_ledger

    ledger = open_ledger(settings.database_url, read_only=read_only, beside=beside)
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()
