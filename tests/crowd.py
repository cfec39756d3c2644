"""Customers, agents and bots who do whatever comes to their minds; the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tests.virtual_worker import ACCOUNT, Place
from worker.model.event import Event, EventKind

STRANGE: tuple[tuple[str, Any], ...] = (
    ("hologram", {"shape": "cube"}),
    ("text", "bare words"),
    ("audio", {"url": "https://files.test/a.ogg"}),
    ("quick_reply", {"title": "Yes", "payload": ""}),
    ("text", {"text": {"text": "nested"}}),
)
"""Messages of types and shapes that nobody documented."""


class Crowd:
    """Plays a seeded schedule and knows what must have arrived of it."""

    def __init__(self, place: Place, seed: int, conversations: int) -> None:
        """`conversations` exist; nobody has said anything since."""
        self.place = place
        self.chance = random.Random(seed)
        self.seats = [place.conversation() for _ in range(conversations)]
        self.said: defaultdict[str, list[str]] = defaultdict(list)
        self._deeds: Sequence[tuple[int, Callable[[str], object]]] = (
            (50, self._says),
            (4, self._says_a_lot),
            (6, self._says_something_strange),
            (8, self._is_answered),
            (4, self._hears_a_bot),
            (4, self._is_joined),
            (3, self._is_closed),
            (3, self._comes_anew),
            (1, self._is_deleted),
            (3, self._is_notified),
        )

    async def acts(self, seconds: float, deeds: int) -> None:
        """So many things have happened, at any moments of so many seconds."""
        moments = sorted(self.chance.uniform(0, seconds) for _ in range(deeds))
        if deeds > 3:  # some at the very same moment
            moments[1] = moments[2]
        passed = 0.0
        weights = [weight for weight, _ in self._deeds]
        for moment in moments:
            await self.place.passes(moment - passed)
            passed = moment
            _, deed = self.chance.choices(self._deeds, weights)[0]
            deed(self.chance.choice(self.seats))
        await self.place.passes(seconds - passed)

    def burst(self, who: str, count: int) -> None:
        """The customer writes so many messages at once."""
        for number in range(count):
            self.said[who].append(self.place.stage.customer_says(who, f"burst {number}"))

    def _says(self, who: str) -> None:
        self.burst(who, 1)

    def _says_a_lot(self, who: str) -> None:
        self.burst(who, self.chance.randint(2, 70))

    def _says_something_strange(self, who: str) -> None:
        kind, content = self.chance.choice(STRANGE)
        self.said[who].append(self.place.stage.customer_sends(who, kind, content))

    def _is_answered(self, who: str) -> None:
        self.place.stage.agent_says(who, "let me see")

    def _hears_a_bot(self, who: str) -> None:
        self.chance.choice((self.place.stage.bot_says, self.place.stage.publisher_says))(who, "hm")

    def _is_joined(self, who: str) -> None:
        self.chance.choice((self.place.stage.agent_joins, self.place.stage.agent_leaves))(who)

    def _is_closed(self, who: str) -> None:
        self.place.stage.set_status(who, self.chance.choice(("closed", "active", "spam")))

    def _comes_anew(self, _who: str) -> None:
        self.seats.append(self.place.conversation())
        self._says(self.seats[-1])

    def _is_deleted(self, who: str) -> None:
        contact = self.place.gateway.world.addresses[who].contact_id
        if contact in self.place.gateway.world.contacts:
            self.place.stage.delete_contact(contact)

    def _is_notified(self, _who: str) -> None:
        self.place.stage.notify(type=self.chance.choice((0, 101, 204, 999, 77777)), title="?")

    # -- what must have come of it ---------------------------------------------------------------

    async def events(self) -> list[Event]:
        """All recorded, in the order in which they were received."""
        stored = await self.place.ledger.events(ACCOUNT, limit=1_000_000)
        return [one.event for one in reversed(stored)]

    async def check(self, *, ordered: bool = True) -> None:
        """Each customer message is one event that was decided, in order within its conversation."""
        received: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for event in await self.events():
            if event.kind is EventKind.MESSAGE_RECEIVED and not event.history:
                assert event.message is not None
                received[str(event.conversation_id)].append((event.message.id, event.at))
        for who, said in self.said.items():
            got = [one for one, _ in received[who]]
            assert Counter(got) == Counter(said), f"{who}: {set(said) ^ set(got)}"
            times = [at for _, at in received[who]]
            assert not ordered or times == sorted(times)
        extra = set(received) - set(self.said)
        assert not extra, extra
        assert await self.place.ledger.unplanned(ACCOUNT) == ()
