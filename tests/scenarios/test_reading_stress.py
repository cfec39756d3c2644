"""Nothing missed, nothing twice, whatever the platform's lists do while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.crowd import Crowd
from tests.virtual_worker import ACCOUNT, START, Place, play
from worker.model.event import EventKind
from worker.sandbox.switches import Switches

RULES = """
defaults: { settle: 0s }
rules:
  - id: thanks
    when: message.received
    if:
      - text: { equals: "burst 0" }
    do:
      - reply: "Thank you"
"""
DEFAULT = Switches()
NO_SEARCH = ("search_conversations: 404",)
PREFIX = {"v1": "/v1/backend", "v2": "/channel-service/v1"}


@dataclass(frozen=True)
class World:
    """One way the platform may behave."""

    switches: Switches = DEFAULT
    faults: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    offset_s: float = 0.0
    ordered: bool = True
    settles_s: float = 100.0


WORLDS = {
    "plain": World(),
    "lists that lag behind messages": World(Switches(movement_lag_s=5.0)),
    "messages that lag behind lists": World(Switches(message_lag_s=9.0)),
    "both lag": World(Switches(message_lag_s=3.0, movement_lag_s=4.0)),
    "messages that lag for a minute": World(Switches(message_lag_s=60.0), settles_s=250.0),
    "no newest message in the list": World(Switches(latest_message_in_list=False)),
    "no newest message, and lag": World(
        Switches(latest_message_in_list=False, message_lag_s=3.0), ordered=False
    ),
    "no list but a search": World(Switches(team_list=False)),
    "no list": World(Switches(team_list=False), always=NO_SEARCH, settles_s=150.0),
    "no list, and lag": World(
        Switches(team_list=False, message_lag_s=5.0), always=NO_SEARCH, settles_s=150.0
    ),
    "small pages": World(Switches(page_cap=7)),
    "list out of order": World(faults=("list_conversations: reorder-rows",)),
    "messages out of order": World(faults=("list_messages: reorder-rows",)),
    "rows that repeat": World(faults=("*: duplicate-rows p=0.5",)),
    "list that ignores skip": World(faults=("list_conversations: ignore-skip",)),
    "messages that ignore skip": World(faults=("list_messages: ignore-skip",)),
    "wrong types now and then": World(
        faults=("GET *: wrong-types p=0.2",), ordered=False, settles_s=300.0
    ),
    "reads that fail": World(
        faults=("GET *: 503 p=0.15", "GET *: truncated p=0.05", "GET *: reset p=0.05")
    ),
    "clock ten minutes ahead": World(offset_s=600.0),
    "clock ten minutes behind": World(offset_s=-600.0),
    "clock an hour ahead": World(offset_s=3600.0),
    "clock an hour behind": World(offset_s=-3600.0),
}


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Lines of days of virtual time are made for nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


def settings(generation: str, **more: Any) -> dict[str, Any]:
    """A worker whose budget is not what is tested here."""
    return {"api_prefix": PREFIX[generation], "requests_per_minute": 60_000, **more}


@pytest.mark.parametrize("generation", ["v1", pytest.param("v2", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WORLDS)
def test_every_message_is_one_event(tmp_path: Path, name: str, generation: str) -> None:
    """A customer would never be answered, or twice."""
    world = WORLDS[name]

    async def scenario(place: Place) -> None:
        place.stage.set_clock(world.offset_s)
        for fault in world.always:
            place.gateway.faults.add(fault)
        crowd = Crowd(place, seed=len(name), conversations=40)
        place.stage.customer_says(crowd.seats[0], "before the first start")
        await place.passes(30)
        async with place.worker(**settings(generation)):
            await place.passes(60)
            for fault in world.faults:
                place.gateway.faults.add(fault)
            await crowd.acts(120, 120)
            place.gateway.faults.clear()
            for fault in world.always:
                place.gateway.faults.add(fault)
            await place.passes(world.settles_s)
        await crowd.check(ordered=world.ordered)

    play(RULES, scenario, tmp_path, switches=world.switches, generation=generation)


@pytest.mark.parametrize("generation", ["v1", "v2"])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 10))]
)
def test_crashes_at_any_moment_lose_no_message(tmp_path: Path, seed: int, generation: str) -> None:
    """What the list showed just before a crash would never be read: its top is known afterwards."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, seed, conversations=80)
        async with place.worker(**settings(generation)):
            await place.passes(10)
        for _ in range(8):
            for who in crowd.chance.sample(crowd.seats, 70):
                crowd.burst(who, crowd.chance.randint(1, 30))
            place.gateway.faults.add("list_messages: stall-after seconds=3 p=0.3")
            place.gateway.faults.add("list_conversations: stall-after seconds=1")
            async with place.doomed_worker(**settings(generation)):
                await place.passes(crowd.chance.uniform(0, 4))
        place.gateway.faults.clear()
        async with place.worker(**settings(generation)):
            await place.passes(60)
        await crowd.check()

    play(RULES, scenario, tmp_path, generation=generation)


def test_a_crash_during_the_first_complete_read_loses_nothing_written_later(
    tmp_path: Path,
) -> None:
    """Half of the list would be history of one moment, half of another."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 1, conversations=200)
        place.gateway.faults.add("list_conversations: stall-after seconds=2")
        async with place.doomed_worker(**settings("v1")):
            await place.passes(1)
        seen = [who for who in crowd.seats if await known(place, who)]
        assert 0 < len(seen) < 200
        for who in seen:
            crowd.burst(who, 2)
        place.gateway.faults.clear()
        async with place.worker(**settings("v1")):
            await place.passes(60)
        await crowd.check()

    play(RULES, scenario, tmp_path)


async def known(place: Place, who: str) -> bool:
    """The ledger holds the conversation."""
    return bool(await place.ledger.conversations(ACCOUNT, [who]))  # type: ignore[list-item]


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_a_burst_of_five_hundred_is_read_to_its_end(tmp_path: Path, generation: str) -> None:
    """All but the newest page would be lost."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 3, conversations=3)
        async with place.worker(**settings(generation)):
            crowd.burst(crowd.seats[0], 500)
            await place.passes(3)
            crowd.burst(crowd.seats[0], 500)
            crowd.burst(crowd.seats[1], 61)
            await place.passes(60)
        await crowd.check()

    play(RULES, scenario, tmp_path, generation=generation)


