"""Contacts that appear and change: told once each, whoever sees it first; never our own doing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.virtual_worker import ACCOUNT, Place, play
from worker.sandbox.switches import Switches

RULES = """
rules:
  - id: new
    when: contact.created
    do: [{ tag: new }]
  - id: changed
    when: contact.updated
    do: [{ tag: changed }]
"""
CAPTURE = (
    RULES
    + """
  - id: capture
    when: message.received
    settle: 0s
    do: [{ update_contact: { fields: { first_name: "{{ message.text }}" } } }]
"""
)
CREATED_ONLY = """
rules:
  - id: new
    when: contact.created
    do: [{ tag: new }]
"""
NONE = """
rules:
  - id: hello
    when: message.received
    settle: 0s
    do: [{ reply: Hello }]
"""


async def told(place: Place) -> list[str]:
    """The ids of contact events so far, oldest first, contacts by the sandbox's numbering."""
    events = await place.ledger.events(ACCOUNT, limit=10_000)
    found = [one.event for one in reversed(events) if one.event.kind.startswith("contact.")]
    names = {name: f"c{number}" for number, name in enumerate(place.gateway.world.contacts, 1)}
    return [
        one.id.removeprefix("contact:").replace(str(one.contact_id), names[str(one.contact_id)])
        for one in found
    ]


def edits(place: Place, contact: str, **fields: str) -> None:
    """Somebody of the team edits the contact."""
    place.stage.set_contact(contact, fields)


def requests(place: Place) -> int:
    """Requests for the contact list so far."""
    return place.gateway.requests.counts["list_contacts"]


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_new_contacts_and_their_changes_are_told_once_each(tmp_path: Path, generation: str) -> None:
    """Rules about contacts would never fire, or fire at each poll."""

    async def scenario(place: Place) -> None:
        old = place.stage.create_contact()
        prefix = {} if generation == "v1" else {"api_prefix": "/channel-service/v1"}
        async with place.worker(**prefix):
            await place.passes(30)
            assert await told(place) == []
            new = place.stage.create_contact()
            await place.passes(30)
            edits(place, old, display_name="Ann")
            await place.passes(30)
            edits(place, new, display_name="Bob", email="b@example.com")
            await place.passes(60)
        assert await told(place) == ["c2", "c1:1", "c2:1"]
        events = await place.ledger.events(ACCOUNT)
        assert events[0].event.changed == ("display_name", "email")

    play(RULES, scenario, tmp_path, generation=generation)


def test_a_value_that_comes_back_is_told_again(tmp_path: Path) -> None:
    """A to B to A is two changes: with an id made of the content the second would be a repeat."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact(language="en")
        async with place.worker():
            await place.passes(30)
            for language in ("th", "en", "th"):
                edits(place, one, language=language)
                await place.passes(30)
        async with place.worker():
            edits(place, one, language="en")
            await place.passes(30)
        assert await told(place) == ["c1:1", "c1:2", "c1:3", "c1:4"]

    play(RULES, scenario, tmp_path)


def test_what_happens_while_the_worker_is_down_is_told_at_its_return(tmp_path: Path) -> None:
    """An edit in the minutes of a release would never reach the rules."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        async with place.worker():
            await place.passes(30)
        edits(place, one, email="a@example.com")
        place.stage.create_contact()
        await place.passes(60)
        async with place.doomed_worker():
            await place.passes(30)
        async with place.worker():
            await place.passes(30)
        assert await told(place) == ["c1:1", "c2"]

    play(RULES, scenario, tmp_path)


def test_nothing_that_the_worker_writes_itself_is_news(tmp_path: Path) -> None:
    """A rule on changes that changes a contact would answer itself for ever."""
    rules = """
rules:
  - id: capture
    when: message.received
    settle: 0s
    do: [{ tag: wrote }, { update_contact: { fields: { first_name: "{{ message.text }}" } } }]
  - id: changed
    when: contact.updated
    do: [{ tag: changed }, { update_contact: { fields: { company_name: "{{ event.id }}" } } }]
"""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        conversation = place.stage.create_conversation(one)
        async with place.worker():
            await place.passes(30)
            place.stage.customer_says(conversation, "Ann")
            await place.passes(60)
            assert place.stage.contact(one)["display_name"] == "Ann"
            assert place.stage.contact(one)["remark"] == "#wrote"
            assert await told(place) == []
            edits(place, one, email="a@example.com")
            await place.passes(60)
            assert place.stage.contact(one)["company_name"].endswith(":1")
            place.stage.customer_says(conversation, "Bea")
            await place.passes(60)
        async with place.worker():
            await place.passes(60)
        assert await told(place) == ["c1:1"]

    play(rules, scenario, tmp_path)


