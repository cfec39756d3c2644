"""`worker status`: what the ledger says, beside a running worker or after it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from worker.cli import status_flows, status_rules
from worker.cli.opened import account_of, opened
from worker.cli.status_rules import Acting, acting_lately

if TYPE_CHECKING:
    from worker.cli.parser import Verbs
    from worker.model.action import Intent
    from worker.model.flow import Timer
    from worker.model.ledger import StoredEvent, Summary
    from worker.settings import Settings

_SHOWN = 10  # events, and actions that wait for a person; the figures count all


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look into the ledger."""

    account: str
    now: datetime
    summary: Summary
    waiting: tuple[Intent, ...]
    acting: tuple[Acting, ...]
    events: tuple[StoredEvent, ...]
    timers: tuple[Timer, ...]


def register(verbs: Verbs) -> None:
    """`status` is a verb."""
    parser = verbs.add_parser(
        "status",
        help="what the ledger says",
        description="Shows rule set, sources and their age, events, queue, held and dead actions; "
        "works beside a running worker. "
        "Exit 3: there is no readable ledger.",
    )
    parser.add_argument("--json", action="store_true", help="for a machine")
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """The ledger's figures were printed."""
    import asyncio

    from worker.settings import load_settings

    seen = asyncio.run(_look(load_settings()))
    print(json.dumps(_as_json(seen), indent=2) if arguments.json else "\n".join(_as_text(seen)))
    return 0


async def _look(settings: Settings) -> _Seen:
    from worker.clock import SystemClock
    from worker.model.action import IntentState

    account, now = account_of(settings), SystemClock().now()
    async with opened(settings, read_only=True) as ledger:
        return _Seen(
            account=account,
            now=now,
            summary=await ledger.summary(account),
            waiting=await ledger.intents(
                account, (IntentState.IN_DOUBT, IntentState.DEAD), limit=_SHOWN
            ),
            acting=await acting_lately(ledger, account, now),
            events=await ledger.events(account, limit=_SHOWN),
            timers=await ledger.timers(account, limit=_SHOWN),
        )


def _as_json(seen: _Seen) -> dict[str, Any]:
    from worker.runtime.notices import RULES_VERSION

    return {
        "account": seen.account,
        "events": {"stored": seen.summary.events, "unplanned": seen.summary.unplanned},
        "waiting": {
            "for_a_person": seen.summary.awaiting_person,
            "for_any_answer": seen.summary.awaiting_answer,
        },
        "actions": _counts(seen.summary),
        "flows": status_flows.as_json(seen.timers, seen.summary),
        "rules_version": seen.summary.memo.get(RULES_VERSION, ""),
        "sources": {
            name: {"read_at": _moment(at), "age_s": round((seen.now - at).total_seconds(), 1)}
            for name, at in _sources(seen)
        },
        "memo": dict(_remembered(seen)),
        "waiting_for_a_person": [
            {
                "key": one.key,
                "state": one.state.value,
                "rule": one.rule_id,
                "kind": one.kind,
                "event": one.event_id,
                "conversation": one.conversation_id,
                "attempts": one.attempt,
                "error": one.error,
            }
            for one in seen.waiting
        ],
        "last_24h": status_rules.as_json(seen.acting),
        "last_events": [
            {
                "id": one.event.id,
                "kind": one.event.kind.value,
                "at": _moment(one.event.at),
                "conversation": one.event.conversation_id,
                "set_aside": one.event.set_aside,
                "planned": one.planned_at is not None,
                "rules": _matched(one),
            }
            for one in seen.events
        ],
    }


def _as_text(seen: _Seen) -> Iterator[str]:
    from worker.gateways.usage import USAGE_MEMO
    from worker.log import one_line
    from worker.runtime.notices import RULES_VERSION
    from worker.runtime.retention import NEEDED

    counts = ", ".join(f"{count} {state}" for state, count in _counts(seen.summary).items())
    yield f"account  {seen.account}"
    yield f"rules    {seen.summary.memo.get(RULES_VERSION) or 'none loaded yet'}"
    sources = [f"{name} read {_age(seen.now, at)} ago" for name, at in _sources(seen)]
    yield f"sources  {', '.join(sources) or 'none read yet'}"
    yield f"events   {seen.summary.events} stored, {seen.summary.unplanned} without a decision"
    person, answer = seen.summary.awaiting_person, seen.summary.awaiting_answer
    yield f"waiting  {person} customers for a person, {answer} of them for any answer"
    yield f"actions  {counts or 'none'}"
    yield from map(one_line, status_flows.as_text(seen.timers, seen.summary))
    if seen.waiting:
        yield "waiting for a person, newest first:"
    for action in seen.waiting:
        yield one_line(
            f"  {action.state.value:<8} {action.key}  {action.rule_id} {action.kind}"
            f"  {action.conversation_id or action.event_id}  {action.error}"
        ).rstrip()
    yield from status_rules.as_text(seen.acting)
    if seen.events:
        yield "last events:"
    for stored in seen.events:
        yield one_line(f"  {_moment(stored.event.at)}  {stored.event.id}  {_decided(stored)}")
    for_the_next_start = (USAGE_MEMO, NEEDED)  # told by --json
    remembered = [one for one in _remembered(seen) if one[0] not in for_the_next_start]
    if remembered:
        yield "remembered:"
    for name, value in remembered:
        yield one_line(f"  {name} = {value}")


def _sources(seen: _Seen) -> list[tuple[str, datetime]]:
    """When each source was last read, as the running worker noted at most 10 s later."""
    from worker.runtime.notices import POLLED

    return [
        (name.removeprefix(POLLED), datetime.fromisoformat(value))
        for name, value in sorted(seen.summary.memo.items())
        if name.startswith(POLLED)
    ]


def _remembered(seen: _Seen) -> list[tuple[str, str]]:
    """What else is remembered of the account."""
    from worker.runtime.notices import POLLED, RULES_VERSION

    return [
        (name, value)
        for name, value in sorted(seen.summary.memo.items())
        if name != RULES_VERSION and not name.startswith(POLLED)
    ]


def _age(now: datetime, at: datetime) -> str:
    """Whole seconds, or less exact where that says more."""
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours


def _counts(summary: Summary) -> dict[str, int]:
    return {state.value: count for state, count in summary.intents.items() if count}


def _matched(stored: StoredEvent) -> list[str]:
    from worker.model.verdict import Reason

    rules = stored.trace.rules if stored.trace else ()
    return [one.rule for one in rules if one.reason is Reason.MATCHED]


def _decided(stored: StoredEvent) -> str:
    if stored.event.set_aside is not None:
        return stored.event.set_aside.value
    if stored.planned_at is None:
        return "no decision yet"
    return ", ".join(_matched(stored)) or "no rule"


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
