"""A decision is told to the operator: in figures, and in one line of the log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.ledger import Planned
from worker.model.verdict import Reason

log = get_logger()

_LOGGED = 50
"""Rules named in one line; the event's trace in the ledger has more."""


def tell_decision(planned: Planned, metrics: Metrics) -> None:
    """The decision is counted by rule and reason, and logged."""
    for trace in planned.trace.rules:
        metrics.decision(trace.rule, trace.reason)
        if trace.reason in (Reason.LIMIT, Reason.LOOP):
            metrics.limit_reached(trace.rule)
        if trace.reason is Reason.SHADOW:
            for act in trace.acts:
                metrics.would_act(trace.rule, act.kind)
    log.info(
        "event.planned",
        event_id=planned.events[-1],
        rules=list(islice(_acting(planned), _LOGGED)),
        withheld=dict(islice(_withheld(planned), _LOGGED)),
        intents=len(planned.intents),
    )


def _acting(planned: Planned) -> Iterator[str]:
    return (one.rule for one in planned.trace.rules if one.reason is Reason.MATCHED)


def _withheld(planned: Planned) -> Iterator[tuple[str, str]]:
    for one in planned.trace.rules:
        if one.reason not in (Reason.MATCHED, Reason.CONDITION):
            yield one.rule, one.reason.value
