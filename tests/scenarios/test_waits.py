"""Rules that wait, over restarts and kills: the whole worker in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.test_flows import endings, tags, timers, traces
from tests.virtual_worker import Place, play
from worker.model.verdict import Reason

MINUTE = 60.0

CARE = """
rules:
  - id: care
    when: message.received
    if: [{ text: { equals: start } }]
    limits: [{ max: 20, within: 10m, per: conversation }]
    allow_unsafe: true
    human_quiet: 0s
    do:
      - reply: one
      - wait: 20m
        id: pause
      - ask:
          text: Number?
          again: Digits please.
          extract: { number: { matches: '\\d{3}' } }
          timeout: 15m
        id: number
      - choose:
          cases:
            - if: [{ expr: "steps.number.outcome == 'answered'" }]
              do: [{ reply: "two {{ found.number }} {{ steps.pause.outcome }}" }]
          otherwise: [{ reply: "two {{ steps.number.outcome }}" }]
      - wait: { for: 30m, until: [agent.replied, customer.replied] }
        id: rest
      - choose:
          cases:
            - if: { expr: "steps.rest.outcome == 'elapsed'" }
              do: [{ reply: three }]
          otherwise: [{ tag: "heard" }]
      - tag: done
"""

Stimulus = Callable[[Place, str], object]


def says(text: str) -> Stimulus:
    """The customer writes."""
    return lambda place, one: place.stage.customer_says(one, text)


def agent(place: Place, one: str) -> object:
    """A colleague writes."""
    return place.stage.agent_says(one, "I am here")


STORIES: dict[str, tuple[list[tuple[float, Stimulus]], list[str], set[str]]] = {
    "time passes": (
        [(0, says("start"))],
        ["one", "Number?", "two timed_out", "three"],
        {"done"},
    ),
    "an answer": (
        [(0, says("start")), (25 * MINUTE, says("it is 123"))],
        ["one", "Number?", "two 123 elapsed", "three"],
        {"done"},
    ),
    "a second try": (
        [
            (0, says("start")),
            (25 * MINUTE, says("what?")),
            (30 * MINUTE, says("123")),
            (40 * MINUTE, says("thanks")),
        ],
        ["one", "Number?", "Digits please.", "two 123 elapsed"],
        {"heard", "done"},
    ),
    "given up": (
        [(0, says("start")), (25 * MINUTE, says("what?")), (30 * MINUTE, says("no"))],
        ["one", "Number?", "Digits please.", "two gave_up", "three"],
        {"done"},
    ),
    "a colleague": (
        [(0, says("start")), (25 * MINUTE, says("123")), (30 * MINUTE, agent)],
        ["one", "Number?", "two 123 elapsed"],
        {"heard", "done"},
    ),
}

KILLS: dict[str, list[float]] = {
    "at every step": [4, 5 * MINUTE, 22 * MINUTE, 26 * MINUTE, 31 * MINUTE, 45 * MINUTE],
    "just when it is due": [20 * MINUTE - 1, 20 * MINUTE + 4, 35 * MINUTE + 6, 60 * MINUTE],
    "when a message has just come": [1, 25 * MINUTE + 1, 30 * MINUTE + 2, 40 * MINUTE + 1],
    "while it is decided": [2.5, 25 * MINUTE + 3.1, 30 * MINUTE + 4.2, 30 * MINUTE + 5],
}


@pytest.mark.parametrize(
    ("kills", "away_s"), [*((one, 0.0) for one in KILLS.values()), (KILLS["at every step"], 90.0)]
)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_kills_change_nothing_about_a_rule_that_waits(
    tmp_path: Path,
    story: tuple[list[tuple[float, Stimulus]], list[str], set[str]],
    kills: Sequence[float],
    away_s: float,
) -> None:
    """A customer in the middle of a conversation must not notice that a process died."""
    stimuli, expected, left = story

    async def scenario(place: Place) -> None:
        one = place.conversation()
        begun = place.clock.monotonic() + 10
        moments = sorted([*stimuli, *((at, None) for at in kills)], key=lambda moment: moment[0])
        lives: list[list[tuple[float, Stimulus]]] = [[]]
        for at, stimulus in moments:
            if stimulus is None:
                lives[-1].append((at, lambda _place, _one: None))
                lives.append([])
            else:
                lives[-1].append((at, stimulus))
        slow = {"poll_messages": timedelta(seconds=6), "poll_notifications": timedelta(minutes=5)}
        for life in lives[:-1]:
            async with place.doomed_worker(**slow):
                await _live(place, one, begun, life)
            await place.passes(away_s)
        async with place.worker(**slow):
            await _live(place, one, begun, lives[-1])
            await place.passes(80 * MINUTE)
        assert place.texts(one) == expected
        assert await tags(place, one) == left
        assert await timers(place) == ()

    play(CARE, scenario, tmp_path)


async def _live(place: Place, one: str, begun: float, life: list[tuple[float, Stimulus]]) -> None:
    for at, stimulus in life:
        await place.passes(max(0.0, begun + at - place.clock.monotonic()))
        stimulus(place, one)


FOLLOW = """
rules:
  - id: follow
    when: message.received
    if: [{ text: { equals: price } }]
    do:
      - reply: Ten.
      - wait: 1h
      - reply: Any questions?
  - id: late
    when: message.received
    if: [{ text: { equals: late } }]
    do:
      - wait: 1h
      - tag: late
