"""No agent is talked over: people who do what they like, against any way in which the worker reads.

Each schedule is one seed: a platform that may be slow or lag, a worker with its settings, and a
few minutes of customers, colleagues and bots. Every visible message the platform got is then held
against what people had done in its conversation until then.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.virtual_worker import Place, play
from worker.runtime.watch import FRESH_S
from worker.sandbox.journal import Entry
from worker.sandbox.switches import Switches
from worker.sources.messages import OWN_WAIT_S

QUIET_S = 40.0
WAITED_S = 10.0
MOMENT_S = 0.05
LASTS_S = 180.0

RULES = """
defaults:
  settle: SETTLE
  human_quiet: 40s
  allow_unsafe: true
  limits:
    - { max: 100000, within: 24h, per: conversation }
    - { max: 100000, within: 24h, per: contact }
rules:
  - id: at-once
    when: message.received
    if: [{ text: { equals: now } }]
    do: [{ reply: one }, { reply: two }, { reply: three }]
  - id: steps
    when: message.received
    if: [{ text: { equals: later } }]
    do:
      - reply: first
      - { reply: { text: a second later, delay: 1s } }
      - { reply: { text: three seconds later, delay: 3s } }
      - { reply: { text: much later, delay: 11s } }
  - id: waits
    when: message.received
    if: [{ text: { equals: wait } }]
    do:
      - reply: wait a moment
      - wait: 4s
      - reply: I have waited
      - wait: { for: 20s, until: [agent.replied, customer.replied] }
      - reply: and again
  - id: asks
    when: message.received
    if: [{ text: { equals: ask } }]
    do:
      - ask:
          text: Your number?
          again: Digits please.
          extract: { number: { matches: '\\d{3}' } }
          retries: 2
          timeout: 15s
        id: number
      - choose:
          cases:
            - if: { expr: "steps.number.outcome == 'answered'" }
              do: [{ reply: thanks for the number }, { reply: it is noted }]
          otherwise: [{ reply: without a number then }]
  - id: menu
    when: message.received
    if: [{ text: { equals: menu } }]
    do: [{ reply: { text: Choose, menu: topics, quick_replies: [Sales, Help] } }]
  - id: picked
    when: { quick_reply.picked: { menu: topics } }
    do: [{ reply: picked }, { reply: { text: and later, delay: 2s } }]
  - id: assigned
    when: notification.created
    if: [{ notification: { type_name: conversation_assigned } }]
    do: [{ reply: you are in good hands }]
  - id: late
    when: { conversation.waiting: { for: 7s } }
    do: [{ reply: "we are late, sorry" }]
  - id: still-waiting
    when: { conversation.waiting: { for: 10s } }
    human_quiet: 0s
    also: true
    do: [{ reply: STILL sorry }, { reply: { text: STILL very sorry, delay: 2s } }]
  - id: tidy
    when: { schedule: { cron: "* * * * *", timezone: Asia/Hong_Kong } }
    do: [{ dismiss: { all: true } }]
  - id: fallback
    priority: -1
    when: message.received
    do: [{ reply: hm }]
"""
SAYS = ("now", "now", "later", "later", "wait", "ask", "menu", "123", "what?")
SAME_AS_OURS = ("one", "first", "hm", "we are late, sorry", "wait a moment")


@dataclass(frozen=True)
class World:
    """How the platform and the worker are in one schedule."""

    poll_s: float
    settle: str
    requests_per_minute: int
    concurrency: int
    message_lag_s: float
    movement_lag_s: float
    slow: str
    slow_s: float

    @staticmethod
    def of(chance: random.Random) -> World:
        """Any."""
        lags = (0.0, 0.7, 3.0) if chance.random() < 0.3 else (0.0,)
        calls = ("GET *", "send_message", "*", "list_messages", "list_conversations")
        return World(
            poll_s=chance.choice((0.2, 0.2, 0.5, 1, 2, 2, 5, 9)),
            settle=chance.choice(("0s", "0s", "1s", "2s")),
            requests_per_minute=chance.choice((40, 90, 600, 600, 60_000, 60_000)),
            concurrency=chance.choice((1, 2, 64, 64)),
            message_lag_s=chance.choice(lags),
            movement_lag_s=chance.choice(lags),
            slow=chance.choice(calls),
            slow_s=chance.choice((0.1, 0.4, 1.5, 4.0)) if chance.random() < 0.4 else 0.0,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The worker's."""
        return {
            "poll_messages": f"{self.poll_s * 1000:.0f}ms",
            "requests_per_minute": self.requests_per_minute,
            "concurrency": self.concurrency,
        }

    @property
    def lag_s(self) -> float:
        """After this everything that happened is shown."""
        return max(self.message_lag_s, self.movement_lag_s)

    @property
    def read_s(self) -> float:
        """The list and a page are read within this, where the budget has room."""
        slow = {"GET *": 2, "*": 2, "list_messages": 1, "list_conversations": 1}
        return slow.get(self.slow, 0) * self.slow_s + MOMENT_S


