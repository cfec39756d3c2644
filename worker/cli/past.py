"""The recorded past of the ledger, for commands that replay it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from worker.cli.opened import account_of, opened
from worker.errors import SettingsError

if TYPE_CHECKING:
    from worker.engine.course import Course
    from worker.model.ids import AccountId
    from worker.model.ledger import Ledger
    from worker.settings import Settings

Shown = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Told how many decisions there are, and then how many more are done."""

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)  # before it nothing is recorded, nor needs reckoning

SINCE_HELP = "how far back: a duration (7d, 36h), or a time with its offset; default 7d"


def read_since(text: str, now: datetime) -> datetime:
    """The time that `--since` names.

    Raises:
        SettingsError: it names none, or one that is still to come.
    """
    from worker.duration import EXPECTED, parse_duration

    try:
        try:
            since = now - parse_duration(text)
        except ValueError:
            since = datetime.fromisoformat(text)
        since = max(since.astimezone(UTC), _FIRST)
    except (ValueError, OverflowError) as error:
        raise SettingsError(
            f"--since {text}: expected {EXPECTED}, or a time such as 2026-10-01T09:00+08:00"
        ) from error
    if since > now:
        raise SettingsError(f"--since {text}: that is still to come")
    return since


async def replay_past(settings: Settings, since: datetime, course: Course) -> int:
    """Every recorded decision since then was handed over, in the order they were made; how many.

    Raises:
        LedgerError: there is no ledger that can be read.
    """
    async with opened(settings, read_only=True) as ledger:
        return await replay(ledger, account_of(settings), since, course, progress)


async def replay(
    ledger: Ledger, account: AccountId, since: datetime, course: Course, shown: Shown
) -> int:
    """The same of an open ledger.

    Raises:
        LedgerError: it cannot be read.
    """
    numbers = await ledger.decisions(account, since)
    course.begin(await ledger.recent(account, since - course.looks_back), since)
    with shown(len(numbers)) as advance:
        for page in numbers.pages():
            for decision in await ledger.decided(account, page):
                course.take(decision)
            advance(len(page))
    return len(numbers)


@contextmanager
def unseen(_total: int) -> Iterator[Callable[[int], None]]:
    """No progress is shown."""
    yield lambda _more: None


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, on standard error; nothing elsewhere."""
    if not sys.stderr.isatty():
        with unseen(total) as advance:
            yield advance
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "decisions,", TimeRemainingColumn(), "left")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda more: bar.advance(task, more)