"""


async def _follow(place: Place, said: str, then: Callable[[str], Awaitable[None]]) -> str:
    one = place.conversation()
    place.stage.customer_says(one, said)
    await place.passes(10)
    assert len(await timers(place)) == 1
    await then(one)
    await place.passes(2 * 60 * MINUTE)
    assert await timers(place) == ()
    return one


def test_what_customers_see_later_is_cancelled_by_a_person_and_by_a_closing(
    tmp_path: Path,
) -> None:
    """Asking for questions an hour after a colleague has solved it makes the team look absent."""

    async def scenario(place: Place) -> None:
        async with place.worker():

            async def person(one: str) -> None:
                place.stage.agent_says(one, "I take this")

            async def closing(one: str) -> None:
                place.stage.set_status(one, "closed")

            for then, reason in ((person, Reason.HUMAN), (closing, Reason.CLOSED)):
                one = await _follow(place, "price", then)
                assert "Any questions?" not in place.texts(one)
                assert await endings(place, one) == [reason]
                assert await tags(place, await _follow(place, "late", then)) == {"late"}

    play(FOLLOW, scenario, tmp_path)


def test_without_anything_in_between_it_goes_on_exactly_then(tmp_path: Path) -> None:
    """An hour is an hour: not a poll earlier, and not much later."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "price")
            await place.passes(10)
            (timer,) = await timers(place)
            assert timer.due_at is not None
            now = place.clock.now() + timedelta(seconds=0)
            await place.passes((timer.due_at - now).total_seconds() - 0.5)
            assert place.texts(one) == ["Ten."]
            await place.passes(3.5)
            assert place.texts(one) == ["Ten.", "Any questions?"]

    play(FOLLOW, scenario, tmp_path)


def test_a_clock_set_wrong_moves_no_timer(tmp_path: Path) -> None:
    """Machines' clocks are corrected by an hour now and then; customers' hours are not."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "price")
            await place.passes(10)
            place.clock.jump(timedelta(hours=1))
            place.stage.set_clock(-3600)
            await place.passes(50 * MINUTE)
            assert place.texts(one) == ["Ten."]
            await place.passes(12 * MINUTE)
            assert place.texts(one) == ["Ten.", "Any questions?"]

    play(FOLLOW, scenario, tmp_path)


def test_what_was_due_while_nothing_ran_is_done_only_while_it_is_of_use(tmp_path: Path) -> None:
    """A follow-up some minutes late is one; the next morning it is noise (`expires_after`)."""

    async def scenario(place: Place) -> None:
        soon, late = place.conversation(), place.conversation()
        async with place.worker():
            place.stage.customer_says(late, "price")
            await place.passes(40 * MINUTE)
            place.stage.customer_says(soon, "price")
            await place.passes(10)
        await place.passes(65 * MINUTE)
        async with place.worker():
            await place.passes(20)
            assert place.texts(soon) == ["Ten.", "Any questions?"]
            assert place.texts(late) == ["Ten."]
            assert await endings(place, late) == [Reason.STALE]

    play(FOLLOW, scenario, tmp_path)


def test_an_answer_that_came_in_time_counts_although_it_is_read_later(tmp_path: Path) -> None:
    """A worker that was down over the deadline must not turn off who answered in time."""
    rules = """
rules:
  - id: order
    when: message.received
    if: [{ text: { mentions: order } }]
    do:
      - ask: { text: Number?, extract: { order: { matches: '\\d{3}' } }, timeout: 10m }
        id: number
      - reply: "{{ steps.number.outcome }}"
"""

    async def scenario(place: Place) -> None:
        one = place.conversation()
        async with place.doomed_worker():
            place.stage.customer_says(one, "my order")
            await place.passes(60)
        place.stage.customer_says(one, "123")
        await place.passes(12 * MINUTE)
        async with place.worker():
            await place.passes(20)
            assert place.texts(one) == ["Number?", "answered"]

    play(rules, scenario, tmp_path)


def test_only_opening_hours_are_counted_where_a_calendar_is_named(tmp_path: Path) -> None:
    """Within two hours means two hours in which somebody is there."""
    rules = """
calendars:
  shop: { timezone: Asia/Hong_Kong, open: { mon-fri: ["09:00-11:00"] } }
rules:
  - id: callback
    when: message.received
    if: [{ text: { equals: callback } }]
    do:
      - wait: { for: 90m, calendar: shop }
      - reply: Did we call?
"""

    async def scenario(place: Place) -> None:
        # it is 10:00 on a Monday in Hong Kong
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "callback")
            await place.passes(23 * 60 * MINUTE + 15 * MINUTE)
            assert place.texts(one) == []
            await place.passes(20 * MINUTE)
            assert place.texts(one) == ["Did we call?"]

    play(rules, scenario, tmp_path)


def test_a_notification_may_wait_too(tmp_path: Path) -> None:
    """Flows need no conversation: housekeeping has time."""
    rules = """
rules:
  - id: tidy
    when: notification.created
    do:
      - wait: 10m
      - dismiss: true
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            place.conversation()
            await place.passes(5 * MINUTE)
            before = len(place.stage.notifications())
            assert before
            await place.passes(10 * MINUTE)
            assert len(place.stage.notifications()) < before

    play(rules, scenario, tmp_path)


def test_in_a_dry_run_what_is_silent_goes_on(tmp_path: Path) -> None:
    """A trial run shows what would be sent after the wait, too."""

    async def scenario(place: Place) -> None:
        async with place.worker(dry_run=True):
            one = place.conversation()
            place.stage.customer_says(one, "price")
            await place.passes(2 * 60 * MINUTE)
            assert place.texts(one) == []
            told = await traces(place, one)
            assert [act.text for trace in told for act in trace.acts] == ["Any questions?"]

    play(FOLLOW, scenario, tmp_path)
