"""Metrics: right figures, bounded labels, readable by Prometheus."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.clocks import HandClock
from worker.errors import Problem
from worker.metrics import MAX_PROBLEMS, MAX_RULES, OTHER, Metrics


def test_what_was_counted_is_shown(clock: HandClock) -> None:
    """A figure under another name than it was counted is a dashboard that lies."""
    metrics = Metrics(clock)
    metrics.event("message.received", 2)
    metrics.decision("price-list", "matched")
    metrics.action("reply", "done")
    metrics.reply(1.5)
    metrics.reply(-3)
    metrics.request("conversation_messages", 200, 0.02)
    metrics.request("conversation_messages", "timeout", 20)
    metrics.held(in_doubt=1, dead=2)
    metrics.limit_reached("price-list")
    metrics.set_aside("own_message")
    metrics.rows_unreadable("messages", 3)
    metrics.poll_failed("messages", "timeout")
    metrics.queue(4)
    metrics.unplanned(5)
    metrics.awaiting(person=7, anybody=2)
    metrics.budget(0.5)
    metrics.account(paused=True)
    metrics.loop_lag(-0.1)
    metrics.ready(ready=True)
    values = metrics.values()
    assert values['worker_events_total{kind="message.received"}'] == 2
    assert values['worker_decisions_total{rule="price-list",reason="matched"}'] == 1
    assert values['worker_actions_total{kind="reply",outcome="done"}'] == 1
    assert values["worker_reply_latency_seconds_count"] == 2
    assert values["worker_reply_latency_seconds_sum"] == 1.5
    assert values['worker_requests_total{endpoint="conversation_messages",status="timeout"}'] == 1
    assert (values["worker_actions_in_doubt"], values["worker_actions_dead"]) == (1, 2)
    assert values['worker_limit_reached_total{rule="price-list"}'] == 1
    assert values['worker_events_set_aside_total{reason="own_message"}'] == 1
    assert values['worker_rows_unreadable_total{source="messages"}'] == 3
    assert values['worker_poll_failures_total{source="messages",fault="timeout"}'] == 1
    assert (values["worker_queue_depth"], values["worker_events_unplanned"]) == (4, 5)
    waits = 'worker_conversations_waiting{by="%s"}'
    assert (values[waits % "person"], values[waits % "anybody"]) == (7, 2)
    assert (values["worker_budget_used_ratio"], values["worker_account_paused"]) == (0.5, 1)
    assert (values["worker_loop_lag_seconds"], values["worker_ready"]) == (0, 1)


def test_the_age_of_a_source_grows_until_it_is_read_again(clock: HandClock) -> None:
    """A gauge that is only set when a poll succeeds stays young for ever after the last one."""
    metrics = Metrics(clock)
    metrics.polled("messages")
    clock.pass_by(42)
    assert metrics.values()['worker_poll_age_seconds{source="messages"}'] == 42
    metrics.polled("messages")
    assert metrics.values()['worker_poll_age_seconds{source="messages"}'] == 0


def test_ten_thousand_rules_do_not_make_ten_thousand_series(clock: HandClock) -> None:
    """Cardinality is what makes a Prometheus fall over."""
    metrics = Metrics(clock)
    for number in range(MAX_RULES + 50):
        metrics.decision(f"r{number}", "matched")
    values = metrics.values()
    assert values[f'worker_decisions_total{{rule="{OTHER}",reason="matched"}}'] == 50
    assert sum(name.startswith("worker_decisions_total") for name in values) == MAX_RULES + 1


def test_a_rejected_rule_change_names_file_and_line_until_it_is_mended(clock: HandClock) -> None:
    """An alert that says which line is wrong is mended by whoever gets it."""
    metrics = Metrics(clock)
    metrics.ruleset_loaded("v1", 3)
    problems = [Problem("rules/a.yaml", line, 5, "x") for line in range(1, MAX_PROBLEMS + 20)]
    metrics.ruleset_rejected([*problems, Problem("b", 1, 1, "just a warning", warning=True)])
    values = metrics.values()
    assert values['worker_rule_problem{file="rules/a.yaml",line="7",column="5"}'] == 1
    assert sum(name.startswith("worker_rule_problem") for name in values) == MAX_PROBLEMS
    assert values["worker_ruleset_rejected"] == 1
    assert values['worker_ruleset_version{version="v1"}'] == 1
    metrics.ruleset_loaded("v2", 4)
    values = metrics.values()
    assert not any(name.startswith("worker_rule_problem") for name in values)
    assert 'worker_ruleset_version{version="v1"}' not in values
    assert (values["worker_ruleset_rejected"], values["worker_ruleset_rules"]) == (0, 4)


def test_prometheus_can_read_it_whatever_files_are_called(clock: HandClock) -> None:
    """One label that is no UTF-8 would make every figure unreadable."""
    metrics = Metrics(clock)
    metrics.ruleset_rejected([Problem('a\n"b\\\udcff.yaml', 1, 1, "x")])
    families = text_string_to_metric_families(metrics.exposition().decode("utf-8"))
    names = {family.name for family in families}
    assert {"worker_rule_problem", "worker_events", "worker_ready"} <= names


def test_two_workers_in_one_process_do_not_share_figures(clock: HandClock) -> None:
    """Tests and the demo run several; a global registry refuses the second."""
    one, two = Metrics(clock), Metrics(clock)
    one.queue(7)
    assert two.values()["worker_queue_depth"] == 0
