"""`worker prune`: old history is dropped, beside a running worker or without one."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from worker.cli.opened import account_of, opened

if TYPE_CHECKING:
    from datetime import datetime

    from worker.cli.parser import Verbs
    from worker.model.ids import AccountId
    from worker.model.ledger import Ledger
    from worker.model.pruning import Pruned
    from worker.settings import Settings

_PAUSE_S = 0.02  # between batches, where a running worker wants to write too
_MIB = 2**20


def register(verbs: Verbs) -> None:
    """`prune` is a verb."""
    parser = verbs.add_parser(
        "prune",
        help="drops old history",
        description="Drops decided events and finished actions of long ago, in batches that a "
        "running worker does not feel. Never dropped: cursors, states of conversations and "
        "contacts, actions that are open, dead or in doubt, and the ids by which old messages are "
        "recognised: pruning never makes anything be answered again. Without a running worker the "
        "file is also made smaller. Exit 3: there is no readable ledger.",
    )
    parser.add_argument(
        "--older-than", type=_length, required=True, metavar="DURATION", help="such as 90d"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be dropped")
    parser.set_defaults(call=run)


def _length(text: str) -> timedelta:
    from worker.duration import parse_duration
    from worker.runtime.retention import SHORTEST_NEEDED

    try:
        length = parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if length < SHORTEST_NEEDED:
        raise argparse.ArgumentTypeError("must be at least 1d: limits look back so far")
    return length


def run(arguments: argparse.Namespace) -> int:
    """What is old was dropped, or counted."""
    import asyncio

    from worker.settings import load_settings

    settings = load_settings()
    work = _count if arguments.dry_run else _prune
    for line in asyncio.run(work(settings, arguments.older_than)):
        print(line)
    return 0


async def _count(settings: Settings, older: timedelta) -> list[str]:
    async with opened(settings, read_only=True) as ledger:
        before, lines = await _before(ledger, settings, older)
        pruned = await ledger.prunable(account_of(settings), before)
    return [*lines, f"would drop {_counts(pruned)} from before {_moment(before)}"]


async def _prune(settings: Settings, older: timedelta) -> list[str]:
    from worker.errors import LedgerHeldError
    from worker.ledger import SqliteLedger, open_ledger

    async with opened(settings, read_only=True):
        pass  # before anything: no ledger is made by pruning
    ledger = open_ledger(settings.database_url)
    try:
        await ledger.open()
        pause_s = 0.0
    except LedgerHeldError:
        ledger = open_ledger(settings.database_url, beside=True)
        await ledger.open()
        pause_s = _PAUSE_S
    try:
        before, lines = await _before(ledger, settings, older)
        pruned = await _all(ledger, account_of(settings), before, pause_s)
        lines.append(f"dropped {_counts(pruned)} from before {_moment(before)}")
        if isinstance(ledger, SqliteLedger) and not pause_s:
            was, now = await ledger.compact()
            lines.append(f"the file had {was / _MIB:.1f} MiB and has {now / _MIB:.1f} MiB")
    finally:
        await ledger.close()
    return lines


async def _before(
    ledger: Ledger, settings: Settings, older: timedelta
) -> tuple[datetime, list[str]]:
    """The time before which history is old; never one that the rules still need."""
    from worker.clock import SystemClock
    from worker.duration import format_duration
    from worker.runtime.retention import NEEDED

    memo = await ledger.memo(account_of(settings))
    needed = timedelta(seconds=int(memo.get(NEEDED, "0")))
    lines = []
    if needed > older:
        lines.append(f"the rules look back {format_duration(needed)}: so much is kept")
    return SystemClock().now() - max(older, needed), lines


async def _all(ledger: Ledger, account: AccountId, before: datetime, pause_s: float) -> Pruned:
    from worker.clock import SystemClock
    from worker.model.pruning import Pruned

    clock = SystemClock()
    batch = await ledger.prune(account, before)
    total = batch
    while batch.rest is not None:
        await clock.sleep(pause_s)
        batch = await ledger.prune(account, before, start=batch.rest)
        total = Pruned(
            total.events + batch.events,
            total.intents + batch.intents,
            total.firings + batch.firings,
        )
    return total


def _counts(pruned: Pruned) -> str:
    return f"{pruned.events} events, {pruned.intents} actions, {pruned.firings} firings"


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
