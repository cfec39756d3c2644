"""Rules that ask and choose: the whole worker against the sandbox, in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual_worker import ACCOUNT, Place, play
from worker.model.action import IntentState
from worker.model.event import EventKind
from worker.model.flow import Timer
from worker.model.hand import Act
from worker.model.ids import ConversationId
from worker.model.verdict import Reason, RuleTrace
from worker.runtime.by_hand import decision

ORDER = """
rules:
  - id: order-status
    when: message.received
    if:
      - text: { mentions: order }
    do:
      - ask:
          text: Your order number?
          again: It looks like AB123456.
          extract: { order: { matches: '[A-Z]{2}\\d{6}' } }
          retries: 1
          timeout: 30m
        id: number
      - choose:
          cases:
            - if: { expr: "steps.number.outcome == 'answered'" }
              do:
                - reply: "{{ found.order }} is on its way."
            - if: { expr: "steps.number.outcome == 'timed_out'" }
              do:
                - reply: Ask again any time.
          otherwise:
            - tag: lost
            - reply: A colleague will help.
      - tag: asked-order
  - id: hours
    when: message.received
    if:
      - text: { mentions: hours }
    do:
      - reply: We are open all day.
  - id: fallback
    priority: -1
    when: message.received
    do:
      - reply: Sorry, what?
"""


async def timers(place: Place) -> tuple[Timer, ...]:
    """What waits."""
    return await place.ledger.timers(ACCOUNT)


async def traces(
    place: Place, conversation: str, kind: EventKind = EventKind.FLOW_RESUMED
) -> list[RuleTrace]:
    """What each rule said to the conversation's events of this kind, oldest first."""
    stored = await place.ledger.events(ACCOUNT, conversation_id=ConversationId(conversation))
    return [
        told
        for one in reversed(stored)
        if one.trace is not None and one.event.kind is kind
        for told in one.trace.rules
    ]


async def endings(place: Place, conversation: str) -> list[Reason | None]:
    """Why rules went on no more after their waits."""
    return [trace.reason for trace in await traces(place, conversation)]


async def tags(place: Place, conversation: str) -> frozenset[str]:
    """The contact's tags as rules see them."""
    states = await place.ledger.conversations(ACCOUNT, [ConversationId(conversation)])
    contact_id = states[ConversationId(conversation)].conversation.contact_id
    assert contact_id is not None
    found = await place.ledger.contacts(ACCOUNT, [contact_id])
    return found[contact_id].tags if contact_id in found else frozenset()


async def asked(place: Place) -> str:
    """A conversation in which the order number has been asked for."""
    one = place.conversation()
    place.stage.customer_says(one, "my order please")
    await place.passes(10)
    assert place.texts(one) == ["Your order number?"]
    return one


def test_a_question_is_answered_and_the_rule_goes_on(tmp_path: Path) -> None:
    """The order number that a customer was asked for must lead to the order."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            assert len(await timers(place)) == 1
            place.stage.customer_says(one, "it is AB123456")
            await place.passes(10)
            assert place.texts(one)[1:] == ["AB123456 is on its way."]
            assert await tags(place, one) == {"asked-order"}
            assert await timers(place) == ()
            consumed = (await traces(place, one, EventKind.MESSAGE_RECEIVED))[-2:]
            assert [trace.rule for trace in consumed] == ["order-status", "fallback"]
            assert consumed[0].detail == "ask 'number': this message is the answer"
            assert consumed[1].reason is Reason.OUTRANKED
            (resumed,) = await traces(place, one)
            assert resumed.detail == "goes on after 'number': answered"
            assert [act.kind for act in resumed.acts] == ["reply", "tag"]

    play(ORDER, scenario, tmp_path)


def test_no_answer_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    """Without a bound a bot and a customer misunderstand each other for ever."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "the blue one")
            await place.passes(10)
            assert place.texts(one)[1:] == ["It looks like AB123456."]
            (waiting,) = await timers(place)
            assert waiting.flow.wrong == 1
            place.stage.customer_says(one, "I do not have it")
            await place.passes(10)
            assert place.texts(one)[2:] == ["A colleague will help."]
            assert await tags(place, one) == {"lost", "asked-order"}
            assert await timers(place) == ()

    play(ORDER, scenario, tmp_path)