class People:
    """They act, and what they did is known."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self.place = place
        self.chance = chance
        self.seats = [place.conversation() for _ in range(3)]
        self.team = (place.gateway.world.agent.id, place.stage.add_agent("Siu Ming"))
        self.customers: defaultdict[str, list[float]] = defaultdict(list)
        self.persons: defaultdict[str, list[float]] = defaultdict(list)
        self.closings: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._deeds: tuple[tuple[float, float, Callable[[str], None]], ...] = (
            (0.75, 0.0, self._answers),
            (0.2, 3.0, self._is_a_bot),
            (0.3, 3.0, self._picks),
            (0.3, 3.0, self._closes_or_opens),
            (0.3, 3.0, self._assigns),
        )

    async def act(self) -> None:
        """Customers write, and others do things around then, also between the worker's steps."""
        chance = self.chance
        plan: list[tuple[float, Callable[[str], None], str]] = []
        for one in self.seats:
            at = chance.uniform(0, 6)
            while at < LASTS_S:
                messages = range(chance.choice((1, 1, 1, 2, 3)))
                plan += [(at + chance.uniform(0, 2), self._asks, one) for _ in messages]
                span = chance.choice((0.5, 3.0, 8.0, 14.0))
                for share, more, deed in self._deeds:
                    if chance.random() < share:
                        plan.append((at + chance.uniform(0, span + more), deed, one))
                at += chance.choice((5.0, 20.0, 50.0, 65.0))
        passed = 0.0
        for at, deed, one in sorted(plan, key=lambda planned: planned[0]):
            await self.place.passes(at - passed)
            passed = at
            deed(one)
        await self.place.passes(30)

    def _asks(self, one: str) -> None:
        self.customers[one].append(self.place.clock.monotonic())
        self.place.stage.customer_says(one, self.chance.choice(SAYS))

    def _picks(self, one: str) -> None:
        self.customers[one].append(self.place.clock.monotonic())
        self.place.stage.customer_sends(one, "quick_reply", {"title": "Sales", "payload": "Sales"})

    def _answers(self, one: str) -> None:
        self.persons[one].append(self.place.clock.monotonic())
        who = self.chance.choice((*self.team, self.place.gateway.world.worker.id))
        same = who in self.team and self.chance.random() < 0.3
        text = self.chance.choice(SAME_AS_OURS) if same else "let me see"
        self.place.stage.agent_says(one, text, who)

    def _is_a_bot(self, one: str) -> None:
        self.chance.choice((self.place.stage.bot_says, self.place.stage.publisher_says))(one, "hm")

    def _closes_or_opens(self, one: str) -> None:
        status = self.chance.choice(("closed", "active", "active"))
        self.closings[one].append((self.place.clock.monotonic(), status))
        self.place.stage.set_status(one, status)

    def _assigns(self, one: str) -> None:
        self.place.stage.agent_assigns(one, self.place.gateway.world.worker.id)

    def silenced_at(self, sent: Entry, text: str) -> float | None:
        """Since when nothing like this was to be sent there; None: it was right."""
        one, at = sent.ids[0], sent.monotonic
        told = max((when for when in self.persons[one] if when < at), default=None)
        if told is not None and not text.startswith("STILL"):
            return told if at - told < QUIET_S else self._closed_at(one, at)
        asked = [when for when in self.customers[one] if when < at - WAITED_S + MOMENT_S]
        if told is not None and not any(when > told for when in asked):
            return told
        return self._closed_at(one, at)

    def _closed_at(self, one: str, at: float) -> float | None:
        since: float | None = None
        for when, status in self.closings[one]:
            if when < at:
                since = (since or when) if status == "closed" else None
        return since


def schedule(directory: Path, seed: int) -> Counter[str]:
    """One schedule was played; how many sends there were, and how many of them people could not
    keep from being sent.
    """
    chance = random.Random(seed)
    world = World.of(chance)
    seen: Counter[str] = Counter()

    async def scenario(place: Place) -> None:
        people = People(place, chance)
        async with place.worker(**world.settings):
            if world.slow_s:
                place.gateway.faults.add(f"{world.slow}: stall-after seconds={world.slow_s}")
            await people.act()
        requests = place.gateway.requests.times
        lists = [at for at, name in requests if name == "list_conversations"]
        for sent in place.gateway.journal.entries(kind="send"):
            seen["sends"] += 1
            text = str(sent.detail["content"]["text"])
            since = people.silenced_at(sent, text)
            if since is None:
                continue
            seen["too late to know"] += 1
            told = f"seed {seed}, {world}: {text!r} {sent.monotonic - since:.2f} s after a person"
            known_s = sent.monotonic - since - world.lag_s - world.read_s
            assert known_s <= FRESH_S, told
            shown = next((at for at in lists if at >= since + world.lag_s), sent.monotonic)
            listed_s = sent.monotonic - shown - world.read_s
            assert listed_s <= OWN_WAIT_S, f"{told}, and {listed_s:.2f} s after the list told it"
            seen["in the list already"] += listed_s > 0

    switches = Switches(message_lag_s=world.message_lag_s, movement_lag_s=world.movement_lag_s)
    play(RULES.replace("SETTLE", world.settle), scenario, directory, switches=switches)
    return seen


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Lines of hours of virtual time are made for nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "seeds",
    [
        range(40),
        *(pytest.param(range(n, n + 100), marks=pytest.mark.slow) for n in range(100, 2100, 100)),
    ],
    ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}",
)
def test_nobody_is_talked_over(
    tmp_path: Path, seeds: range, capsys: pytest.CaptureFixture[str]
) -> None:
    """A colleague has answered, and a machine goes on talking to the same customer."""
    seen = sum((schedule(tmp_path, seed) for seed in seeds), Counter[str]())
    with capsys.disabled():
        print(f"\n{len(seeds)} schedules: {dict(seen)}")  # noqa: T201
    assert seen["sends"] > 20 * len(seeds)
