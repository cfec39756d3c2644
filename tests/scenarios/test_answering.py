"""What is read of a conversation while the worker answers in it."""

from __future__ import annotations

from pathlib import Path

from tests.virtual_worker import Place, play

RULES = """
rules:
  - id: answer
    when: message.received
    do:
      - reply: "answer {{ message.text.split()[0] }}"
    settle: 0s
    limits:
      - { max: 100, within: 24h, per: conversation }
      - { max: 100, within: 24h, per: contact }
    allow_unsafe: true
"""
ASKED = 20
SLOW = "send_message: stall-after seconds=1"


def asked(place: Place) -> str:
    """A customer has written much at once, and the platform takes a second for each answer."""
    who = place.conversation()
    place.gateway.faults.add(SLOW)
    for number in range(ASKED):
        place.stage.customer_says(who, f"#{number} question")
    return who


def test_a_person_below_our_own_answers_is_seen_in_time(tmp_path: Path) -> None:
    """What is not read for our own sake must not hide that a colleague has taken over."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            who = asked(place)
            await place.passes(6)
            place.stage.agent_says(who, "I take this")
            sent = len(place.texts(who))
            await place.passes(60)
        # what is known is at most 5 s old, and one more may be on its way
        assert len([text for text in place.texts(who) if text.startswith("answer")]) <= sent + 6

    play(RULES, scenario, tmp_path)


def test_what_waits_for_its_turn_to_call_is_asked_about_when_its_turn_comes(
    tmp_path: Path,
) -> None:
    """Where calls are slow and few at once, the answer would be as old as the line is long."""

    async def scenario(place: Place) -> None:
        async with place.worker(concurrency=1):
            first, second = place.conversation(), place.conversation()
            place.gateway.faults.add("send_message: stall-after seconds=15 count=1")
            place.stage.customer_says(first, "#1 question")
            await place.passes(4)
            place.stage.customer_says(second, "#1 question")
            await place.passes(4)
            place.stage.agent_says(second, "I take this")
            await place.passes(60)
            assert (place.texts(first), place.texts(second)) == (["answer #1"], [])

    play(RULES, scenario, tmp_path)