@pytest.mark.parametrize(
    "fault", ["stall-after seconds=15", "503-after count=1", "reset-after count=1"]
)
def test_a_write_whose_answer_was_lost_is_still_our_own(tmp_path: Path, fault: str) -> None:
    """The change is at the platform before anybody here knows: it would look like a colleague's."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        conversation = place.stage.create_conversation(one)
        async with place.doomed_worker():
            await place.passes(30)
            place.gateway.faults.add(f"update_contact: {fault}")
            place.stage.customer_says(conversation, "Ann")
            await place.passes(5)
            assert place.stage.contact(one)["first_name"] == "Ann"
        async with place.worker():
            place.gateway.faults.clear()
            await place.passes(120)
            assert await told(place) == []
            edits(place, one, remark="calls at noon")
            await place.passes(60)
        assert await told(place) == ["c1:1"]

    play(CAPTURE, scenario, tmp_path)


def test_a_write_under_way_is_not_taken_for_a_colleagues(tmp_path: Path) -> None:
    """A poll in the second between the change and its answer would tell our own work."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        conversation = place.stage.create_conversation(one)
        async with place.worker(poll_contacts="1s"):
            await place.passes(30)
            place.gateway.faults.add("update_contact: stall-after seconds=15 count=1")
            place.stage.customer_says(conversation, "Ann")
            await place.passes(10)
            assert place.stage.contact(one)["first_name"] == "Ann"
            await place.passes(60)
        assert await told(place) == []

    play(CAPTURE, scenario, tmp_path)


