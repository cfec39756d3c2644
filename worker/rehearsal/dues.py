"""What is due in a stretch in which nothing happens: timers, schedules, customers who wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from worker.engine.thresholds import thresholds
from worker.ledger.memory import MemoryLedger
from worker.model.event import EventKind
from worker.model.rule import RuleSet
from worker.rehearsal.service import ACCOUNT
from worker.runtime.due import next_due

ALL = 1_000_000
"""More rows than any test makes."""


async def first_due(ledger: MemoryLedger, rules: RuleSet, now: datetime) -> datetime | None:
    """The first time after `now` at which something is due that the worker must look for by itself;
    None: nothing is.
    """
    found = [timer.due_at for timer in await ledger.timers(ACCOUNT, limit=ALL) if timer.due_at]
    found += _scheduled(rules, now)
    for threshold in thresholds(rules):
        rows = await ledger.awaiting(
            ACCOUNT,
            automatic=threshold.automatic,
            after=(datetime.min.replace(tzinfo=now.tzinfo), ""),
            until=now,
            limit=ALL,
        )
        crossings = (threshold.crossed_at(since) for _, since in rows)
        found += [crossed for crossed in crossings if crossed is not None]
    return min((due for due in found if due > now), default=None)


def _scheduled(rules: RuleSet, now: datetime) -> Iterator[datetime]:
    for rule in rules.rules:
        for trigger in rule.triggers:
            if trigger.kind is EventKind.SCHEDULE and rule.state != "paused":
                told = trigger.parameters
                due = next_due(told["cron"], told["timezone"], now)
                if due is not None:
                    yield due
