"""Clocks that jump: the machine's, the platform's, or both; while running and between two lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.virtual_worker import Place, play

RULES = """
rules:
  - id: answer
    when: message.received
    if:
      - text: { contains: question }
    do:
      - reply: "answer {{ message.text.split()[0] }}"
      - tag: asked
      - reply: { text: "and more {{ message.text.split()[0] }}", delay: 5s }
    settle: 0s
    limits:
      - { max: 100, within: 24h, per: conversation }
      - { max: 100, within: 24h, per: contact }
    allow_unsafe: true
"""
HOUR = timedelta(hours=1)


def machine(place: Place, by: timedelta) -> None:
    """The machine's clock is set; the platform's goes on as it was."""
    place.clock.jump(by)
    place.stage.set_clock(place.gateway.world.offset.total_seconds() - by.total_seconds())


def platform(place: Place, by: timedelta) -> None:
    """The platform's clock is set; the machine's goes on as it was."""
    place.stage.set_clock(place.gateway.world.offset.total_seconds() + by.total_seconds())


def both(place: Place, by: timedelta) -> None:
    """Both are set alike."""
    place.clock.jump(by)


def due(*numbers: int) -> list[str]:
    """What these questions bring."""
    return [text for one in numbers for text in (f"answer #{one}", f"and more #{one}")]


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
@pytest.mark.parametrize("clock", [machine, platform, both])
def test_a_clock_that_jumps_while_the_worker_runs_loses_and_doubles_nothing(
    tmp_path: Path, clock: Callable[[Place, timedelta], None], by: timedelta
) -> None:
    """A time server's correction would make questions stale, or answers look unsent.

    Where the platform's own clock goes an hour ahead, what was put off is out of date: it is by the
    platform's time that answers expire, and a machine that slept for an hour sees the same.
    """

    async def scenario(place: Place) -> None:
        async with place.worker():
            before, after = place.conversation(), place.conversation()
            place.stage.customer_says(before, "#1 question")
            await place.passes(30)
            place.stage.customer_says(before, "#2 question")
            # in the middle of #2: it was read, and its second answer is still due
            await place.passes(2)
            clock(place, by)
            place.stage.customer_says(after, "#3 question")
            await place.passes(120)
            place.stage.customer_says(before, "#4 question")
            await place.passes(120)
        expired = ["and more #2"] if by == HOUR and clock is not machine else []
        assert place.texts(before) == [text for text in due(1, 2, 4) if text not in expired]
        assert place.texts(after) == due(3)

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
@pytest.mark.parametrize("clock", [machine, platform, both])
@pytest.mark.parametrize("fault", ["503-after", "503-before", "late seconds=5"])
def test_a_clock_that_jumps_while_an_outcome_is_unknown_doubles_nothing(
    tmp_path: Path, clock: Callable[[Place, timedelta], None], by: timedelta, fault: str
) -> None:
    """The read-back looks for messages not older than the claim: by which clock?"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "#1 question")
            await place.passes(30)
            place.gateway.faults.add(f"POST conversation_messages: {fault} count=1")
            place.stage.customer_says(one, "#2 question")
            await place.passes(2.5)
            clock(place, by)
            await place.passes(180)
        texts = place.texts(one)
        if by == HOUR and clock is not machine:
            # an hour later by the platform's own clock, what is not sent yet is out of date
            assert texts == due(1, 2)[: len(texts)]
        else:
            assert texts == due(1, 2)

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
@pytest.mark.parametrize("effect", ["stall-before", "stall-after"])
def test_a_machine_clock_that_jumps_between_a_crash_and_the_restart_doubles_nothing(
    tmp_path: Path, effect: str, by: timedelta
) -> None:
    """A dead battery sets the clock exactly when the machine starts again."""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        async with place.doomed_worker():
            place.gateway.faults.add(f"POST conversation_messages: {effect} seconds=15 count=1")
            place.stage.customer_says(one, "#1 question")
            await place.passes(6)
        machine(place, by)
        async with place.worker():
            await place.passes(240)
        assert place.texts(one) == due(1)

    play(RULES, scenario, tmp_path)
