"""Ways in which an agent was talked over, or nearly: each is one schedule, to the second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.steps import asked, steps
from tests.virtual_worker import Place, play


def test_who_waits_for_others_calls_looks_after_them(tmp_path: Path) -> None:
    """Guards asked before the wait would speak of a conversation as it was long ago."""

    async def scenario(place: Place) -> None:
        async with place.worker(concurrency=1):
            place.gateway.faults.add("send_message: stall-after seconds=4")
            seats = [place.conversation() for _ in range(3)]
            for one in seats:
                place.stage.customer_says(one, "hello")
            await asked(place, "send_message")
            for one in seats:
                place.stage.agent_says(one, "let me see")
            await place.passes(30)
        assert sum(len(place.texts(one)) for one in seats) == 1

    play(steps("{ reply: one }"), scenario, tmp_path)


def test_who_stood_in_the_budgets_line_is_asked_again(tmp_path: Path) -> None:
    """A send waits there for up to ten seconds, and nobody reads anything meanwhile."""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_notifications="1s"):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "send_message")
            await place.passes(2)
            place.gateway.faults.add("list_notifications: 429-seconds seconds=9 count=1")
            await asked(place, "list_notifications")
            place.stage.agent_says(one, "let me see")
            await place.passes(30)
        assert place.texts(one) == ["one"]

    play(steps("{ reply: one }", "{ reply: { text: two, delay: 5s } }"), scenario, tmp_path)


def test_a_closing_is_read_at_once_below_our_own_answer(tmp_path: Path) -> None:
    """The list told it; that its newest message is ours says nothing of the status."""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_messages="200ms"):
            one = place.conversation()
            place.gateway.faults.add("update_contact: stall-after seconds=1.5")
            place.stage.customer_says(one, "hello")
            await asked(place, "update_contact")
            place.stage.set_status(one, "closed")
            await place.passes(30)
        assert place.texts(one) == ["one"]

    update = "{ update_contact: { fields: { remark: x } } }"
    play(steps("{ reply: one }", update, "{ reply: two }"), scenario, tmp_path)


def test_what_lies_below_our_own_answer_is_read_while_the_next_one_waits(tmp_path: Path) -> None:
    """Only answers that follow at once need no look in between; a delay is time for one."""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_messages="1s"):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "list_messages")
            await place.passes(0.93)
            place.stage.agent_says(one, "let me see")
            await place.passes(30)
        assert place.texts(one) == ["one"]

    delayed = ("{ reply: { text: one, delay: 1s } }", "{ reply: { text: two, delay: 2s } }")
    play(steps(*delayed), scenario, tmp_path)


def test_a_closing_that_a_slow_list_tells_is_not_lost(tmp_path: Path) -> None:
    """What is asked before a look at the conversation may be answered after it, and be newer."""

    async def scenario(place: Place) -> None:
        async with place.worker(poll_messages="1s"):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "list_messages")
            place.gateway.faults.add("list_conversations: late seconds=6")
            await asked(place, "get_conversation")
            assert place.texts(one) == ["one"]
            place.stage.set_status(one, "closed")
            await place.passes(30)
        assert place.texts(one) == ["one"]

    delayed = ("{ reply: { text: one, delay: 5200ms } }", "{ reply: { text: two, delay: 8500ms } }")
    play(steps(*delayed), scenario, tmp_path)


def test_who_wrote_is_looked_up_where_the_list_shows_that_somebody_did(tmp_path: Path) -> None:
    """The page is on its way, and the answer would be quicker."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "send_message")
            place.gateway.faults.add("list_messages: stall-after seconds=3")
            place.stage.agent_says(one, "let me see")
            await place.passes(30)
        assert place.texts(one) == ["one"]

    play(steps("{ reply: one }", "{ reply: { text: two, delay: 3s } }"), scenario, tmp_path)


def test_nobody_is_answered_in_a_conversation_that_was_never_read(tmp_path: Path) -> None:
    """At the first start the list tells which conversations there are, not who wrote in them."""
    rules = """
rules:
  - id: assigned
    when: notification.created
    if: [{ notification: { type_name: conversation_assigned } }]
    do: [{ reply: you are in good hands }]
"""

    async def scenario(place: Place) -> None:
        one, other = place.conversation(), place.conversation()
        place.stage.agent_says(one, "let me see")
        async with place.worker():
            for who in (one, other):
                assigned_to(place, who)
            await place.passes(30)
        assert place.texts(one) == []
        assert place.texts(other) == ["you are in good hands"]

    play(rules, scenario, tmp_path)


def assigned_to(place: Place, who: str) -> Any:
    """The worker is told that it is responsible; the conversation itself does not move."""
    world = place.gateway.world
    address = world.tcu_of(world.conversations[who], world.worker.id)
    place.stage.notify(type=204, action_to={"team_conversation_user_id": address})
