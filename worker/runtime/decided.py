"""A decision is told to the operator: in figures, and in one line of the log."""

from __future__ import annotations

from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.ledger import Planned
from worker.model.verdict import Reason

log = get_logger()

_LOGGED = 50
"""Rules named in one line; the event's trace in the ledger has more."""


def tell_decision(planned: Planned, metrics: Metrics) -> None:
    """The decision is counted by rule and reason, and logged."""
    acting: list[str] = []
    withheld: dict[str, str] = {}
    for trace in planned.trace.rules:
        rule, reason = trace.rule, trace.reason
        metrics.decision(rule, reason)
        if reason is Reason.MATCHED:
            acting.append(rule)
        elif reason is not Reason.CONDITION and len(withheld) < _LOGGED:
            withheld[rule] = reason.value
        if reason in (Reason.LIMIT, Reason.LOOP):
            metrics.limit_reached(rule)
        if reason is Reason.SHADOW:
            for act in trace.acts:
                metrics.would_act(rule, act.kind)
    log.info(
        "event.planned",
        event_id=planned.events[-1],
        rules=acting[:_LOGGED],
        withheld=withheld,
        intents=len(planned.intents),
    )
