"""Messages of unknown fate: found, sent again, or left to a person; never twice, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.model.action import IntentState
from worker.sandbox.switches import Switches

ONE = """
rules:
  - id: price
    when: message.received
    settle: 0s
    if: [{ text: { contains: price } }]
    do: [{ reply: Our price list }]
"""
TWINS = """
rules:
  - id: first
    when: message.received
    settle: 0s
    do: [{ reply: Hello }]
  - id: second
    when: message.received
    settle: 0s
    also: true
    do: [{ reply: Hello }]
"""
HOLDING = """
rules:
  - id: price
    when: message.received
    settle: 0s
    allow_unsafe: true
    human_quiet: 0s
    do: [{ reply: Our price list }]
"""
MENU = """
rules:
  - id: menu
    when: message.received
    if: [{ text: { equals: menu } }]
    do: [{ reply: { text: Pick one, menu: main, quick_replies: [Prices, Hours] } }]
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: Hours } }
    do: [{ reply: We open at nine }]
"""
SEND = "send_message: "
READS = ("list_messages: 503", "third_messages: 503")


@pytest.mark.parametrize(
    "fault",
    [
        "",
        "reset-after count=1",
        "reset-after count=1 skip=1",
        "reset-after count=2",
        "503-before count=1",
        "503-before count=1 skip=1",
        "503-before count=3",
        "stall-after seconds=40 count=2",
        "late seconds=25 count=2",
    ],
)
def test_identical_texts_sent_on_purpose_are_told_apart(tmp_path: Path, fault: str) -> None:
    """The second would be taken for the first, or the first sent a third time."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            if fault:
                place.gateway.faults.add(SEND + fault)
            place.stage.customer_says(one, "price?")
            await place.passes(150)
        assert place.texts(one) == ["Hello", "Hello"]
        assert place.states == [IntentState.DONE] * 2
        assert len({one.result_id for one in place.intents}) == 2

    play(TWINS, scenario, tmp_path)


def test_the_same_answer_to_two_questions_is_given_twice(tmp_path: Path) -> None:
    """The answer of a minute ago would be taken for the lost one of now."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(SEND + "reset-after count=1")
            place.gateway.faults.add(SEND + "503-before count=1")
            place.stage.customer_says(one, "price?")
            await place.passes(2.5)
            place.stage.customer_says(one, "the price?")
            await place.passes(60)
        assert place.texts(one) == ["Our price list"] * 2

    play(ONE, scenario, tmp_path)


def test_several_unknown_outcomes_in_a_row_keep_their_order(tmp_path: Path) -> None:
    """The third message could be found as the first, and the order would be another."""
    rules = """
rules:
  - id: three
    when: message.received
    do: [{ reply: Hello }, { reply: We are open }, { reply: Hello }]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(SEND + "reset-after count=1")
            place.gateway.faults.add(SEND + "504-before count=1")
            place.gateway.faults.add(SEND + "reset-after count=2")
            place.stage.customer_says(one, "hi")
            await place.passes(120)
        assert place.texts(one) == ["Hello", "We are open", "Hello"]

    play(rules, scenario, tmp_path)


@pytest.mark.parametrize("notify", [True, False])
def test_a_colleagues_identical_text_is_not_taken_for_ours(tmp_path: Path, *, notify: bool) -> None:
    """The worker would believe its answer sent; here a colleague's words are no reason for that."""

    async def scenario(place: Place) -> None:
        stage = place.stage
        async with place.worker():
            one = stage.create_conversation(stage.create_contact(), notify=notify)
            if not notify:
                # no list tells who we are: what was answered to a first send does
                stage.customer_says(one, "hello")
            await place.passes(30)
            before = len(place.texts(one))
            place.gateway.faults.add(SEND + "reset-before count=1")
            stage.customer_says(one, "price?")
            while not place.gateway.faults.played()[f"* {SEND}reset-before count=1"]:
                await place.passes(0.1)
            stage.agent_says(one, "Our price list")
            await place.passes(60)
        assert len(place.texts(one)) == before + 1
        assert set(place.states) == {IntentState.DONE}

    play(HOLDING, scenario, tmp_path)


