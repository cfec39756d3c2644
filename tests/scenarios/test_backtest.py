"""A day of the whole worker, recorded, and decided again by the same rules and by others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.virtual_worker import ACCOUNT, START, Place, play
from worker.engine.backtest import Replay
from worker.engine.brought import Brought, recorded
from worker.ledger.memory import MemoryLedger
from worker.model.event import EventKind
from worker.model.past import PastDecision
from worker.model.verdict import Reason
from worker.ruleset.load import load_rules

FOLLOW_UP = """\
      - wait: { for: 8m, until: [customer.replied, agent.replied] }
      - reply: "Has it arrived?"
      - tag: asked-arrival
"""
RULES = """
phrases:
  stop: { en: [stop please] }
defaults:
  limits: [{ max: 3, within: 10m, per: conversation }, { max: 6, within: 24h, per: contact }]
rules:
  - id: price
    when: message.received
    if: [{ text: { mentions: price } }]
    do:
      - reply: "{{ contact.display_name or 'Hello' }}, 100 dollars. {{ event.messages | length }}"
      - tag: asked-price
    cooldown: { for: 20m, per: contact }
  - id: price-again
    priority: -1
    when: message.received
    if: [{ text: { mentions: price } }, { tag: asked-price }]
    do: [{ reply: "As I said: 100." }]
    cooldown: { for: 5m, per: conversation }
  - id: once-an-hour
    when: message.received
    if: [{ text: { mentions: news } }]
    do: [{ reply: "No news at {{ now }}." }]
    cooldown: { for: 1h, per: rule }
  - id: menu
    when: message.received
    if: [{ text: { equals: menu } }]
    do:
      - reply: { text: "Pick one", menu: main, expires: 10m, quick_replies: [Prices, Hours] }
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: Hours } }
    do: [{ reply: "We open at nine" }]
  - id: person
    when: message.received
    if: [{ text: { mentions: human } }]
    do:
      - reply: "I get somebody."
      - hand_over: { for: 30m }
  - id: twice
    when: message.received
    if: [{ text: { mentions: [tell, more] } }]
    do:
      - reply: "One"
      - { reply: { text: "Two", delay: 25s }, if: [{ not: { tag: asked-price } }] }
  - id: welcome
    when: message.received
    if: [{ first_message: true }]
    also: true
    do: [{ reply: "Welcome!" }]
  - id: quiet-look
    state: shadow
    priority: 1
    when: message.received
    if: [{ text: { mentions: [price, menu] } }]
    do: [{ reply: "I would have said this." }]
  - id: follow-up
    when: message.received
    if: [{ text: { mentions: order } }]
    do:
      - reply: "Your order is on its way."
FOLLOW-UP
  - id: mail
    when: message.received
    if: [{ text: { mentions: offer } }]
    do:
      - ask: { text: "Where to?", extract: { email: true }, retries: 1, timeout: 9m }
      - choose:
          cases: [{ if: [{ tag: asked-price }], do: [{ reply: "As agreed." }] }]
          otherwise: [{ reply: "It is on its way." }, { tag: has-offer }]
  - id: late
    when: { conversation.waiting: { for: 4m } }
    do: [{ reply: "Somebody will be with you." }]
  - id: clear
    when: notification.created
    if: [{ notification: { type: conversation_new } }]
    do: [{ dismiss: true }]
  - id: greet
    when: conversation.opened
    do: [{ tag: seen }]
