"""What is done by the clock: once for each due time, whatever happens to the worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.model.action import IntentState
from worker.model.event import EventKind
from worker.model.verdict import Reason

MINUTE = 60.0
HOUR = 60 * MINUTE
NIGHTLY = """
rules:
  - id: clear
    when: { schedule: { cron: "0 11 * * *", timezone: Asia/Hong_Kong } }
    expires_after: 6h
    do:
      - dismiss: { all: true }
"""
"""Due an hour after the beginning, 02:00 UTC on 5 October 2026."""


def fired(place: Place) -> list[str]:
    """When schedules were due, as month, day and time in UTC."""
    return [
        f"{stored.event.at:%m-%d %H:%M}"
        for stored in place.ledger._events.values()
        if stored.event.kind is EventKind.SCHEDULE
    ]


def reasons(place: Place, rule: str) -> list[Reason]:
    """What the rule said to each event it was asked about."""
    return [
        one.reason
        for stored in place.ledger._events.values()
        for one in (stored.trace.rules if stored.trace else ())
        if one.rule == rule
    ]


def test_the_list_is_cleared_once_a_night(tmp_path: Path) -> None:
    """The agents' list would grow, or be cleared at each start."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            place.conversation()
            await place.passes(59 * MINUTE)
            assert len(place.stage.notifications()) == 1
            await place.passes(2 * MINUTE)
            assert place.stage.notifications() == []
        async with place.worker():
            place.conversation()
            await place.passes(2 * MINUTE)
            assert len(place.stage.notifications()) == 1
        assert fired(place) == ["10-05 03:00"]
        assert [row.state for row in place.intents] == [IntentState.DONE]

    play(NIGHTLY, scenario, tmp_path)


@pytest.mark.parametrize("misfire", ["once", "skip"])
def test_what_was_missed_is_made_up_for_once_or_not_at_all(tmp_path: Path, misfire: str) -> None:
    """Twelve hours of stop are not twelve clearings, and whether they are one is for the author."""
    rules = """
rules:
  - id: clear
    when: { schedule: { cron: "0 * * * *", timezone: UTC, misfire: MISFIRE } }
    do: [{ dismiss: { all: true } }]
""".replace("MISFIRE", misfire)

    async def scenario(place: Place) -> None:
        async with place.worker():
            await place.passes(65 * MINUTE)
        assert fired(place) == ["10-05 03:00"]
        await place.passes(12 * HOUR)
        async with place.worker():
            await place.passes(MINUTE)
            expected = ["10-05 03:00", *(["10-05 15:00"] if misfire == "once" else [])]
            assert fired(place) == expected
            await place.passes(55 * MINUTE)
        assert fired(place) == [*expected, "10-05 16:00"]

    play(rules, scenario, tmp_path)


@pytest.mark.parametrize(("late_h", "state"), [(5, "done"), (7, "stale")])
def test_what_is_made_up_for_expires_like_everything_else(
    tmp_path: Path, late_h: int, state: str
) -> None:
    """A clearing for the night, done at noon, would take away the morning's notifications."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            await place.passes(MINUTE)
        await place.passes((1 + late_h) * HOUR)
        async with place.worker():
            await place.passes(MINUTE)
        assert fired(place) == ["10-05 03:00"]
        assert reasons(place, "clear") == [Reason.MATCHED if state == "done" else Reason.STALE]

    play(NIGHTLY, scenario, tmp_path)


def test_a_process_that_dies_at_the_due_time_does_it_once(tmp_path: Path) -> None:
    """Event and last due time are one transaction: neither is there without the other."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            await place.passes(MINUTE)
        await place.passes(HOUR - 2 * MINUTE)
        for _ in range(20):
            async with place.doomed_worker():
                await place.passes(0.1)
        assert fired(place) == ["10-05 03:00"]
        assert [row.state for row in place.intents] == [IntentState.DONE]

    play(NIGHTLY, scenario, tmp_path)


def test_a_new_schedule_begins_now_and_one_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    """A rule that is saved in the afternoon must not do the morning's work."""

    async def scenario(place: Place) -> None:
        async with place.worker(watch=True):
            await place.passes(2 * HOUR)
            text = place.rules.read_text("utf-8")
            place.rules.write_text(text.replace("0 11 *", "0 12 *"), "utf-8")
            await place.passes(10)
            assert fired(place) == ["10-05 03:00"]
            memo = await place.ledger.memo(place.intents[0].account)
            assert [name for name in memo if name.startswith("schedule.")] == [
                "schedule.0 12 * * * Asia/Hong_Kong"
            ]
            place.rules.write_text(text.replace("0 11 *", "15 12 *"), "utf-8")
            await place.passes(20 * MINUTE)
        assert fired(place) == ["10-05 03:00", "10-05 04:15"]

    play(NIGHTLY, scenario, tmp_path)


def test_rules_of_one_schedule_share_its_firing_and_others_do_not_hear_of_it(
    tmp_path: Path,
) -> None:
    """A rule of another hour would do its work now."""
    rules = (
        NIGHTLY
        + """
  - id: read
    when: { schedule: { cron: "0  11 * * *", timezone: Asia/Hong_Kong } }
    do: [{ mark_read: { all: true } }]
  - id: other
    when: { schedule: { cron: "0 12 * * *", timezone: Asia/Hong_Kong } }
    do: [{ mark_read: { all: true } }]
"""
    )

    async def scenario(place: Place) -> None:
        async with place.worker():
            await place.passes(61 * MINUTE)
        assert fired(place) == ["10-05 03:00"]
        assert reasons(place, "clear") == [Reason.MATCHED] == reasons(place, "read")
        assert reasons(place, "other") == []

    play(rules, scenario, tmp_path)


def test_a_clock_that_ran_ahead_does_not_stop_the_schedule(tmp_path: Path) -> None:
    """The last due time would lie in the future, and nothing be due until then."""

    async def scenario(place: Place) -> None:
        place.stage.set_clock(5 * HOUR)
        async with place.worker():
            await place.passes(61 * MINUTE)
            assert fired(place) == ["10-05 08:00"]
        place.stage.set_clock(0)
        async with place.worker():
            await place.passes(HOUR)
        assert fired(place) == ["10-05 08:00", "10-05 04:00"]

    play(NIGHTLY.replace("0 11 *", "0 * *"), scenario, tmp_path)
