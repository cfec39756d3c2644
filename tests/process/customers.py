"""Customers who write without end, and what each of them must get: no more, no less, in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from tests.process.children import SandboxChild, passes

CHANNELS = ("web", "whatsapp")
WISHES = ("one", "two", "same")
"""Words of questions: one answer, two different ones, the same one twice on purpose. A conversation
keeps to its wish, for questions of one conversation may be answered together."""

_ANSWER = "answer{% for one in event.messages %} {{ one.text.split()[0] }}{% endfor %}"
_LIMIT = [
    {"max": 1_000_000, "within": "24h", "per": "conversation"},
    {"max": 1_000_000, "within": "24h", "per": "contact"},
]
_ALLOWED = {"limits": _LIMIT, "allow_unsafe": True, "expires_after": "24h", "settle": "0s"}


def rules(more: int = 0) -> str:
    """The rules that answer the customers, and `more` that never match."""
    replies = {
        "one": [{"reply": _ANSWER}],
        "two": [{"reply": f"{_ANSWER} a"}, {"tag": "asked-two"}, {"reply": f"{_ANSWER} b"}],
        "same": [{"reply": _ANSWER}, {"reply": _ANSWER}],
    }
    answering = [
        {
            "id": wish,
            "when": "message.received",
            "if": [{"text": {"mentions": wish}}],
            "do": actions,
            **_ALLOWED,
        }
        for wish, actions in replies.items()
    ]
    clearing = {
        "id": "clear",
        "when": "notification.created",
        "if": [{"notification": {"type": "conversation_new"}}],
        "do": [{"dismiss": True}],
        "expires_after": "24h",
        "allow_unsafe": True,
    }
    idle = [
        {
            "id": f"idle-{number}",
            "when": "message.received",
            "if": [{"text": {"mentions": f"word{number}"}}],
            "do": [{"reply": "never"}],
        }
        for number in range(more)
    ]
    return json.dumps({"rules": [*answering, clearing, *idle]})


def answers(number: int, wish: str) -> list[str]:
    """What the question must bring."""
    return {"one": [f"#{number}"], "two": [f"#{number} a", f"#{number} b"]}.get(
        wish, [f"#{number}", f"#{number}"]
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """What the gateway saw against what was due."""

    due: int
    sent: int
    lost: int
    doubled: int
    foreign: int
    out_of_order: int

    @property
    def faultless(self) -> bool:
        """None lost, none doubled, none that nobody asked for, order kept."""
        return not (self.lost or self.doubled or self.foreign or self.out_of_order)


@dataclass(slots=True)
class Customers:
    """They write by a seeded plan."""

    sandbox: SandboxChild
    seed: int
    seats: list[str] = field(default_factory=list)
    due: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    asked: int = 0

    async def arrive(self, count: int) -> None:
        """So many conversations are open."""
        for number in range(count):
            contact = await self.sandbox.play(
                "create_contact", channel=CHANNELS[number % len(CHANNELS)]
            )
            self.seats.append(await self.sandbox.play("create_conversation", contact=contact))

    async def write(self, count: int = 1) -> None:
        """The next questions, each somewhere."""
        for _ in range(count):
            self.asked += 1
            draw = random.Random(self.seed * 1_000_003 + self.asked)
            seat = draw.randrange(len(self.seats))
            conversation, wish = self.seats[seat], WISHES[seat % len(WISHES)]
            self.due[conversation] += answers(self.asked, wish)
            text = f"#{self.asked} {wish} please"
            await self.sandbox.play("customer_says", who=conversation, text=text)

    async def write_on(self, rate: float) -> None:
        """They write, `rate` questions a second, until this is cancelled."""
        while True:
            # a question is written and noted, or neither
            await asyncio.shield(asyncio.ensure_future(self.write()))
            await passes(1.0 / rate)

    async def compared(self) -> Compared:
        """See `Compared`; takes one read of everything."""
        sends = await self.sandbox.get("sends")
        return compare(
            self.due,
            {
                conversation: [str(message["content"].get("text", "")) for message in messages]
                for conversation, messages in sends.items()
            },
        )

    async def served(self, quiet_s: float = 2.0, patience_s: float = 40.0) -> Compared:
        """All answers due are there and no more for `quiet_s`, or none came for `patience_s`."""
        seen, still = -1, 0.0
        enough = sum(map(len, self.due.values()))
        while still < (quiet_s if seen >= enough else patience_s):
            await passes(0.5)
            now = (await self.compared()).sent
            still = still + 0.5 if now == seen else 0.0
            seen = now
        return await self.compared()


def compare(due: dict[str, list[str]], sent: dict[str, list[str]]) -> Compared:
    """How `sent` differs from `due`, both by conversation in order."""
    counts: Counter[str] = Counter()
    for conversation in due.keys() | sent.keys():
        wanted = Counter(due.get(conversation, []))
        parts = [_parts(text) for text in sent.get(conversation, [])]
        got = Counter(f"#{number}{end}" for numbers, end in parts for number in numbers)
        much = got - wanted
        counts["sent"] += got.total()
        counts["lost"] += (wanted - got).total()
        counts["doubled"] += sum(count for text, count in much.items() if text in wanted)
        counts["foreign"] += sum(count for text, count in much.items() if text not in wanted)
        counts["disorder"] += sum(list(numbers) != sorted(numbers) for numbers, _ in parts)
        counts["disorder"] += sum(
            not _in_order(earlier, later) for earlier, later in pairwise(parts)
        )
    return Compared(
        due=sum(map(len, due.values())),
        sent=counts["sent"],
        lost=counts["lost"],
        doubled=counts["doubled"],
        foreign=counts["foreign"],
        out_of_order=counts["disorder"],
    )


Parts = tuple[tuple[int, ...], str]


def _parts(text: str) -> Parts:
    """What the answer is about, and which of several it is: "answer #3 #5 a" is (3, 5), " a"."""
    words = text.split()[1:]
    end = f" {words.pop()}" if words and not words[-1].startswith("#") else ""
    return tuple(int(word[1:]) for word in words), end


def _in_order(earlier: Parts, later: Parts) -> bool:
    """The two answer the same questions, or `later` newer ones than all of `earlier`."""
    if earlier[0] == later[0]:
        return earlier[1] < later[1] or not later[1]
    return min(later[0], default=0) > max(earlier[0], default=0)
