"""Silence: who asked for it, how long it lasts, and how it ends."""

from __future__ import annotations

from pathlib import Path

from tests.virtual_worker import Place, play

MINUTE = 60.0
RULES = """
defaults: { settle: 0s }
rules:
  - id: person
    when: message.received
    if: [{ text: person }]
    do: [{ hand_over: HOW }]
  - id: price
    when: message.received
    if: [{ text: price }]
    do: [{ reply: Our price list }]
"""


async def asks(place: Place, one: str, text: str = "price?") -> int:
    """How many answers there are a little after the customer wrote."""
    place.stage.customer_says(one, text)
    await place.passes(20)
    return len(place.texts(one))


def test_a_hand_over_for_a_time_ends_with_it_and_not_by_a_closing(tmp_path: Path) -> None:
    """A colleague who closes by mistake would call the machine back into the case."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            assert await asks(place, one, "a person please") == 0
            await place.passes(30 * MINUTE)
            place.stage.set_status(one, "closed")
            await place.passes(MINUTE)
            place.stage.set_status(one, "active")
            await place.passes(MINUTE)
            assert await asks(place, one) == 0
        async with place.worker():
            await place.passes(30 * MINUTE)
            assert await asks(place, one) == 1

    play(RULES.replace("HOW", "{ for: 1h }"), scenario, tmp_path)


def test_a_hand_over_without_a_time_lasts_until_it_is_closed(tmp_path: Path) -> None:
    """Silence that nobody can end is a customer nobody answers."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            assert await asks(place, one, "a person please") == 0
        await place.passes(24 * 60 * MINUTE)
        async with place.worker():
            await place.passes(10)
            assert await asks(place, one) == 0
            place.stage.set_status(one, "closed")
            await place.passes(MINUTE)
            place.stage.set_status(one, "active")
            await place.passes(MINUTE)
            assert await asks(place, one) == 1

    play(RULES.replace("HOW", "true"), scenario, tmp_path)


def test_who_opted_out_by_a_word_comes_back_by_a_word(tmp_path: Path) -> None:
    """With the shipped phrases and texts, over restarts; each confirmed once."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            assert await asks(place, one, "where is the bus stop, and the price?") == 1
            assert await asks(place, one, "Stop please!") == 2
            assert "START" in place.texts(one)[-1]
            assert await asks(place, one) == 2
            assert await asks(place, one, "stop") == 2
        async with place.worker():
            await place.passes(10)
            assert await asks(place, one) == 2
            await place.passes(20 * MINUTE)
            assert await asks(place, one, "start") == 3
            assert await asks(place, one) == 4

    play(RULES.replace("HOW", "true"), scenario, tmp_path)


def test_a_colleague_silences_by_a_word_of_the_remark_and_takes_it_back(tmp_path: Path) -> None:
    """The platform has no flag for it; asking a developer would take a day."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            contact = place.stage.create_contact()
            one = place.stage.create_conversation(contact)
            assert await asks(place, one) == 1
            place.stage.set_contact(contact, {"remark": "angry #Do-Not-Disturb since May"})
            await place.passes(6 * MINUTE)
            assert await asks(place, one) == 1
            assert await asks(place, one, "start") == 1
            place.stage.set_contact(contact, {"remark": "angry since May"})
            await place.passes(6 * MINUTE)
            assert await asks(place, one) == 2

    play(RULES.replace("HOW", "true"), scenario, tmp_path)
