"""A day of the whole worker, recorded, and decided again by the same rules and by others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.virtual_worker import START, Place, play
from worker.engine.backtest import Brought, Replay, recorded
from worker.ledger.memory import MemoryLedger
from worker.model.ids import AccountId
from worker.model.past import PastDecision
from worker.model.verdict import Reason
from worker.ruleset.load import load_rules

ACCOUNT = AccountId("imbrace")

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
  - id: clear
    when: notification.created
    if: [{ notification: { type: conversation_new } }]
    do: [{ dismiss: true }]
  - id: greet
    when: conversation.opened
    do: [{ tag: seen }]
"""
# What the day must have seen, or the test below proves nothing about it.
DECIDED_BY = {
    *(Reason.MATCHED, Reason.CONDITION, Reason.COOLDOWN, Reason.LIMIT, Reason.OUTRANKED),
    *(Reason.HUMAN, Reason.HANDED_OVER, Reason.CLOSED, Reason.VENDOR_BOT, Reason.SHADOW),
}
WORDS = (
    "price?",
    "PRICE",
    "menu",
    "2",
    "news",
    "human please",
    "tell me more",
    "hm",
    "stop please",
)


def a_day(
    seed: int, ledger: list[MemoryLedger], minutes: int = 150
) -> Callable[[Place], Coroutine[Any, Any, None]]:
    """Customers and colleagues in twelve conversations, and a platform that fails at times."""

    async def scenario(place: Place) -> None:
        ledger.append(place.ledger)
        chance = Random(seed)
        who: list[str] = []
        for _ in range(2):
            async with place.worker():
                for _ in range(minutes):
                    if len(who) < 12 and chance.random() < 0.3:
                        who.append(place.conversation(display_name=chance.choice(["Mei", "阿明"])))
                    await something(place, chance, who)
                    await place.passes(chance.uniform(0, 40))
            await place.passes(30)

    return scenario


async def something(place: Place, chance: Random, who: list[str]) -> None:
    """One thing happens, or a few at once."""
    if not who:
        return
    one, stage, lot = chance.choice(who), place.stage, chance.random()
    if lot < 0.75:
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            stage.customer_says(one, chance.choice(WORDS[:-1] if lot < 0.72 else WORDS))
            await place.passes(chance.uniform(0, 1.5))
    elif lot < 0.82:
        stage.agent_says(one, "I am here")
    elif lot < 0.88:
        stage.set_status(one, chance.choice(["closed", "active"]))
    elif lot < 0.92:
        stage.set_mode(one, chance.choice(["automation", "manual"]))
    elif lot < 0.97:
        fault = chance.choice(["503-before", "503-after", "stall-after seconds=40", "400"])
        place.gateway.faults.add(f"POST conversation_messages: {fault} count=2")


async def past_of(ledger: MemoryLedger) -> tuple[PastDecision, ...]:
    """Everything that was decided."""
    return await ledger.decided(ACCOUNT, await ledger.decisions(ACCOUNT, START))


def replayed(
    rules: Path, past: tuple[PastDecision, ...], ledger: MemoryLedger, begin: datetime = START
) -> list[Brought]:
    """What these rules would have brought, decision by decision."""
    recent = asyncio.run(ledger.recent(ACCOUNT, START - timedelta(days=30)))
    replay = Replay(load_rules(rules), recent, begin)
    return [replay.decide(one) for one in past]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_rules_decide_the_same_again(tmp_path: Path, seed: int) -> None:
    """A replay that decides otherwise by itself would report differences nobody made.

    With guards asked twice, cooldowns and limits of each kind, opt-outs, bursts, picks, hand-overs,
    colleagues, closed conversations, restarts, and calls that fail or whose outcome is unknown.
    """
    kept: list[MemoryLedger] = []
    play(RULES, a_day(seed, kept), tmp_path)
    (ledger,) = kept
    past = asyncio.run(past_of(ledger))
    again = replayed(tmp_path / "rules.yaml", past, ledger)
    for one, ours in zip(past, again, strict=True):
        live = recorded(one)
        place = f"{one.at} {one.events[-1].id} {one.trace} {one.context}"
        assert dict(ours.reasons) == dict(live.reasons), place
        assert ours.answers == live.answers, place
        assert ours.actions == live.actions, place
        assert ours.shadows == live.shadows, place
    reasons = {reason for ours in again for reason in ours.reasons.values()}
    assert len(past) > 150
    assert reasons >= DECIDED_BY
