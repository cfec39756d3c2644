"""Nobody is answered who is no customer; two bots that meet fall silent: each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.virtual_worker import ACCOUNT, Place, play
from worker.ledger.memory import MemoryLedger
from worker.model.ids import EventId
from worker.model.ledger import StoredEvent
from worker.model.verdict import Reason
from worker.sandbox.gateway import SandboxGateway

HELPS = """
rules:
  - id: helps
    when: message.received
    if: [{ text: { contains: help } }]
    do: [{ reply: "Hello! How can we help you?" }]
"""
ASKS = """
rules:
  - id: asks
    when: message.received
    if: [{ text: { contains: hello } }]
    do: [{ reply: "We would like some help with our order" }]
"""
ANY = """
rules:
  - id: any
    when: message.received
    settle: 0s
    do: [{ reply: Welcome }]
"""


def reasons(events: Sequence[StoredEvent]) -> list[Reason]:
    """What the rule said to each event that was decided, oldest first."""
    traces = [one.trace for one in reversed(events) if one.trace is not None]
    return [rule.reason for trace in traces for rule in trace.rules]


async def carry(here: Place, sender: str, there: Place, receiver: str, told: int) -> int:
    """What the one worker's bot said is what the other one's customer says; how much by now."""
    said = here.texts(sender)
    for text in said[told:]:
        there.stage.customer_says(receiver, text)
    return len(said)


def test_two_workers_that_answer_each_other_end_within_the_limit(tmp_path: Path) -> None:
    """Two companies' bots would write to each other all night, and nobody would know why it ended.

    Both are workers with the shipped limits and settle window.
    """

    async def scenario(here: Place) -> None:
        rules = tmp_path / "other.yaml"
        rules.write_text(ASKS, "utf-8")
        there = Place(here.clock, SandboxGateway(here.clock), MemoryLedger(), rules)
        async with here.worker(), there.worker():
            one, other = here.conversation(channel="whatsapp"), there.conversation()
            await here.passes(10)
            here.stage.customer_says(one, "help!")
            told = heard = 0
            for _ in range(240):
                told = await carry(here, one, there, other, told)
                heard = await carry(there, other, here, one, heard)
                await here.passes(0.5)
        assert len(here.texts(one)) == 3
        assert len(there.texts(other)) == 3
        first = reasons(await here.ledger.events(ACCOUNT))
        assert first == [Reason.MATCHED] * 3 + [Reason.LOOP]

    play(HELPS, scenario, tmp_path)


def test_a_customer_who_asks_again_and_again_is_no_loop(tmp_path: Path) -> None:
    """A person would be reported as a bot, and the reason would be worth nothing."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(10)
            for _ in range(4):
                place.stage.customer_says(one, "help please")
                await place.passes(20)
        assert reasons(await place.ledger.events(ACCOUNT)) == [Reason.MATCHED] * 3 + [Reason.LIMIT]

    play(HELPS, scenario, tmp_path)


def test_messages_of_our_own_side_are_recorded_and_never_answered(tmp_path: Path) -> None:
    """Asked why the bot did not react to a colleague's words, nobody would find them."""

    async def scenario(place: Place) -> None:
        async with place.worker() as _:
            one = place.conversation()
            await place.passes(10)
            names = {
                place.stage.bot_says(one, "hello from a bot"): "another bot wrote it",
                place.stage.publisher_says(one, "news for you"): "another bot wrote it",
            }
            await place.passes(10)
            place.stage.customer_says(one, "hello")
            await place.passes(10)
            names[place.stage.agent_says(one, "hello from a person")] = "a colleague wrote it"
            await place.passes(30)
        assert place.texts(one) == ["Welcome"]
        for name, why in names.items():
            stored = await place.ledger.event(ACCOUNT, EventId(f"message:{name}"))
            assert stored is not None
            assert stored.trace is not None
            assert stored.trace.note == f"own_message: {why}"
            assert stored.planned_at is None
        notes = [one.trace.note for one in await place.ledger.events(ACCOUNT) if one.trace]
        assert notes.count("own_message: this worker sent it") == 1
        assert await place.ledger.unplanned(ACCOUNT) == ()

    play(ANY, scenario, tmp_path)
