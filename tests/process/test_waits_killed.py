"""A real worker is killed while customers wait and schedules run; nobody is forgotten."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.process.children import (
    SandboxChild,
    WorkerChild,
    killed_until,
    passes,
    sandbox_child,
    worker_settings,
)
from worker.ledger import open_ledger
from worker.model.event import EventKind
from worker.model.ids import AccountId

RULES = """
rules:
  - id: sorry
    when: { conversation.waiting: { for: 4s } }
    do: [{ reply: We have not forgotten you }]
  - id: alarm
    when: { conversation.waiting: { for: 8s } }
    do: [{ tag: waits }, { note: Nobody came }]
  - id: every-minute
    when: { schedule: { cron: "* * * * *", timezone: Asia/Hong_Kong } }
    do: [{ mark_read: { all: true } }]
"""
CUSTOMERS = 12
ANSWERED = 4
"""So many of them are answered by a person while they wait."""


async def _sent(sandbox: SandboxChild, conversation: str) -> tuple[list[str], int]:
    """The worker's texts there, and how many notes."""
    told = await sandbox.get(f"conversations/{conversation}")
    texts = [str(row["content"].get("text", "")) for row in told["messages"]]
    ours = [text for text in texts if text not in {"hello?", "yes?"}]
    return ours, len(told["comments"])


@pytest.mark.parametrize("seed", [1, 2])
async def test_who_waits_while_the_worker_is_killed_is_helped_once(
    tmp_path: Path, seed: int
) -> None:
    """What is due is found again after every death, and found only once."""
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    async with sandbox_child(seed=seed) as sandbox:
        environment = worker_settings(sandbox, tmp_path)
        over = asyncio.Event()
        killer = asyncio.create_task(killed_until(over, environment, seed))
        names = []
        for _ in range(CUSTOMERS):
            contact = await sandbox.play("create_contact")
            names.append(await sandbox.play("create_conversation", contact=contact))
            await sandbox.play("customer_says", who=names[-1], text="hello?")
            await passes(0.2)
        for name in names[-ANSWERED:]:
            await sandbox.play("agent_says", who=name, text="yes?")
        await passes(20.0)
        over.set()
        kills = await killer
        # the last word has the worker that lives
        child = await WorkerChild.start(environment)
        await child.opened()
        await passes(8.0)
        assert await child.end(signal.SIGTERM) == 0
        seen = [await _sent(sandbox, name) for name in names]
    left = CUSTOMERS - ANSWERED
    assert seen[:left] == [(["We have not forgotten you"], 1)] * left
    assert seen[left:] == [([], 0)] * ANSWERED
    assert kills >= 3  # else nothing was tried
    await _schedules_fired_once(tmp_path)


async def _schedules_fired_once(directory: Path) -> None:
    """Each due time is one event, and none was left out while a worker lived through it."""
    ledger = open_ledger(f"sqlite:///{directory / 'worker.db'}", read_only=True)
    await ledger.open()
    try:
        stored = await ledger.events(AccountId("imbrace"), limit=10_000)
    finally:
        await ledger.close()
    due = [one.event.at for one in stored if one.event.kind is EventKind.SCHEDULE]
    assert len(due) == len(set(due))
    assert all(at.second == 0 and at.microsecond == 0 for at in due)