def test_a_second_try_that_is_right_is_an_answer(tmp_path: Path) -> None:
    """The question that was asked again is the same question."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "the blue one")
            await place.passes(10)
            place.stage.customer_says(one, "ah: AB123456")
            await place.passes(10)
            assert place.texts(one)[2:] == ["AB123456 is on its way."]

    play(ORDER, scenario, tmp_path)


def test_a_question_times_out_when_its_time_has_passed_and_not_before(tmp_path: Path) -> None:
    """A customer who went for the parcel slip must find the question open until then."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            await place.passes(1_700)
            assert place.texts(one) == ["Your order number?"]
            await place.passes(120)
            assert place.texts(one)[1:] == ["Ask again any time."]
            place.stage.customer_says(one, "AB123456")
            await place.passes(10)
            assert place.texts(one)[2:] == ["Sorry, what?"]

    play(ORDER, scenario, tmp_path)


def test_another_matter_is_answered_and_the_question_stays_open(tmp_path: Path) -> None:
    """People ask something in between; that is no wrong answer, and the question is not lost."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "what are your hours?")
            await place.passes(10)
            assert place.texts(one)[1:] == ["We are open all day."]
            assert [timer.flow.wrong for timer in await timers(place)] == [0]
            place.stage.customer_says(one, "AB123456")
            await place.passes(10)
            assert place.texts(one)[2:] == ["AB123456 is on its way."]

    play(ORDER, scenario, tmp_path)


def test_the_same_rule_is_not_begun_twice_in_a_conversation(tmp_path: Path) -> None:
    """Where it is, while its number is asked for, is no answer, and no second question."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "my order!!")
            await place.passes(10)
            assert place.texts(one)[1:] == ["It looks like AB123456."]
            assert len(await timers(place)) == 1

    play(ORDER, scenario, tmp_path)


def test_an_answer_given_while_the_question_is_asked_again_is_understood(tmp_path: Path) -> None:
    """Two messages cross the second question on its way: the right one must not be forgotten."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "the blue one")
            await place.passes(3.2)
            place.stage.customer_says(one, "AB123456")
            await place.passes(20)
            assert "AB123456 is on its way." in place.texts(one)
            assert await timers(place) == ()

    play(ORDER, scenario, tmp_path)


@pytest.mark.parametrize(
    "said",
    [["hello", "AB123456", "thanks"], ["wait", "the number is", "AB123456"], ["AB12", "3456"]],
)
def test_a_burst_that_answers_is_understood_whole(tmp_path: Path, said: list[str]) -> None:
    """Customers press return where others write a full stop."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "my order please")
            await place.passes(10)
            for text in said:
                place.stage.customer_says(one, text)
                await place.passes(0.6)
            await place.passes(10)
            assert place.texts(one)[1:] == ["Found AB123456"]
            assert await timers(place) == ()

    rules = """
rules:
  - id: order
    when: message.received
    if: [{ text: { mentions: order } }]
    do:
      - ask: { text: Number?, extract: { order: { matches: '([A-Z]{2}\\d{2} ?\\d{4})' } } }
        id: number
      - reply: "Found {{ found.order | replace(' ', '') }}"
"""
    play(rules, scenario, tmp_path)


def test_a_burst_without_an_answer_counts_as_one_wrong_answer(tmp_path: Path) -> None:
    """Three short messages must not use up three tries."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            for text in ("hm", "let me", "look"):
                place.stage.customer_says(one, text)
                await place.passes(0.5)
            await place.passes(10)
            assert place.texts(one)[1:] == ["It looks like AB123456."]

    play(ORDER, scenario, tmp_path)


FREE = """
rules:
  - id: complaint
    when: message.received
    if: [{ text: { mentions: complaint } }]
    do:
      - ask: { text: What happened?, timeout: 1h }
        id: what
      - ask: { text: What is your name? }
        id: name
      - reply: "{{ steps.name.answer }}: {{ steps.what.answer }} ({{ message.text }})"
"""


def test_a_free_question_takes_the_whole_burst_and_keeps_it_for_later(tmp_path: Path) -> None:
    """What somebody tells in three messages is one story; a later question must not eat it."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "I have a complaint")
            await place.passes(10)
            for text in ("it came", "broken"):
                place.stage.customer_says(one, text)
                await place.passes(0.5)
            await place.passes(10)
            place.stage.customer_says(one, "Mei")
            await place.passes(10)
            assert place.texts(one) == [
                "What happened?",
                "What is your name?",
                "Mei: it came\nbroken (Mei)",
            ]

    play(FREE, scenario, tmp_path)


