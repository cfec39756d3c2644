"""Metrics: every figure the worker shows, declared once, with bounded labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from worker.clock import Clock
from worker.errors import Problem, errors_among

# A label for every rule of a 10,000-rule set would cost the collector more than it tells.
MAX_RULES = 1000
MAX_PROBLEMS = 100
OTHER = "(other)"
# Seconds. From what a poll interval allows to where an answer is stale (15 min).
_LATENCY_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900)
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: set[str] = set()
        self._known: dict[tuple[str, ...], Counter] = {}
        self._known_times: dict[str, Histogram] = {}
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody reads
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._declare_decisions()
        self._declare_sends()
        self._declare_state()

    def _declare_decisions(self) -> None:
        self._events = self._counter("events", "Events stored, by kind.", "kind")
        self._decisions = self._counter(
            "decisions", "What rules said to events, by rule and reason.", "rule", "reason"
        )
        self._shadow = self._counter(
            "shadow_actions", "What rules in shadow would have done.", "rule", "kind"
        )
        self._aside = self._counter(
            "events_set_aside", "Events no rule was asked about, by reason.", "reason"
        )
        self._limits = self._counter("limit_reached", "Answers withheld by a limit.", "rule")
        self._unreadable = self._counter("rows_unreadable", "Rows left out: wrong types.", "source")
        self._ruleset = self._gauge("ruleset_version", "1 for the rule set in force.", "version")
        self._rules_loaded = self._gauge("ruleset_rules", "Rules in force.")
        self._rejected = self._gauge("ruleset_rejected", "1 while changed rules are rejected.")
        self._problems = self._gauge(
            "rule_problem", "1 for each error in the rule files.", "file", "line", "column"
        )
        self._reloads = self._counter("ruleset_reloads", "Rule changes, by outcome.", "outcome")

    def _declare_sends(self) -> None:
        self._actions = self._counter("actions", "Settled actions.", "kind", "outcome")
        self._latency = Histogram(
            "worker_reply_latency_seconds",
            "From the message's time to the reply, by the platform's clock.",
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self._requests = self._counter(
            "requests", "Calls to the platform, by status or fault.", "endpoint", "status"
        )
        self._request_time = Histogram(
            "worker_request_duration_seconds",
            "How long calls to the platform took.",
            ["endpoint"],
            buckets=_REQUEST_S,
            registry=self.registry,
        )

    def _declare_state(self) -> None:
        self._poll_age = self._gauge(
            "poll_age_seconds", "Since the last complete read of a source.", "source"
        )
        self._poll_interval = self._gauge(
            "poll_interval_seconds", "Until a source is read again, as paced now.", "source"
        )
        self._poll_failures = self._counter("poll_failures", "Failed reads.", "source", "fault")
        self._queue = self._gauge("queue_depth", "Actions the worker still has to do.")
        self._unplanned = self._gauge("events_unplanned", "Events without a decision yet.")
        self._awaiting = self._gauge(
            "conversations_waiting",
            "Conversations whose customer waits, for whose answer.",
            "by",
        )
        self._in_doubt = self._gauge("actions_in_doubt", "Actions whose outcome a person must say.")
        self._dead = self._gauge("actions_dead", "Actions given up, for a person to look at.")
        self._budget = self._gauge("budget_used_ratio", "Part of the request budget used, 0 to 1.")
        self._paused = self._gauge("account_paused", "1 while the account is paused.")
        self._lag = self._gauge("loop_lag_seconds", "How late the event loop was when last looked.")
        self._ready = self._gauge("ready", "1 when /readyz says so.")

    def event(self, kind: str, count: int = 1) -> None:
        """`count` more events of a kind are stored."""
        self._of(self._events, kind).inc(count)

    def set_aside(self, reason: str) -> None:
        """One more event was recorded of which no rule is asked."""
        self._of(self._aside, reason).inc()

    def decision(self, rule: str, reason: str) -> None:
        """A rule said something to an event; beyond `MAX_RULES` rules share one label."""
        self._of(self._decisions, self._bounded(rule), reason).inc()

    def would_act(self, rule: str, kind: str) -> None:
        """A rule in shadow would have done this."""
        self._shadow.labels(self._bounded(rule), kind).inc()

    def limit_reached(self, rule: str) -> None:
        """A limit withheld this rule's answer."""
        self._limits.labels(self._bounded(rule)).inc()

    def rows_unreadable(self, source: str, count: int) -> None:
        """Rows of a list were left out."""
        self._unreadable.labels(source).inc(count)

    def action(self, kind: str, outcome: str) -> None:
        """An action has a new state; `outcome` is that state's name."""
        self._of(self._actions, kind, outcome).inc()

    def reply(self, latency_s: float) -> None:
        """A reply was sent this long after its message; negative (clocks differ) counts as 0."""
        self._latency.observe(max(0.0, latency_s))

    def request(self, endpoint: str, status: int | str, duration_s: float) -> None:
        """A call ended, with a status or a fault; `endpoint` is a template, never holds ids."""
        self._of(self._requests, endpoint, str(status)).inc()
        took = self._known_times.get(endpoint)
        if took is None:
            took = self._known_times[endpoint] = self._request_time.labels(endpoint)
        took.observe(duration_s)

    def polled(self, source: str) -> None:
        """A source was read completely, just now; its age counts from here."""
        now = self._clock.monotonic()
        self._poll_age.labels(source).set_function(lambda: self._clock.monotonic() - now)

    def poll_interval(self, source: str, seconds: float) -> None:
        """A source rests for this long before it is read again."""
        self._poll_interval.labels(source).set(seconds)

    def poll_failed(self, source: str, fault: str) -> None:
        """A read of a source failed."""
        self._poll_failures.labels(source, fault).inc()

    def queue(self, depth: int) -> None:
        """So many actions are open."""
        self._queue.set(depth)

    def awaiting(self, *, person: int, anybody: int) -> None:
        """So many conversations wait for a person, and for any answer at all."""
        self._awaiting.labels("person").set(person)
        self._awaiting.labels("anybody").set(anybody)

    def unplanned(self, count: int) -> None:
        """So many events wait for a decision."""
        self._unplanned.set(count)

    def held(self, *, in_doubt: int, dead: int) -> None:
        """So many actions wait for a person."""
        self._in_doubt.set(in_doubt)
        self._dead.set(dead)

    def budget(self, used: float) -> None:
        """Part of the request budget used in the last minute, from 0 to 1."""
        self._budget.set(used)

    def account(self, *, paused: bool) -> None:
        """The account is paused, or works."""
        self._paused.set(paused)

    def loop_lag(self, seconds: float) -> None:
        """The event loop was late by this."""
        self._lag.set(max(0.0, seconds))

    def ready(self, *, ready: bool) -> None:
        """What `/readyz` says."""
        self._ready.set(ready)

    def ruleset_loaded(self, version: str, rules: int) -> None:
        """A rule set is in force; problems of a rejected one are over."""
        self._ruleset.clear()
        self._ruleset.labels(_clean(version)).set(1)
        self._rules_loaded.set(rules)
        self._rejected.set(0)
        self._problems.clear()
        self._reloads.labels("loaded").inc()

    def ruleset_rejected(self, problems: Iterable[Problem]) -> None:
        """Changed rules were rejected; each error is named by file and line."""
        self._rejected.set(1)
        self._problems.clear()
        errors = errors_among(problems)
        for problem in errors[:MAX_PROBLEMS]:
            place = (_clean(problem.path), str(problem.line), str(problem.column))
            self._problems.labels(*place).set(1)
        self._reloads.labels("rejected").inc()

    def exposition(self) -> bytes:
        """All figures as Prometheus reads them; its media type is `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def values(self) -> Mapping[str, float]:
        """Figures by `name{label="value"}`, for tests."""
        found: dict[str, float] = {}
        for family in self.registry.collect():
            for sample in family.samples:
                labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return found

    def _of(self, counter: Counter, *labels: str) -> Counter:
        """The counter of these labels; looked up by the client only once, it takes its time."""
        name = (counter._name, *labels)  # noqa: SLF001 - its own name, as it was declared
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = counter.labels(*labels)
        return found

    def _bounded(self, rule: str) -> str:
        if rule not in self._rules:
            if len(self._rules) >= MAX_RULES:
                return OTHER
            self._rules.add(rule)
        return rule

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"worker_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"worker_{name}", what, labels, registry=self.registry)


def _clean(label: str) -> str:
    # File names may hold bytes that are no text; the exposition is UTF-8.
    return label.encode("utf-8", "replace").decode("utf-8")
