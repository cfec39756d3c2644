"""Time in tests: `after` counts from step to step, and quiet stretches cost nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.rehearsals import GREETING, steps
from worker.rehearsal.clock import RehearsalClock
from worker.rehearsal.play import play
from worker.rehearsal.rules import Library
from worker.rehearsal.suite import gather

LATER = """
rules:
  - id: later
    when: message.received
    if: [{ text: later }]
    do:
      - reply: { text: "{{ now.isoformat() }}", delay: 4h }
    expires_after: 15m
"""


def test_a_look_after_a_stimulus_waits_for_what_it_leads_to(tmp_path: Path) -> None:
    """Authors would have to know how long a settle window is."""
    assert steps(tmp_path, GREETING, "message: hello", "expect: { sent: Hello }") == []


def test_a_look_never_waits_past_the_next_time(tmp_path: Path) -> None:
    """`after: 1s` would be three seconds, and a burst no burst."""
    wrong = steps(
        tmp_path,
        GREETING,
        "message: hello",
        "expect: { sent: none }",  # the next step is a second later, before the window closes
        "after: 1s",
        "expect: { sent: none }",
        "after: 2s",
        "expect: { sent: Hello }",
    )
    assert wrong == []


def test_after_counts_from_the_step_before_and_not_from_the_look(tmp_path: Path) -> None:
    """A cooldown of exactly ten minutes would be missed by what an expect took."""
    rules = GREETING + "    cooldown: { for: 10m, per: contact }\n    settle: 0s\n"
    wrong = steps(
        tmp_path,
        rules,
        "message: hello",
        "expect: { fired: greeting }",
        "after: 9m59s",
        "message: hello",
        "expect: { not_fired: greeting, because: cooldown }",
        "after: 2s",
        "message: hello",
        "expect: { fired: greeting }",
    )
    assert wrong == []


def test_at_names_a_time_and_what_is_past_is_told(tmp_path: Path) -> None:
    """Opening hours and year ends are times of day, not distances."""
    rules = GREETING.replace("{ text: hello }", "{ time: { from: '18:30', timezone: Asia/Tokyo } }")
    wrong = steps(
        tmp_path,
        rules,
        "{ at: '2026-12-31T18:29:50+09:00', message: hello }",
        "expect: { not_fired: greeting, because: condition }",
        "{ at: '2026-12-31T18:30:00+09:00', message: hello }",
        "expect: { fired: greeting }",
        "message: hello",
        "{ at: '2026-12-31T18:00:00+09:00', message: hello }",
        head='clock: "2026-12-31T10:00:00+09:00"',
    )
    assert wrong == [
        "rules.test.yaml:10:15: that time is past: it is 2026-12-31T18:30:02+09:00 already"
    ]


def test_what_is_due_in_a_long_quiet_stretch_is_done_when_it_is_due(tmp_path: Path) -> None:
    """Time that jumps must not jump over a delayed answer."""
    folder = tmp_path
    wrong = steps(
        folder,
        LATER,
        "message: later",
        "after: 3h59m",
        "expect: { fired: later, sent: none }",
        "after: 2m",
        "expect: { sent: '2026-10-05T02:00:02' }",
        "after: 200d",
        "expect: { sent: none, sent_total: 1 }",
    )
    assert wrong == []


def test_a_quiet_year_takes_fewer_looks_than_a_busy_minute(tmp_path: Path) -> None:
    """A test over a year's end would take minutes, and nobody would write it."""
    (tmp_path / "rules.yaml").write_text(GREETING, "utf-8")
    (tmp_path / "rules.test.yaml").write_text(
        "tests:\n  - name: a year\n    steps:\n      - message: hello\n      - after: 365d\n"
        "      - message: hello\n      - expect: { sent_total: 2 }\n",
        "utf-8",
    )
    library = Library()
    (suite,) = gather([tmp_path], tmp_path, library)
    asked: list[int] = []
    looked = RehearsalClock.rest

    async def rest(self: RehearsalClock, seconds: float, wake: asyncio.Event | None = None) -> None:
        asked.append(1)
        await looked(self, seconds, wake)

    RehearsalClock.rest = rest  # type: ignore[method-assign]
    try:
        outcome = play(suite.tests[0], suite.live, library)
    finally:
        RehearsalClock.rest = looked  # type: ignore[method-assign]
    assert not outcome.failures
    assert len(asked) < 500
