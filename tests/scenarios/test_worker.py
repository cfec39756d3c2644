"""What customers, agents and operators see of the whole worker, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.sandbox.switches import Switches

RULES = """
phrases:
  price: { en: [price, "how much"], zh: [價錢, 多少錢], vi: [giá, "bao nhiêu tiền"], th: [ราคา] }
rules:
  - id: price-list
    when: message.received
    if:
      - text: { mentions: "@price" }
    do:
      - reply: { text: { en: "Our price list", zh: "價目表", vi: "Bảng giá", th: "รายการราคา" } }
      - tag: asked-price
    cooldown: { for: 12h, per: contact }
  - id: menu
    when: message.received
    if:
      - text: { equals: menu }
    do:
      - reply:
          text: "Pick one"
          menu: main
          quick_replies: [{ title: Prices, payload: prices }, Hours]
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: Hours } }
    do:
      - reply: "We open at nine"
  - id: clear
    when: notification.created
    if:
      - notification: { type: conversation_new }
    do:
      - dismiss: true
"""


def test_a_customer_is_answered_once_in_their_language(tmp_path: Path) -> None:
    """The reason this project exists."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            thai = place.conversation(language="th", channel="line")
            place.stage.customer_says(thai, "ขอทราบราคาหน่อยค่ะ")
            await place.passes(30)
            place.stage.customer_says(thai, "ราคาเท่าไหร่คะ")
            await place.passes(30)
        assert place.texts(thai) == ["รายการราคา"]

    play(RULES, scenario, tmp_path)


def test_what_was_there_before_the_first_start_is_history(tmp_path: Path) -> None:
    """Last week's questions would all be answered at the first start."""

    async def scenario(place: Place) -> None:
        old = place.conversation()
        place.stage.customer_says(old, "price?")
        await place.passes(60)
        async with place.worker():
            await place.passes(60)
            assert place.texts(old) == []
            assert place.stage.notifications() != []
            place.stage.customer_says(old, "hello, price please")
            await place.passes(30)
        assert place.texts(old) == ["Our price list"]

    play(RULES, scenario, tmp_path)


def test_from_the_beginning_what_is_not_stale_is_answered(tmp_path: Path) -> None:
    """`WORKER_START_FROM=beginning` would do nothing, or wake the dead."""

    async def scenario(place: Place) -> None:
        stale, recent = place.conversation(), place.conversation()
        place.stage.customer_says(stale, "price?")
        await place.passes(16 * 60)
        place.stage.customer_says(recent, "price?")
        await place.passes(60)
        async with place.worker(start_from="beginning"):
            await place.passes(60)
        assert place.texts(stale) == []
        assert place.texts(recent) == ["Our price list"]

    play(RULES, scenario, tmp_path)


def test_notifications_of_new_conversations_are_dismissed(tmp_path: Path) -> None:
    """The agents' list would fill up."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            place.conversation()
            place.conversation()
            await place.passes(30)
        assert place.stage.notifications() == []

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("typed", ["2", "２", "๒", "hours", None])
def test_a_menu_is_sent_and_its_pick_understood(
    tmp_path: Path, *, refused: bool, typed: str | None
) -> None:
    """A customer on a channel without buttons could not choose."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation(channel="whatsapp")
            place.stage.customer_says(one, "menu")
            await place.passes(30)
            if typed is not None:
                place.stage.customer_says(one, typed)
            elif refused:
                return
            else:
                place.stage.customer_picks(one, "Hours")
            await place.passes(30)
            menu, answer = place.texts(one)
        assert menu.startswith("Pick one")
        assert ("2" in menu) is refused
        assert answer == "We open at nine"

    switches = Switches(response_refused_on=frozenset({"whatsapp"} if refused else ()))
    play(RULES, scenario, tmp_path, switches=switches)