""".replace("FOLLOW-UP\n", FOLLOW_UP)
# What the day must have seen, or the test below proves nothing about it.
DECIDED_BY = {
    *(Reason.MATCHED, Reason.CONDITION, Reason.COOLDOWN, Reason.LIMIT, Reason.OUTRANKED),
    *(Reason.HUMAN, Reason.HANDED_OVER, Reason.SHADOW),
}
# The same with other cooldowns, texts, tags, silences, menus, guards and stop phrases.
OTHER = (
    RULES.replace("for: 20m, per: contact", "for: 45m, per: contact")
    .replace("100 dollars", "90 dollars")
    .replace("- hand_over: { for: 30m }", "- tag: wants-person")
    .replace(
        '[{ reply: "No news at {{ now }}." }]',
        "[{ reply: No news. }, { tag: asked-price }, { hand_over: { for: 20m } }]",
    )
    .replace("menu: main, expires", "menu: other, expires")
    .replace("menu: main, payload", "menu: [main, other], payload")
    .replace("[{ text: { equals: menu } }]", "[{ text: { equals: menu } }, { not: { tag: seen } }]")
    .replace("[{ tag: seen }]", "[{ tag: { remove: seen } }]")
    .replace("[stop please]", "[please]")
    .replace(FOLLOW_UP, "")
)
WORDS = (
    "price?",
    "PRICE",
    "menu",
    "2",
    "news",
    "human please",
    "tell me more",
    "hm",
    "my order",
    "an offer",
    "me@example.com",
)


@dataclass(slots=True)
class Day:
    """A day that was played: its ledger, and its conversations in the order they began."""

    ledger: list[MemoryLedger] = field(default_factory=list)
    who: list[str] = field(default_factory=list)

    @property
    def past(self) -> tuple[PastDecision, ...]:
        """Everything that was decided."""

        async def read() -> tuple[PastDecision, ...]:
            ledger = self.ledger[0]
            return await ledger.decided(ACCOUNT, await ledger.decisions(ACCOUNT, START))

        return asyncio.run(read())

    def replayed(self, rules: Path) -> list[Brought]:
        """What these rules would have brought, decision by decision."""
        recent = asyncio.run(self.ledger[0].recent(ACCOUNT, START - timedelta(days=30)))
        replay = Replay(load_rules(rules), recent, START)
        return [replay.decide(one) for one in self.past]


def a_day(
    seed: int, day: Day, *, calm: bool = False
) -> Callable[[Place], Coroutine[Any, Any, None]]:
    """Customers and colleagues in twelve conversations, a restart, a platform that fails at times.

    Args:
        calm: the platform never fails, and nobody writes two messages at once: what happens does
            not depend on what the worker does.
    """

    async def scenario(place: Place) -> None:
        day.ledger.append(place.ledger)
        chance = Random(seed)
        for _ in range(2):
            async with place.worker():
                for _ in range(120):
                    if len(day.who) < 12 and chance.random() < 0.3:
                        name = chance.choice(["Mei", "阿明"])
                        day.who.append(place.conversation(display_name=name))
                    elif day.who:
                        await something(place, chance, chance.choice(day.who), calm=calm)
                    await place.passes(chance.uniform(5 if calm else 0, 40))
            await place.passes(30)

    return scenario


async def something(place: Place, chance: Random, one: str, *, calm: bool) -> None:
    """One thing happens, or a few at once."""
    stage, lot = place.stage, chance.random()
    if lot < 0.75:
        for _ in range(1 if calm else chance.choice([1, 1, 1, 2, 3])):
            stage.customer_says(one, "stop please" if lot < 0.01 else chance.choice(WORDS))
            await place.passes(chance.uniform(0, 1.5))
    elif lot < 0.82:
        stage.agent_says(one, "I am here")
    elif lot < 0.88:
        stage.set_status(one, chance.choice(["closed", "active"]))
    elif lot < 0.92:
        stage.set_mode(one, chance.choice(["automation", "manual"]))
    elif lot < 0.97 and not calm:
        fault = chance.choice(["503-before", "503-after", "stall-after seconds=40", "400"])
        place.gateway.faults.add(f"POST conversation_messages: {fault} count=2")


@pytest.mark.parametrize("seed", range(3))
def test_the_same_rules_decide_the_same_again(tmp_path: Path, seed: int) -> None:
    """A replay that decides otherwise by itself would report differences nobody made.

    With guards asked twice, cooldowns and limits of each kind, opt-outs, bursts, picks, hand-overs,
    colleagues, closed conversations, a restart, and calls that fail or whose outcome is unknown.
    """
    day = Day()
    play(RULES, a_day(seed, day), tmp_path)
    again = day.replayed(tmp_path / "rules.yaml")
    for one, ours in zip(day.past, again, strict=True):
        live = recorded(one)
        place = f"{one.at} {one.events[-1].id} {one.trace} {one.context}"
        assert dict(ours.reasons) == dict(live.reasons), place
        assert ours.answers == live.answers, place
        assert ours.actions == live.actions, place
        assert ours.shadows == live.shadows, place
    reasons = {reason for ours in again for reason in ours.reasons.values()}
    assert len(again) > 100
    assert reasons >= DECIDED_BY
    assert reasons & {Reason.CLOSED, Reason.VENDOR_BOT}


def answers(day: Day, brought: Iterable[Brought]) -> dict[int, list[tuple[str, list[str]]]]:
    """By conversation: what happened in it, with what was answered."""
    told: dict[int, list[tuple[str, list[str]]]] = {}
    for one, what in zip(day.past, brought, strict=True):
        event = one.events[-1]
        texts = [answer.text for answer in what.answers]
        if event.kind is EventKind.MESSAGE_RECEIVED or texts:
            number = day.who.index(str(event.conversation_id))
            words = event.message.text if event.message is not None else event.kind.value
            told.setdefault(number, []).append((words, texts))
    return told


@pytest.mark.parametrize("seed", range(2))
def test_other_rules_would_have_done_what_is_foretold(tmp_path: Path, seed: int) -> None:
    """A report of what would have happened is worth something if it would have happened.

    The same day is played to both rule sets; what was recorded with the first, replayed with the
    second, is what the second did: with its own cooldowns, tags, menus, silences and opt-outs.
    """
    first, second = Day(), Day()
    for name, rules, day in (("first", RULES, first), ("second", OTHER, second)):
        (tmp_path / name).mkdir()
        play(rules, a_day(seed, day, calm=True), tmp_path / name)
    foretold = answers(first, first.replayed(tmp_path / "second" / "rules.yaml"))
    happened = answers(second, map(recorded, second.past))
    before = answers(first, map(recorded, first.past))
    assert foretold == happened
    assert sum(before[one] != happened[one] for one in happened) > len(happened) / 2
