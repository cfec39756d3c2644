"""Hostile words through a real process: HTTP, SQLite, log and metrics as they are in service."""

from __future__ import annotations

import asyncio
import io
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.hostile_texts import HOSTILE
from tests.process.children import (
    PATIENCE_S,
    SandboxChild,
    WorkerChild,
    passes,
    sandbox_child,
    worker_settings,
)
from worker.ledger import SqliteLedger
from worker.model.ids import AccountId

RULES = """
rules:
  - id: hello
    when: message.received
    settle: 0s
    do:
      - reply: "Hello"
      - tag: greeted
  - id: echo
    when: message.received
    also: true
    settle: 0s
    do:
      - reply: "{{ contact.display_name }}: {{ message.text }}"
"""
LONGEST_LAG_S = 5.0
"""What no machine is too busy for; a reader of square cost would be late by minutes."""


async def say(sandbox: SandboxChild, text: str) -> str:
    """A customer of that name has said it; the conversation."""
    who = await sandbox.play("create_contact", display_name=text[:300], language="en")
    conversation = await sandbox.play("create_conversation", contact=who)
    await sandbox.play("customer_says", who=conversation, text=text)
    return str(conversation)


async def answers(sandbox: SandboxChild, conversation: str) -> list[str]:
    """What the worker said there."""
    sent = await sandbox.get("sends")
    return [str(one["content"].get("text", "")) for one in sent.get(conversation, ())]


async def answered(sandbox: SandboxChild, conversations: Iterator[str]) -> None:
    """Each of them has its answer."""
    async with asyncio.timeout(PATIENCE_S):
        for one in conversations:
            while "Hello" not in await answers(sandbox, one):
                await passes(0.1)


def assert_is_log(text: str) -> None:
    """One JSON object a line, nothing in it that moves a cursor."""
    lines = text.split("\n")[:-1]
    assert lines
    for line in lines:
        assert json.loads(line)["event"]
        assert line.isprintable()


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_process_survives_everything_at_once_and_its_restart(tmp_path: Path) -> None:
    """Virtual time has no sockets, no disk and no encoder between the text and the platform."""
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    log = io.StringIO()
    async with sandbox_child() as sandbox:
        settings = worker_settings(
            sandbox, tmp_path, http_port="0", log_level="debug", request_timeout="10s"
        )
        worker = await WorkerChild.start(settings, log=log)
        await worker.opened()
        address = next(one["address"] for one in worker.lines if one["event"] == "http.listening")
        said = {name: await say(sandbox, text) for name, text in HOSTILE.items()}
        last = await say(sandbox, "hi")
        await answered(sandbox, iter((*said.values(), last)))
        async with aiohttp.ClientSession() as session, session.get(f"{address}/metrics") as page:
            families = list(text_string_to_metric_families(await page.text()))
        assert await worker.end(signal.SIGTERM) == 0
        before = {name: await answers(sandbox, one) for name, one in said.items()}

        again = await WorkerChild.start(settings, log=log)
        await again.opened()
        await answered(sandbox, iter([await say(sandbox, "hi again")]))
        assert await again.end(signal.SIGTERM) == 0
        assert {name: await answers(sandbox, one) for name, one in said.items()} == before
    assert all(texts.count("Hello") == 1 for texts in before.values())
    assert not any("49" in text for text in before["template"])
    assert_is_log(log.getvalue())
    assert any(family.name == "worker_events" for family in families)
    lags = [one["seconds"] for one in worker.lines if one["event"] == "loop.lagged"]
    assert max(lags, default=0.0) < LONGEST_LAG_S
    ledger = SqliteLedger(tmp_path / "worker.db", read_only=True)
    await ledger.open()
    stored = await ledger.events(AccountId("imbrace"), limit=1000)
    await ledger.close()
    heard = {one.event.message.text for one in stored if one.event.message is not None}
    assert {HOSTILE["template"], HOSTILE["null"], HOSTILE["long"], HOSTILE["terminal"]} <= heard
