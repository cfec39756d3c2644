"""A support desk for the benchmarks that run the worker: its rules, its customers, its process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = "/v1/backend/conversation_messages"

WORDS = ("price", "價錢", "giá", "ราคา")


def rule_file(count: int) -> str:
    """`count` rules; rule n answers messages that hold `word<n>` on a channel of theirs."""
    rules = [
        {
            "id": f"rule-{number}",
            "when": "message.received",
            "if": [
                {"text": {"mentions": [f"word{number}", f"{WORDS[number % 4]} {number}"]}},
                {"channel": ["web", "whatsapp"]},
            ],
            "do": [{"reply": "answer {{ message.text.split()[0] }}"}],
            "limits": [
                {"max": 1_000_000, "within": "1h", "per": per}
                for per in ("conversation", "contact")
            ],
            "allow_unsafe": True,
        }
        for number in range(count)
    ]
    return json.dumps({"defaults": {"settle": "0s"}, "rules": rules})


@dataclass(frozen=True, slots=True)
class Chat:
    """One customer's conversation and contact id."""

    id: str
    contact: str


class Stage:
    """The sandbox as played and read by the benchmark."""

    def __init__(self, session: aiohttp.ClientSession, given: dict[str, str]) -> None:
        self._session = session
        self.base = given["WORKER_BASE_URL"]
        self.headers = {"x-access-token": given["WORKER_ACCESS_TOKEN"]}

    async def play(self, name: str, **given: Any) -> Any:
        """One control call."""
        url = f"{self.base}/_sandbox/play/{name}"
        async with self._session.post(url, json=given) as answer:
            answer.raise_for_status()
            return (await answer.json())["result"]

    async def body(self, path: str) -> bytes:
        """What the platform answers to a read, as it is on the wire."""
        async with self._session.get(self.base + path, headers=self.headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def seat(self, count: int) -> list[Chat]:
        """`count` new customers on two channels."""
        chats = []
        for number in range(count):
            contact = await self.play("create_contact", channel=("web", "whatsapp")[number % 2])
            chats.append(Chat(await self.play("create_conversation", contact=contact), contact))
        return chats

    async def write(self, chats: Sequence[Chat], each: int, rules: int) -> None:
        """Every customer has written `each` messages; one of `rules` rules answers each."""
        for number in range(each):
            for place, chat in enumerate(chats):
                text = f"#{number} Hello, how much is word{(number + place) % rules}?"
                await self.play("customer_says", who=chat.id, text=text)

    async def answers(self, chat: Chat) -> list[str]:
        """The worker's texts in a conversation, oldest first."""
        rows = json.loads(await self.body(f"/_sandbox/conversations/{chat.id}"))["messages"]
        return [row["content"]["text"] for row in rows if not row["from"].startswith("con_")]