def test_a_colleague_who_answered_meanwhile_is_not_talked_over(tmp_path: Path) -> None:
    """The customer would read the same answer twice, from two people."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(20)
            place.gateway.faults.add(SEND + "reset-before count=1")
            place.stage.customer_says(one, "price?")
            await place.passes(4)
            place.stage.agent_says(one, "Our price list")
            await place.passes(60)
        assert place.texts(one) == []
        assert [(one.state, one.reason) for one in place.intents] == [
            (IntentState.SKIPPED, "human")
        ]

    play(ONE, scenario, tmp_path)


def test_after_a_restart_a_colleague_is_still_told_from_us(tmp_path: Path) -> None:
    """Lost answers are read back first of all, before any list has told who we are."""

    async def scenario(place: Place) -> None:
        stage = place.stage
        async with place.doomed_worker():
            one = stage.create_conversation(stage.create_contact(), notify=False)
            stage.customer_says(one, "hello")
            await place.passes(20)
            place.gateway.faults.add(SEND + "stall-before seconds=15 count=1")
            stage.customer_says(one, "price?")
            await place.passes(5)
        assert len(place.texts(one)) == 1
        stage.agent_says(one, "Our price list")
        async with place.worker():
            await place.passes(60)
        assert len(place.texts(one)) == 2

    play(HOLDING, scenario, tmp_path)


@pytest.mark.parametrize(
    ("lag_s", "settling"), [(3.0, "10s"), (9.9, "10s"), (10.0, "10s"), (25.0, "30s")]
)
@pytest.mark.parametrize("fault", ["reset-after", "stall-after seconds=40"])
def test_a_list_that_lags_behind_the_write_causes_no_second_send(
    tmp_path: Path, lag_s: float, settling: str, fault: str
) -> None:
    """A platform whose lists are a few seconds late would get every lost answer twice."""

    async def scenario(place: Place) -> None:
        async with place.worker(settling_time=settling):
            one = place.conversation()
            await place.passes(30)
            place.gateway.faults.add(f"{SEND}{fault} count=1")
            place.stage.customer_says(one, "price?")
            await place.passes(180)
        assert place.texts(one) == ["Our price list"]
        assert place.states == [IntentState.DONE]

    play(ONE, scenario, tmp_path, switches=Switches(message_lag_s=lag_s))


@pytest.mark.parametrize("effect", ["before", "after"])
def test_when_nobody_can_look_a_person_decides(tmp_path: Path, effect: str) -> None:
    """The answer would be sent on a guess, or forgotten."""

    async def scenario(place: Place) -> None:
        async with place.worker(in_doubt_after="3m"):
            one = place.conversation()
            await place.passes(10)
            place.stage.customer_says(one, "price?")
            fault = str(place.gateway.faults.add(f"{SEND}close-{effect} seconds=5 count=1"))
            while not place.gateway.faults.played()[fault]:
                await place.passes(0.05)
            for fault in READS:
                place.gateway.faults.add(fault)
            await place.passes(120)
            assert place.states == [IntentState.UNKNOWN]
            await place.passes(180)
            assert place.states == [IntentState.IN_DOUBT]
            place.gateway.faults.clear()
            await place.passes(100)
            assert len(place.texts(one)) == (effect == "after")
            # what shows at last is ours: it must not silence us as a person's would
            place.stage.customer_says(one, "price, please")
            await place.passes(60)
        assert len(place.texts(one)) == 1 + (effect == "after")
        assert place.states == [IntentState.IN_DOUBT, IntentState.DONE]

    play(ONE, scenario, tmp_path)


def test_a_message_in_doubt_is_known_as_ours_after_a_restart_too(tmp_path: Path) -> None:
    """The worker would fall silent before its own words, for a person's."""

    async def scenario(place: Place) -> None:
        async with place.worker(in_doubt_after="1m", settling_time="10s"):
            one = place.conversation()
            await place.passes(10)
            place.stage.customer_says(one, "price?")
            fault = str(place.gateway.faults.add(SEND + "close-after seconds=5 count=1"))
            while not place.gateway.faults.played()[fault]:
                await place.passes(0.05)
            for read in READS:
                place.gateway.faults.add(read)
            await place.passes(150)
            assert place.states == [IntentState.IN_DOUBT]
        place.gateway.faults.clear()
        async with place.worker():
            await place.passes(60)
            place.stage.customer_says(one, "price, please")
            await place.passes(60)
        assert place.texts(one) == ["Our price list"] * 2

    play(ONE, scenario, tmp_path)