def test_a_refused_menu_is_remembered_for_its_channel(tmp_path: Path) -> None:
    """Every menu would cost a refused call first."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            for _ in range(2):
                one = place.conversation(channel="whatsapp")
                place.stage.customer_says(one, "menu")
                await place.passes(30)
        assert place.gateway.requests.counts["send_message"] == 3

    play(
        RULES,
        scenario,
        tmp_path,
        switches=Switches(response_refused_on=frozenset({"whatsapp"})),
    )


def test_a_tag_is_shown_in_the_remark_beside_what_people_wrote(tmp_path: Path) -> None:
    """Agents would not see it, or lose their own notes."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            contact = place.stage.create_contact()
            place.stage.set_contact(contact, {"remark": "likes tea"})
            one = place.stage.create_conversation(contact)
            place.stage.customer_says(one, "price")
            await place.passes(30)
        assert place.stage.contact(contact)["remark"] == "likes tea #asked-price"

    play(RULES, scenario, tmp_path)


def test_a_person_is_never_talked_over(tmp_path: Path) -> None:
    """The agent's answer and the worker's would contradict each other."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.agent_says(one, "I am with you")
            await place.passes(10)
            place.stage.customer_says(one, "price?")
            await place.passes(60)
            assert place.texts(one) == []
            await place.passes(30 * 60)
            place.stage.customer_says(one, "price?")
            await place.passes(60)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path)


def test_a_person_who_answers_just_before_the_reply_wins(tmp_path: Path) -> None:
    """The guard asked at planning alone would be seconds too early."""
    rules = """
rules:
  - id: slow
    when: message.received
    do:
      - reply: { text: "Here I am", delay: 20s }
"""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_messages="60s"):
            one = place.conversation()
            await place.passes(120)
            place.gateway.requests.clear()
            place.stage.customer_says(one, "price?")
            while not place.gateway.requests.counts["list_messages"]:
                await place.passes(0.1)
            # the last poll before the reply is due comes 15 s after the message was read
            await place.passes(16)
            place.stage.agent_says(one, "It is 100")
            await place.passes(60)
        assert place.texts(one) == []

    play(rules, scenario, tmp_path)


def test_a_burst_is_answered_once_by_its_last_message(tmp_path: Path) -> None:
    """A customer who types in three lines would get three answers."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hi")
            await place.passes(1)
            place.stage.customer_says(one, "a question")
            await place.passes(1)
            place.stage.customer_says(one, "price?")
            await place.passes(30)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path)


def test_a_closed_conversation_and_the_vendors_bot_are_left_alone(tmp_path: Path) -> None:
    """Two bots would answer, or a closed case come back to life."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            closed, automated = place.conversation(), place.conversation()
            place.stage.set_status(closed, "closed")
            place.stage.set_mode(automated, "automation")
            for one in (closed, automated):
                place.stage.customer_says(one, "price?")
            await place.passes(60)
        assert place.texts(closed) == place.texts(automated) == []

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize(
    "fault",
    [
        "POST conversation_messages: 503-after count=1",
        "POST conversation_messages: 503-before count=1",
        "POST conversation_messages: reset-after count=1",
        "POST conversation_messages: reset-before count=1",
        "POST conversation_messages: stall-after seconds=40 count=1",
        "POST conversation_messages: stall-before seconds=40 count=1",
        "POST conversation_messages: late seconds=25 count=1",
        "POST conversation_messages: 429 count=3",
        "POST conversation_messages: refuse count=3",
        "POST conversation_messages: html count=1",
        "POST conversation_messages: empty count=1",
        "POST conversation_messages: truncated count=1",
        "POST conversation_messages: wrong-types count=1",
        "POST conversation_messages: 401 count=2",
        "GET conversation_messages: 502 count=3",
        "*: 503 count=8",
    ],
)
def test_whatever_the_gateway_does_the_customer_sees_one_answer(tmp_path: Path, fault: str) -> None:
    """A doubled or a lost answer."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(fault)
            place.stage.customer_says(one, "price?")
            await place.passes(240)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("after_s", [0.5, 1.9, 2.1, 2.5, 4.0, 8.0])