def test_an_edit_beside_our_own_write_is_told(tmp_path: Path) -> None:
    """The colleague's change would be taken for ours with the record we read before writing."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        conversation = place.stage.create_conversation(one)
        async with place.worker(poll_contacts="10m"):
            await place.passes(30)
            edits(place, one, email="a@example.com")
            place.stage.customer_says(conversation, "Ann")
            await place.passes(60)
            assert place.stage.contact(one)["first_name"] == "Ann"
            assert await told(place) == []
            await place.passes(600)
        assert await told(place) == ["c1:1"]
        events = await place.ledger.events(ACCOUNT, limit=1)
        assert events[0].event.changed == ("email",)

    play(CAPTURE, scenario, tmp_path)


def test_a_change_that_a_message_shows_first_is_told_once(tmp_path: Path) -> None:
    """A contact read for a message would swallow the change, or the list would tell it again."""

    async def scenario(place: Place) -> None:
        contacts = [place.stage.create_contact() for _ in range(1200)]
        conversation = place.stage.create_conversation(contacts[0])
        async with place.worker(requests_per_minute=60):
            await place.passes(600)
            edits(place, contacts[0], language="th")
            place.stage.customer_says(conversation, "hello")
            await place.passes(25)
            assert await told(place) == ["c1:1"]
            await place.passes(600)
        assert await told(place) == ["c1:1"]

    play(RULES + NONE.replace("rules:", ""), scenario, tmp_path)


def test_a_poll_without_rules_on_contacts_asks_nothing(tmp_path: Path) -> None:
    """Every account would pay requests for events that nobody wants."""

    async def scenario(place: Place) -> None:
        place.stage.create_contact()
        async with place.worker():
            opened = requests(place)
            await place.passes(120)
        assert requests(place) == opened

    play(NONE, scenario, tmp_path)


def test_rules_that_begin_to_ask_begin_with_what_is_there(tmp_path: Path) -> None:
    """A reload would tell every contact there is, and what changed while nobody asked."""

    async def scenario(place: Place) -> None:
        one = place.stage.create_contact()
        async with place.worker(watch=True):
            await place.passes(30)
            place.rules.write_text(RULES, "utf-8")
            await place.passes(30)
            edits(place, one, language="th")
            await place.passes(30)
            assert await told(place) == ["c1:1"]
            place.rules.write_text(CREATED_ONLY, "utf-8")
            await place.passes(30)
            edits(place, one, language="en")
            await place.passes(30)
            place.rules.write_text(RULES, "utf-8")
            await place.passes(30)
            assert await told(place) == ["c1:1"]
            edits(place, one, language="vi")
            await place.passes(30)
        assert await told(place) == ["c1:1", "c1:2"]

    play(NONE, scenario, tmp_path)


def test_a_burst_of_new_contacts_is_told_whole(tmp_path: Path) -> None:
    """An import longer than a page would lose those on the second page."""

    async def scenario(place: Place) -> None:
        for _ in range(120):
            place.stage.create_contact()
        async with place.worker():
            await place.passes(30)
            for _ in range(260):
                place.stage.create_contact()
            await place.passes(60)
        assert await told(place) == [f"c{number}" for number in range(121, 381)]

    play(CREATED_ONLY, scenario, tmp_path)


@pytest.mark.parametrize("start", ["beginning", "2026-10-05T02:00:30+00:00"])
def test_where_to_start_from_is_a_setting_for_contacts_too(tmp_path: Path, start: Any) -> None:
    """`WORKER_START_FROM` would hold for messages alone."""

    async def scenario(place: Place) -> None:
        place.stage.create_contact()
        await place.passes(60)
        place.stage.create_contact()
        async with place.worker(start_from=start):
            await place.passes(60)
        assert await told(place) == (["c1", "c2"] if start == "beginning" else ["c2"])

    play(CREATED_ONLY, scenario, tmp_path)


def test_a_long_list_is_walked_within_a_tenth_of_the_budget(tmp_path: Path) -> None:
    """Contacts would eat the requests that answers need."""

    async def scenario(place: Place) -> None:
        contacts = [place.stage.create_contact() for _ in range(3000)]
        async with place.worker():
            await place.passes(120)
            place.gateway.requests.clear()
            await place.passes(600)
            walked = requests(place)
            edits(place, contacts[1500], language="th")
            edits(place, contacts[0], language="th")
            await place.passes(120)
        # ten minutes of a tenth of 600 a minute, and the list's top in each poll
        assert 500 <= walked <= 600 + 60
        assert sorted(await told(place)) == ["c1501:1", "c1:1"]

    play(RULES, scenario, tmp_path)


def test_lists_that_shift_and_repeat_tell_everything_once(tmp_path: Path) -> None:
    """Rows move between pages while they are read: some would be missed, others told twice."""

    async def scenario(place: Place) -> None:
        contacts = [place.stage.create_contact() for _ in range(330)]
        async with place.worker(requests_per_minute=120):
            await place.passes(60)
            for number in range(40):
                place.stage.create_contact()
                place.stage.delete_contact(contacts[300 - number])
                edits(place, contacts[number], language="th")
                await place.passes(3)
            await place.passes(120)
        events = await place.ledger.events(ACCOUNT, limit=10_000)
        ids = [one.event.id for one in events if one.event.kind.startswith("contact.")]
        changed = [f"contact:{contacts[number]}:1" for number in range(40)]
        assert sorted(one for one in ids if one.endswith(":1")) == sorted(changed)
        assert len([one for one in ids if not one.endswith(":1")]) == 40

    play(RULES, scenario, tmp_path, switches=Switches(page_cap=60))


def test_an_answer_about_a_contact_goes_to_its_conversation(tmp_path: Path) -> None:
    """A rule on contacts could only tag: nobody would know where to write."""
    rules = """
rules:
  - id: welcome
    when: contact.updated
    if: [{ contact: { language: th } }]
    do: [{ reply: "สวัสดีค่ะ" }]
"""

    async def scenario(place: Place) -> None:
        one, other = place.stage.create_contact(), place.stage.create_contact()
        conversation = place.stage.create_conversation(one)
        async with place.worker():
            await place.passes(30)
            edits(place, one, language="th")
            edits(place, other, language="th")
            await place.passes(60)
        assert place.texts(conversation) == ["สวัสดีค่ะ"]
        events = await place.ledger.events(ACCOUNT)
        reasons = {one.event.contact_id: one.trace for one in events if one.event.changed}
        trace = reasons[other]  # type: ignore[index]
        assert trace is not None
        assert trace.rules[0].reason.value == "unsupported"

    play(rules, scenario, tmp_path)


def test_without_a_conversation_list_new_contacts_are_told_and_answered(tmp_path: Path) -> None:
    """Whoever is noted as a contact first would never be looked up for conversations."""
    rules = RULES + NONE.replace("rules:", "")

    async def scenario(place: Place) -> None:
        place.gateway.faults.add("search_conversations: 404")
        async with place.worker(poll_contacts="1s", poll_messages="30s"):
            await place.passes(62)
            one = place.stage.create_contact()
            await place.passes(5)
            conversation = place.stage.create_conversation(one, notify=False)
            place.stage.customer_says(conversation, "anybody there?")
            await place.passes(150)
        assert await told(place) == ["c1"]
        assert place.texts(conversation) == ["Hello"]

    play(rules, scenario, tmp_path, switches=Switches(team_list=False))
