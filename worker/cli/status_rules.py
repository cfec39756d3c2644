"""What rules did lately, and what rules in shadow would have done beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.model.ids import AccountId
    from worker.model.ledger import Activity, Ledger, StoredEvent
    from worker.model.verdict import RuleTrace

LATELY = timedelta(hours=24)
_BUSIEST = 10  # live rules; those in shadow are few, and all are told
_SHOWN = 60  # characters of one text


@dataclass(frozen=True, slots=True)
class Acting:
    """One rule's last 24 hours, with its newest event where it is still recorded."""

    activity: Activity
    example: StoredEvent | None


async def acting_lately(ledger: Ledger, account: AccountId, now: datetime) -> tuple[Acting, ...]:
    """The busiest live rules, then every rule in shadow."""
    found = await ledger.activity(account, now - LATELY)
    busiest = sorted((one for one in found if not one.shadow), key=lambda one: -one.firings)
    told = [Acting(one, None) for one in busiest[:_BUSIEST]]
    for one in found:
        if one.shadow:
            example = await ledger.event(account, one.last) if one.last is not None else None
            told.append(Acting(one, example))
    return tuple(told)


def as_json(acting: tuple[Acting, ...]) -> list[dict[str, Any]]:
    """For a machine."""
    return [
        {
            "rule": one.activity.rule_id,
            "shadow": one.activity.shadow,
            "acted": one.activity.firings,
            "messages": one.activity.sends,
            **(_shadow(one) if one.activity.shadow else {}),
        }
        for one in acting
    ]


def _shadow(one: Acting) -> dict[str, Any]:
    answered = {name: count for name, count in one.activity.beside.items() if name}
    return {
        "answered_by": answered,
        "answered_by_nobody": sum(one.activity.beside.values()) - sum(answered.values()),
        "example": one.activity.last,
        "would_have_said": _said(_trace(one, one.activity.rule_id)),
    }


def as_text(acting: tuple[Acting, ...]) -> Iterator[str]:
    """Line by line; nothing where no rule acted."""
    from worker.log import one_line

    if acting:
        yield "rules in the last 24 h:"
    for one in acting:
        activity = one.activity
        counted = f"{_times(activity.firings)}, {_messages(activity.sends)}"
        if not activity.shadow:
            yield one_line(f"  {activity.rule_id}  acted {counted}")
            continue
        beside = ", ".join(f"{name or 'nobody'} {count}" for name, count in activity.beside.items())
        yield one_line(
            f"  {activity.rule_id} (shadow)  would have acted {counted}; answered there: {beside}"
        )
        yield from map(one_line, _example(one))


def _example(one: Acting) -> Iterator[str]:
    """The newest event of a rule in shadow: what it would have said, and what was said."""
    stored = one.example
    if stored is None:
        return
    asked = f"  “{_short(stored.event.message.words)}”" if stored.event.message else ""
    yield f"    for example {stored.event.id}{asked}"
    rule = one.activity.rule_id
    yield f"      {rule} would have said “{_said(_trace(one, rule))}”"
    for name in one.activity.beside:
        said = _said(_trace(one, name))
        if said:
            yield f"      {name} said “{said}”"


def _trace(one: Acting, rule: str) -> RuleTrace | None:
    traces = one.example.trace.rules if one.example and one.example.trace else ()
    return next((trace for trace in traces if trace.rule == rule and trace.acts), None)


def _said(trace: RuleTrace | None) -> str:
    """The first thing of it that a customer would read, else what it does."""
    acts = trace.acts if trace is not None else ()
    first = next((act for act in acts if act.visible), next(iter(acts), None))
    if first is None:
        return ""
    return _short(first.text if first.visible else f"{first.kind} {first.text}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