def test_a_conversation_that_fails_is_read_later_and_hides_no_other(tmp_path: Path) -> None:
    """A row below known ones would never be looked at again."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 4, conversations=120)
        async with place.worker(**settings("v1")):
            place.gateway.faults.add("list_messages: 500 p=0.5")
            for who in crowd.seats:
                crowd.burst(who, 1)
            await place.passes(20)
            place.gateway.faults.clear()
            await place.passes(120)
        await crowd.check()

    play(RULES, scenario, tmp_path)


def test_what_was_read_before_a_poll_broke_off_is_decided(tmp_path: Path) -> None:
    """Stored events would wait for a restart until somebody decided them."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 5, conversations=60)
        async with place.worker(**settings("v1")):
            place.gateway.faults.add("list_messages: 401 skip=20")
            for who in crowd.seats:
                crowd.burst(who, 1)
            await place.passes(10)
            place.gateway.faults.clear()
            await place.passes(60)
        await crowd.check()

    play(RULES, scenario, tmp_path)


def test_messages_written_while_pages_are_read_are_found(tmp_path: Path) -> None:
    """A poll that takes a while would miss what moves in the meantime."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 6, conversations=200)
        place.gateway.faults.add("list_conversations: stall-after seconds=0.4")
        place.gateway.faults.add("list_messages: stall-after seconds=0.3")
        async with place.worker(**settings("v1")):
            await place.passes(60)
            for _ in range(40):
                for who in crowd.chance.sample(crowd.seats, 15):
                    crowd.burst(who, 1)
                await place.passes(0.35)
            await place.passes(120)
        await crowd.check()

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("team_list", [True, False])
@pytest.mark.parametrize("start", ["now", "beginning", "time"])
def test_the_first_start_takes_what_it_was_told_to(
    tmp_path: Path, start: str, *, team_list: bool
) -> None:
    """Last year's questions would be answered, or this morning's forgotten."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 7, conversations=20)
        if not team_list:
            place.gateway.faults.add(*NO_SEARCH)
        for who in crowd.seats:
            crowd.burst(who, 3)
        await place.passes(600)
        if start != "beginning":
            crowd.said.clear()
        for who in crowd.seats[:10]:
            crowd.burst(who, 2)
        await place.passes(60)
        if start == "now":
            crowd.said.clear()
        told = START + timedelta(seconds=300) if start == "time" else start
        async with place.worker(**settings("v1", start_from=told)):
            await place.passes(60)
            crowd.burst(crowd.seats[15], 2)
            fresh = place.conversation()
            crowd.seats.append(fresh)
            crowd.burst(fresh, 1)
            await place.passes(900)
        await crowd.check()
        opened = [one for one in await crowd.events() if one.kind is EventKind.CONVERSATION_OPENED]
        if start == "now":
            assert [str(one.conversation_id) for one in opened] == [fresh]

    play(RULES, scenario, tmp_path, switches=Switches(team_list=team_list))


def test_a_contact_that_comes_while_contacts_are_first_read_is_new(tmp_path: Path) -> None:
    """The first customers after a start would be history, for reading takes a while."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 8, conversations=100)
        place.gateway.faults.add(*NO_SEARCH)
        place.gateway.faults.add("contact_conversations: stall-after seconds=0.5")
        task = place.worker(**settings("v1"))
        async with task:
            await place.passes(10)
            fresh = place.conversation()
            crowd.seats.append(fresh)
            crowd.burst(fresh, 2)
            await place.passes(240)
        await crowd.check()

    play(RULES, scenario, tmp_path, switches=Switches(team_list=False))


def test_rows_of_wrong_types_are_counted_once(tmp_path: Path) -> None:
    """A single bad row at the top of a list would be counted every two seconds for ever."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 9, conversations=10)
        async with place.worker(**settings("v1")):
            await place.passes(30)
            place.gateway.faults.add("list_conversations: wrong-types")
            crowd.burst(crowd.seats[0], 3)
            await place.passes(300)
            place.gateway.faults.clear()
            await place.passes(60)
        await crowd.check()

    play(RULES, scenario, tmp_path)


def test_five_thousand_conversations_cost_one_request_a_poll(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The budget would be gone before anybody wrote anything."""

    async def scenario(place: Place) -> None:
        crowd = Crowd(place, 10, conversations=5000)
        async with place.worker(**settings("v1", requests_per_minute=600)):
            await place.passes(120)
            place.gateway.requests.clear()
            await place.passes(600)
            idle = dict(place.gateway.requests.counts)
            place.gateway.requests.clear()
            await crowd.acts(120, 120)
            await place.passes(240)
            busy = dict(place.gateway.requests.counts)
            assert place.gateway.requests.busiest() <= 600
        with capsys.disabled():
            print(f"\nidle for 600 s: {idle}\n120 deeds in 360 s: {busy}")  # noqa: T201
        assert set(idle) == {"list_conversations", "list_notifications"}
        assert idle["list_conversations"] <= 301
        assert idle["list_notifications"] <= 121
        await crowd.check()

    play(RULES, scenario, tmp_path)