MENUS = """
rules:
  - id: menu
    when: message.received
    limits: [{ max: 9, within: 10m, per: conversation }]
    allow_unsafe: true
    if: [{ text: { equals: menu } }]
    do:
      - ask:
          text: What about?
          quick_replies: [{ title: Delivery, payload: d }, { title: Returns, payload: r }]
        id: topic
      - choose:
          cases:
            - if: { payload: d }
              do:
                - ask:
                    text: Where to?
                    quick_replies: [{ title: HK, payload: hk }, { title: Hanoi, payload: vn }]
                    again: Please choose a city.
                  id: city
                - choose:
                    cases:
                      - if: [{ payload: hk }]
                        do: [{ reply: One day. }]
                      - if: [{ payload: vn }]
                        do: [{ reply: Three days. }]
                - tag: delivery
            - if: { payload: r }
              do:
                - reply: Within 14 days.
      - tag: chose
        if: { expr: "steps.topic.payload == 'd'" }
"""


@pytest.mark.parametrize("buttons", [True, False], ids=["buttons", "numbers"])
def test_menus_lead_to_menus(tmp_path: Path, buttons: bool) -> None:
    """What a tree of buttons is for: each level knows what was chosen above."""

    async def scenario(place: Place) -> None:
        async with place.worker(quick_replies="buttons" if buttons else "numbered"):
            one = place.conversation()
            place.stage.customer_says(one, "menu")
            await place.passes(10)
            if buttons:
                place.stage.customer_picks(one, "Delivery")
            else:
                place.stage.customer_says(one, "1")
            await place.passes(10)
            assert place.texts(one)[1].startswith("Where to?")
            place.stage.customer_says(one, "somewhere warm")
            await place.passes(10)
            assert place.texts(one)[2].startswith("Please choose a city.")
            if buttons:
                place.stage.customer_picks(one, "Hanoi")
            else:
                place.stage.customer_says(one, "２")
            await place.passes(10)
            assert place.texts(one)[3:] == ["Three days."]
            assert await tags(place, one) == {"delivery", "chose"}

    play(MENUS, scenario, tmp_path)


def test_a_person_who_writes_ends_the_question(tmp_path: Path) -> None:
    """A bot that goes on with its questions talks over the colleague who took the conversation."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.agent_says(one, "I will look myself")
            await place.passes(10)
            assert await timers(place) == ()
            place.stage.customer_says(one, "AB123456")
            await place.passes(3_600)
            assert place.texts(one) == ["Your order number?"]
            (ended,) = await traces(place, one)
            assert (ended.rule, ended.reason) == ("order-status", Reason.HUMAN)

    play(ORDER, scenario, tmp_path)


def test_a_closed_conversation_ends_the_question(tmp_path: Path) -> None:
    """A question that comes back after the conversation was closed opens it for nobody."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.set_status(one, "closed")
            await place.passes(10)
            assert await timers(place) == ()
            await place.passes(3_600)
            assert place.texts(one) == ["Your order number?"]
            assert await endings(place, one) == [Reason.CLOSED]

    play(ORDER, scenario, tmp_path)


def test_an_opt_out_is_no_answer_and_ends_the_question(tmp_path: Path) -> None:
    """A stop to a question that takes any text must stop, not be filed as a name."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "I have a complaint")
            await place.passes(10)
            place.stage.customer_says(one, "stop")
            await place.passes(10)
            assert await timers(place) == ()
            sent = place.texts(one)
            assert sent[0] == "What happened?"
            assert len(sent) == 2  # and the confirmation
            assert await endings(place, one) == [Reason.OPTED_OUT]

    play(FREE, scenario, tmp_path)


def test_a_hand_over_by_another_rule_ends_the_question(tmp_path: Path) -> None:
    """Whoever asks for a person is not asked for an order number again."""
    rules = (
        ORDER
        + """
  - id: person
    priority: 5
    when: message.received
    if: [{ text: { mentions: person } }]
    do:
      - reply: A person comes.
      - hand_over: true
