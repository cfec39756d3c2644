"""Reads of one conversation that overlap, and what happens between a guard and its send."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.steps import asked, steps
from tests.virtual_worker import Place, play


@pytest.mark.parametrize("offset", [0.0, 0.5, 1.0, 1.5])
def test_a_list_that_was_asked_before_a_look_does_not_overrule_it(
    tmp_path: Path, offset: float
) -> None:
    """The first answer was withheld because of the closing, and the next one sent after it."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(offset)
            place.stage.customer_says(one, "hello")
            await place.passes(4)
            place.gateway.faults.add("list_conversations: stall-after seconds=4.4")
            place.stage.customer_says(one, "hm")
            await asked(place, "list_conversations")
            await place.passes(0.2)
            place.stage.set_status(one, "closed")
            await place.passes(20)
        assert place.texts(one)[:1] == ["one"]
        assert not {"two", "three"} & set(place.texts(one))

    delayed = ("{ reply: { text: two, delay: 8s } }", "{ reply: { text: three, delay: 8900ms } }")
    play(steps("{ reply: one }", *delayed), scenario, tmp_path)


def test_a_look_that_the_list_overtook_is_taken_once_more(tmp_path: Path) -> None:
    """Its page was made before the person wrote, and came after the list had told of that."""

    async def scenario(place: Place) -> None:
        place.gateway.faults.add("list_messages: stall-after seconds=2")
        async with place.worker(poll_messages="1s", poll_notifications="200ms"):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "send_message")
            await place.passes(0.5)
            place.gateway.faults.add("list_conversations: late seconds=7 count=1")
            await asked(place, "get_conversation")
            await place.passes(0.3)
            place.stage.agent_says(one, "let me see")
            await place.passes(40)
        assert place.texts(one) == ["one"]

    later = ("{ reply: { text: two, delay: 8s } }", "{ reply: three }")
    play(steps("{ reply: one }", *later), scenario, tmp_path)


def test_a_look_whose_page_stood_in_line_is_taken_once_more(tmp_path: Path) -> None:
    """Status and mode were read long before the messages were."""

    async def scenario(place: Place) -> None:
        budget = {"poll_notifications": "200ms", "requests_per_minute": 6000}
        async with place.worker(poll_messages="1s", **budget):
            one = place.conversation()
            place.stage.customer_says(one, "hello")
            await asked(place, "send_message")
            place.gateway.faults.add("list_conversations: late seconds=19")
            place.gateway.faults.add("get_conversation: stall-after seconds=1")
            await asked(place, "get_conversation")
            place.gateway.faults.add("list_notifications: 429-seconds seconds=9 count=1")
            await place.passes(1.2)
            place.stage.set_status(one, "closed")
            await place.passes(40)
        assert place.texts(one) == ["one"]

    play(steps("{ reply: one }", "{ reply: { text: two, delay: 8s } }"), scenario, tmp_path)


def test_who_writes_during_an_upload_is_not_sent_its_file(tmp_path: Path) -> None:
    """The guards were asked before the upload, and much can happen in fifteen seconds."""

    async def scenario(place: Place) -> None:
        (place.rules.parent / "price.txt").write_text("x", "utf-8")
        one, other = place.conversation(), place.conversation()
        async with place.worker():
            place.gateway.faults.add("upload_message_file: stall-after seconds=15")
            for who in (one, other):
                place.stage.customer_says(who, "hello")
            await place.passes(5)
            place.stage.agent_says(one, "let me see")
            await place.passes(40)
        sent = list(place.gateway.journal.entries(kind="send"))
        assert [other in entry.ids for entry in sent] == [True]

    play(steps("{ reply: { file: price.txt } }"), scenario, tmp_path)
