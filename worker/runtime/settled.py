"""What the log and the metrics are told of an action that has moved on."""

from __future__ import annotations

from datetime import datetime

from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import Intent, IntentState

log = get_logger()


def tell_settled(intent: Intent, now: datetime, metrics: Metrics) -> None:
    """The intent's new state is counted and logged; one that waits for a person twice.

    Args:
        now: platform time.
    """
    metrics.action(intent.kind, intent.state)
    if intent.visible and intent.state is IntentState.DONE:
        metrics.reply((now - intent.event_at).total_seconds())
    log.info(
        "intent.settled",
        intent=intent.key,
        rule=intent.rule_id,
        action=intent.kind,
        state=intent.state.value,
        attempt=intent.attempt,
        event_id=intent.event_id,
        reason=intent.reason or None,
        error=intent.error or None,
    )
    if intent.state in (IntentState.DEAD, IntentState.IN_DOUBT):
        log.warning(
            "intent.held",
            intent=intent.key,
            state=intent.state.value,
            conversation=intent.conversation_id,
            settle=f"worker actions show {intent.key}; then retry, drop or confirm it",
        )