"""
    )

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            place.stage.customer_says(one, "I want a person")
            await place.passes(10)
            assert place.texts(one)[1:] == ["A person comes."]
            assert await timers(place) == ()
            assert await endings(place, one) == [Reason.HANDED_OVER]

    play(rules, scenario, tmp_path)


def test_a_limit_ends_the_question(tmp_path: Path) -> None:
    """Two bots that misunderstand each other are silent after three messages, questions too."""
    rules = ORDER.replace("retries: 1", "retries: 9")

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = await asked(place)
            for _ in range(6):
                place.stage.customer_says(one, "beep")
                await place.passes(15)
            assert place.texts(one) == ["Your order number?", *["It looks like AB123456."] * 2]
            assert await timers(place) == ()
            assert await endings(place, one) == [Reason.LIMIT]

    play(rules, scenario, tmp_path)


def test_rules_that_changed_meanwhile_do_not_touch_what_is_under_way(tmp_path: Path) -> None:
    """A customer in the middle of a question must not meet another conversation after a save."""

    async def scenario(place: Place) -> None:
        async with place.worker(watch=True):
            one = await asked(place)
            place.rules.write_text("rules: []\n", "utf-8")
            await place.passes(10)
            place.stage.customer_says(one, "AB123456")
            await place.passes(10)
            assert place.texts(one)[1:] == ["AB123456 is on its way."]
            assert await tags(place, one) == {"asked-order"}

    play(ORDER, scenario, tmp_path)


def test_in_a_dry_run_nothing_is_asked_and_nothing_waits(tmp_path: Path) -> None:
    """A question that nobody saw has no answer."""

    async def scenario(place: Place) -> None:
        async with place.worker(dry_run=True):
            one = place.conversation()
            place.stage.customer_says(one, "my order please")
            await place.passes(10)
            assert place.texts(one) == []
            assert await timers(place) == ()

    play(ORDER, scenario, tmp_path)


def test_a_step_with_a_condition_of_its_own_may_be_left_out(tmp_path: Path) -> None:
    """A question that need not be asked must not end the rule."""
    rules = """
rules:
  - id: greet
    when: message.received
    if: [{ text: { mentions: hello } }]
    do:
      - ask: { text: Your name? }
        id: name
        if: { not: { tag: known } }
      - tag: known
      - reply: "Hello {{ steps.name.answer or 'again' }} ({{ steps.name.outcome }})"
        if: { expr: "steps.name.outcome != 'timed_out'" }
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await place.passes(10)
            place.stage.customer_says(one, "Mei")
            await place.passes(10)
            place.stage.customer_says(one, "hello")
            await place.passes(10)
            assert place.texts(one) == [
                "Your name?",
                "Hello Mei (answered)",
                "Hello again (skipped)",
            ]

    play(rules, scenario, tmp_path)


@pytest.mark.parametrize(("goes_on", "left"), [("true", {"after"}), ("false", set())])
def test_a_question_that_is_refused_for_good_ends_the_rule_or_does_not(
    tmp_path: Path, goes_on: str, left: set[str]
) -> None:
    """`continue_on_error` says whether the rest is worth anything without an answer."""
    rules = f"""
rules:
  - id: name
    when: message.received
    continue_on_error: {goes_on}
    if: [{{ text: {{ equals: hello }} }}]
    do:
      - ask: {{ text: Your name? }}
        id: name
      - tag: after
        if: {{ expr: "steps.name.outcome == 'failed'" }}
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add("send_message: 400")
            place.stage.customer_says(one, "hello")
            await place.passes(60)
            assert await tags(place, one) == left
            assert await timers(place) == ()

    play(rules, scenario, tmp_path)


def test_a_question_confirmed_by_hand_waits_for_its_answer(tmp_path: Path) -> None:
    """Whoever confirms that the customer was asked expects the answer to be understood."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add("send_message: 400")
            place.stage.customer_says(one, "my order please")
            await place.passes(30)
            (dead,) = await place.ledger.intents(ACCOUNT, [IntentState.DEAD])
            place.gateway.faults.clear()
            await place.ledger.ask(decision(dead, Act.CONFIRM, place.clock.now()))
            await place.passes(5)
            assert len(await timers(place)) == 1
            place.stage.customer_says(one, "AB123456")
            await place.passes(10)
            assert place.texts(one) == ["AB123456 is on its way."]

    play(ORDER, scenario, tmp_path)