@pytest.mark.parametrize(
    ("effect", "expires", "sent"), [("after", "5m", 1), ("before", "5m", 0), ("before", "15m", 1)]
)
def test_nothing_is_sent_while_nobody_can_look(
    tmp_path: Path, effect: str, expires: str, sent: int
) -> None:
    """An outage of reads would double answers, or end with one that is of no use any more."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.stage.customer_says(one, "price?")
            place.gateway.faults.add(f"{SEND}close-{effect} seconds=5 count=1")
            await place.passes(4)
            for fault in READS:
                place.gateway.faults.add(fault)
            await place.passes(8 * 60)
            assert len(place.texts(one)) == (effect == "after")
            place.gateway.faults.clear()
            await place.passes(120)
        assert len(place.texts(one)) == sent
        assert place.states == [IntentState.DONE if sent else IntentState.SKIPPED]

    rules = ONE.replace("settle: 0s", f"settle: 0s\n    expires_after: {expires}")
    play(rules, scenario, tmp_path)


def test_rows_nobody_can_read_do_not_prove_a_message_missing(tmp_path: Path) -> None:
    """Our own message, answered with other types, would be sent again."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.stage.customer_says(one, "price?")
            place.gateway.faults.add(SEND + "close-after seconds=5 count=1")
            await place.passes(4)
            place.gateway.faults.add("list_messages: wrong-types")
            await place.passes(120)
            assert len(place.texts(one)) == 1
            place.gateway.faults.clear()
            await place.passes(60)
        assert place.texts(one) == ["Our price list"]
        assert place.states == [IntentState.DONE]

    play(ONE, scenario, tmp_path)


@pytest.mark.parametrize("offset_s", [-600.0, 600.0])
@pytest.mark.parametrize("fault", ["reset-after count=1", "reset-before count=1"])
def test_a_platform_whose_clock_is_wrong_is_read_back_as_well(
    tmp_path: Path, offset_s: float, fault: str
) -> None:
    """Ten minutes of difference would hide our message, or show an older one."""

    async def scenario(place: Place) -> None:
        place.stage.set_clock(offset_s)
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(SEND + fault)
            place.stage.customer_says(one, "price?")
            await place.passes(60)
        assert place.texts(one) == ["Our price list"]

    play(ONE, scenario, tmp_path)


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_menu_found_after_a_restart_still_understands_its_pick(
    tmp_path: Path, effect: str
) -> None:
    """The customer would press a button of a menu nobody remembers having sent."""

    async def scenario(place: Place) -> None:
        async with place.doomed_worker():
            one = place.conversation(channel="whatsapp")
            await place.passes(10)
            place.gateway.faults.add(f"{SEND}stall-{effect} seconds=15 count=1")
            place.stage.customer_says(one, "menu")
            await place.passes(6)
        async with place.worker():
            await place.passes(60)
            assert place.texts(one) == ["Pick one"]
            place.stage.customer_says(one, "2")
            await place.passes(30)
        assert place.texts(one) == ["Pick one", "We open at nine"]

    play(MENU, scenario, tmp_path)


@pytest.mark.parametrize("fault", ["reset-after", "504-before", "late seconds=25"])
def test_a_menu_sent_as_numbers_is_found_by_its_words(tmp_path: Path, fault: str) -> None:
    """It is not stored as the menu it was; it would be sent again for ever."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation(channel="whatsapp")
            await place.passes(10)
            place.gateway.faults.add(f"{SEND}{fault} count=1 skip=1")
            place.stage.customer_says(one, "menu")
            await place.passes(90)
            place.stage.customer_says(one, "2")
            await place.passes(30)
        assert place.texts(one) == ["Pick one\n1. Prices\n2. Hours", "We open at nine"]

    switches = Switches(response_refused_on=frozenset({"whatsapp"}))
    play(MENU, scenario, tmp_path, switches=switches)


@pytest.mark.parametrize("proceeds", [True, False])
def test_after_a_step_in_doubt_the_rule_goes_on_only_where_it_says_so(
    tmp_path: Path, *, proceeds: bool
) -> None:
    """The customer would be told that a colleague has a note that nobody has."""
    rules = f"""
rules:
  - id: noted
    when: message.received
    continue_on_error: {str(proceeds).lower()}
    do: [{{ note: Asked }}, {{ reply: A colleague has your note }}]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add("add_comment: reset-before count=1")
            place.stage.customer_says(one, "hi")
            await place.passes(60)
        assert len(place.texts(one)) == proceeds
        assert place.states[0] is IntentState.IN_DOUBT

    play(rules, scenario, tmp_path)