def test_a_worker_that_dies_and_comes_back_answers_once(tmp_path: Path, after_s: float) -> None:
    """A crash at the wrong moment would double or lose the answer."""

    async def scenario(place: Place) -> None:
        async with place.doomed_worker():
            one = place.conversation()
            place.gateway.faults.add("POST conversation_messages: stall-after seconds=10")
            place.stage.customer_says(one, "price?")
            await place.passes(after_s)
        place.gateway.faults.clear()
        async with place.worker():
            await place.passes(120)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("generation", ["v1", "v2"])
@pytest.mark.parametrize("team_list", [True, False])
def test_follow_ups_are_found_with_and_without_a_conversation_list(
    tmp_path: Path, generation: str, *, team_list: bool
) -> None:
    """A worker fed by notifications alone hears the first message of a customer only."""

    async def scenario(place: Place) -> None:
        prefix = "/channel-service/v1" if generation == "v2" else "/v1/backend"
        async with place.worker(api_prefix=prefix):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await place.passes(60)
            place.stage.customer_says(one, "what is the price?")
            await place.passes(120)
        assert place.texts(one) == ["Our price list"]

    play(
        RULES,
        scenario,
        tmp_path,
        switches=Switches(team_list=team_list),
        generation=generation,
    )


def test_lists_that_lag_behind_their_messages_lose_nothing(tmp_path: Path) -> None:
    """The mark of movement would be believed before its message can be read."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(30)
            place.stage.customer_says(one, "price?")
            await place.passes(60)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path, switches=Switches(message_lag_s=6.0))


def test_a_refused_token_pauses_and_a_restored_one_resumes(tmp_path: Path) -> None:
    """A worker with a refused token would hammer the platform, or never come back."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.stage.revoke_token()
            await place.passes(10)
            place.gateway.requests.clear()
            place.stage.customer_says(one, "price?")
            await place.passes(120)
            assert sum(place.gateway.requests.counts.values()) <= 6
            place.stage.restore_token()
            await place.passes(90)
        assert place.texts(one) == ["Our price list"]

    play(RULES, scenario, tmp_path)


def test_a_dry_run_decides_and_sends_nothing(tmp_path: Path) -> None:
    """A trial on a live account would be seen by customers."""

    async def scenario(place: Place) -> None:
        async with place.worker(dry_run=True):
            one = place.conversation()
            place.stage.customer_says(one, "price?")
            await place.passes(60)
        assert len(place.gateway.journal) == 0

    play(RULES, scenario, tmp_path)


def test_an_opt_out_is_confirmed_once_and_kept(tmp_path: Path) -> None:
    """A customer who said stop would go on getting answers."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            for text in ("stop", "price?", "stop"):
                place.stage.customer_says(one, text)
                await place.passes(30)
        async with place.worker():
            place.stage.customer_says(one, "price?")
            await place.passes(30)
        assert len(place.texts(one)) == 1

    play(RULES, scenario, tmp_path)


def test_two_workers_that_answer_each_other_end_within_the_limit(tmp_path: Path) -> None:
    """Two bots would write to each other all night."""
    rules = """
rules:
  - id: echo
    when: message.received
    do:
      - reply: "{{ message.text }}"
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            for _ in range(300):
                await place.passes(5)
                sent = place.texts(one)
                if len(sent) > place_count[0]:
                    place_count[0] = len(sent)
                    place.stage.customer_says(one, sent[-1])
        assert 3 <= place_count[0] <= 10

    place_count = [0]
    play(rules, scenario, tmp_path)


@pytest.mark.parametrize("action", ["hand_over: true", "close: true"])
def test_the_rest_of_a_rule_runs_after_it_handed_over_or_closed(
    tmp_path: Path, action: str
) -> None:
    """The customer would not be told that a person is coming."""
    rules = f"""
rules:
  - id: person
    when: message.received
    if:
      - text: {{ mentions: person }}
    do:
      - {action}
      - reply: "A colleague will write to you"
  - id: other
    when: message.received
    do:
      - reply: "Hello"
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "a person please")
            await place.passes(30)
            place.stage.customer_says(one, "hello?")
            await place.passes(60)
        assert place.texts(one) == ["A colleague will write to you"]

    play(rules, scenario, tmp_path)
