"""What an action changes in the worker itself holds at once, however the platform's share goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual_worker import Place, play
from worker.model.action import IntentState
from worker.model.ids import AccountId, ContactId

TAGS = """
rules:
  - id: interested
    when: message.received
    settle: 0s
    if: [{ text: { contains: price } }]
    do: [{ tag: asked-price }]
  - id: hours
    when: message.received
    settle: 0s
    if: [{ text: { contains: hours } }, { tag: asked-price }]
    do: [{ reply: We open at nine }]
"""
HANDS = """
rules:
  - id: person
    when: message.received
    settle: 0s
    if: [{ text: { contains: person } }]
    do: [{ hand_over: { team: t_imbrace_default_team, user: AGENT, note: Asked for us } }]
  - id: price
    when: message.received
    settle: 0s
    if: [{ text: { contains: price } }]
    do: [{ reply: Our price list }]
"""


async def tags_of(place: Place, contact: str) -> frozenset[str]:
    """The contact's tags as the ledger has them."""
    account = AccountId(place.intents[0].account)
    found = await place.ledger.contacts(account, [ContactId(contact)])
    return found[ContactId(contact)].tags


@pytest.mark.parametrize("kind", ["503-before", "refuse", "429", "401"])
def test_a_tag_counts_while_it_cannot_be_shown(tmp_path: Path, kind: str) -> None:
    """A contact list that is down would change which rules act."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            contact = place.stage.create_contact()
            one = place.stage.create_conversation(contact)
            await place.passes(10)
            place.gateway.faults.add(f"update_contact: {kind}")
            place.stage.customer_says(one, "price?")
            await place.passes(6)
            assert [row.state for row in place.intents] == [IntentState.RETRYING]
            assert await tags_of(place, contact) == {"asked-price"}
            other = place.stage.create_conversation(contact)
            place.stage.customer_says(other, "hours?")
            await place.passes(4 if kind != "401" else 60)
            place.gateway.faults.clear()
            await place.passes(150)
        assert place.texts(other) == ["We open at nine"]
        assert place.stage.contact(contact)["remark"] == "#asked-price"

    play(TAGS, scenario, tmp_path)


def test_a_tag_of_a_worker_that_died_while_showing_it_is_kept(tmp_path: Path) -> None:
    """The process that died would take the tag with it until the platform answers again."""

    async def scenario(place: Place) -> None:
        contact = place.stage.create_contact()
        async with place.doomed_worker():
            one = place.stage.create_conversation(contact)
            await place.passes(10)
            place.gateway.faults.add("update_contact: stall-before seconds=15")
            place.stage.customer_says(one, "price?")
            await place.passes(5)
            assert [row.state for row in place.intents] == [IntentState.SENDING]
        async with place.worker():
            assert await tags_of(place, contact) == {"asked-price"}
            place.gateway.faults.clear()
            await place.passes(60)
        assert place.stage.contact(contact)["remark"] == "#asked-price"

    play(TAGS, scenario, tmp_path)


@pytest.mark.parametrize("kind", ["503-before", "stall-before seconds=15", "429", "refuse"])
def test_silence_begins_before_the_colleague_could_be_told(tmp_path: Path, kind: str) -> None:
    """The customer asked for a person and would go on getting answers of a machine."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(f"assign: {kind}")
            place.stage.customer_says(one, "a person please")
            await place.passes(30)
            place.stage.customer_says(one, "price?")
            await place.passes(30)
            assert [row.rule_id for row in place.intents] == ["person"]
            place.gateway.faults.clear()
            await place.passes(120)
            told = place.stage.transcript(one)
        assert place.texts(one) == []
        assert told["assigned_to"] == place.gateway.world.agent.id
        assert len(told["comments"]) == 1

    play(HANDS, scenario, tmp_path)


def test_a_silence_that_ended_does_not_begin_again(tmp_path: Path) -> None:
    """A late assignment would silence a case that people have closed since, for good."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add("assign: 503")
            place.stage.customer_says(one, "a person please")
            await place.passes(30)
            place.stage.set_status(one, "closed")
            await place.passes(60)
            place.stage.set_status(one, "active")
            place.gateway.faults.clear()
            await place.passes(120)
            assert [row.state for row in place.intents] == [IntentState.DONE]
            place.stage.customer_says(one, "price?")
            await place.passes(30)
        assert place.texts(one) == ["Our price list"]

    play(HANDS, scenario, tmp_path)


@pytest.mark.parametrize("effect", ["before", "after"])
def test_the_note_of_a_hand_over_is_not_written_twice(tmp_path: Path, effect: str) -> None:
    """Nobody can look for a note; a colleague would read it as often as the platform stumbles."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            place.gateway.faults.add(f"add_comment: 503-{effect} count=1")
            place.stage.customer_says(one, "a person please")
            await place.passes(60)
            told = place.stage.transcript(one)
        assert len(told["comments"]) == (effect == "after")
        (intent,) = place.intents
        assert intent.state is IntentState.DONE
        assert "nobody knows whether the note arrived" in intent.error

    play(HANDS, scenario, tmp_path)
