"""What the operator is told of a decision."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.build import ACCOUNT, NOW
from tests.clocks import HandClock
from worker.metrics import Metrics
from worker.model.ids import EventId
from worker.model.ledger import Planned
from worker.model.verdict import Act, Reason, RuleTrace, Trace
from worker.runtime.decided import tell_decision


def planned(*rules: RuleTrace) -> Planned:
    """A decision with these traces."""
    return Planned(
        account=ACCOUNT, events=(EventId("message:1"),), at=NOW, trace=Trace(tuple(rules))
    )


def told(*rules: RuleTrace) -> dict[str, float]:
    """The figures after such a decision."""
    metrics = Metrics(HandClock())
    tell_decision(planned(*rules), metrics)
    return dict(metrics.values())


def test_what_rules_in_shadow_would_have_done_is_counted_apart() -> None:
    """A trial could only be watched by reading traces one by one."""
    acts = (Act(0, "reply", "hello", visible=True), Act(1, "tag"))
    figures = told(
        RuleTrace("trial", Reason.SHADOW, shadow=True, acts=acts),
        RuleTrace("live", Reason.MATCHED, acts=acts),
        RuleTrace("rests", Reason.COOLDOWN, shadow=True),
    )
    assert figures['worker_decisions_total{rule="trial",reason="shadow"}'] == 1
    assert figures['worker_shadow_actions_total{rule="trial",kind="reply"}'] == 1
    assert figures['worker_shadow_actions_total{rule="trial",kind="tag"}'] == 1
    assert sum("shadow_actions" in name for name in figures) == 2


def test_reached_limits_are_counted() -> None:
    """A customer who hears nothing more would show in no figure."""
    figures = told(RuleTrace("a", Reason.LIMIT), RuleTrace("b", Reason.LOOP))
    assert figures['worker_limit_reached_total{rule="a"}'] == 1
    assert figures['worker_limit_reached_total{rule="b"}'] == 1


def test_ten_thousand_rules_are_one_short_line() -> None:
    """One message would fill a page of the log."""
    rules = [RuleTrace(f"r{number}", Reason.OUTRANKED) for number in range(10_000)]
    acting = RuleTrace("acts", Reason.MATCHED)
    with capture_logs() as lines:
        tell_decision(planned(*rules, acting), Metrics(HandClock()))
    (line,) = lines
    assert len(line["withheld"]) == 50
    assert line["rules"] == ["acts"]
