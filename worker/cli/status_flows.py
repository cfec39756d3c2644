"""Rules that wait, as `worker status` tells them: what is due next, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.model.flow import Timer
    from worker.model.ledger import Summary


def as_json(timers: tuple[Timer, ...], summary: Summary) -> dict[str, Any]:
    """For a machine; `next` are the soonest."""
    return {
        "count": summary.timers,
        "next": [
            {
                "event": timer.event_id,
                "rule": timer.flow.rule_id,
                "kind": timer.kind,
                "step": timer.flow.step,
                "due_at": timer.due_at.isoformat() if timer.due_at is not None else None,
                "until": list(timer.flow.until),
                "conversation": timer.conversation_id,
            }
            for timer in timers
        ],
    }


def as_text(timers: tuple[Timer, ...], summary: Summary) -> Iterator[str]:
    """The figure in any case; rows only where rules wait."""
    yield f"flows    {summary.timers} rules wait for a time or an answer"
    for timer in timers:
        due = timer.due_at.isoformat(timespec="seconds") if timer.due_at is not None else "now"
        step = f" '{timer.flow.step}'" if timer.flow.step else ""
        until = f" or {', '.join(timer.flow.until)}" if timer.flow.until else ""
        where = timer.conversation_id or timer.flow.about
        yield f"  until {due}{until}  {timer.flow.rule_id} {timer.kind}{step}  {where}"
