"""A real worker is killed in the middle of every kind of wait; customers notice nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.process.children import (
    SandboxChild,
    killed_until,
    passes,
    sandbox_child,
    worker_settings,
)

RULES = """
defaults: { settle: 0s }
rules:
  - id: care
    when: message.received
    if: [{ text: { equals: start } }]
    limits: [{ max: 20, within: 10m, per: conversation }]
    allow_unsafe: true
    human_quiet: 0s
    do:
      - reply: one
      - wait: 2s
        id: pause
      - ask:
          text: Number?
          again: Digits please.
          extract: { number: { matches: '\\d{3}' } }
          timeout: 6s
        id: number
      - choose:
          cases:
            - if: { expr: "steps.number.outcome == 'answered'" }
              do: [{ reply: "two {{ found.number }}" }]
          otherwise: [{ reply: "two {{ steps.number.outcome }}" }]
      - wait: { for: 5s, until: agent.replied }
        id: rest
      - choose:
          cases:
            - if: { expr: "steps.rest.outcome == 'elapsed'" }
              do: [{ reply: three }]
          otherwise: [{ reply: seen }]
"""
# What the customer or a colleague says when a text has been seen.
STORIES: tuple[tuple[Mapping[str, str], list[str]], ...] = (
    ({}, ["one", "Number?", "two timed_out", "three"]),
    ({"Number?": "it is 123"}, ["one", "Number?", "two 123", "three"]),
    (
        {"Number?": "what?", "Digits please.": "456"},
        ["one", "Number?", "Digits please.", "two 456", "three"],
    ),
    (
        {"Number?": "what?", "Digits please.": "no"},
        ["one", "Number?", "Digits please.", "two gave_up", "three"],
    ),
    ({"Number?": "789", "two 789": "agent"}, ["one", "Number?", "two 789", "seen"]),
)
PATIENCE_S = 90.0


async def _texts(sandbox: SandboxChild, conversation: str) -> list[str]:
    """What the worker sent there, oldest first."""
    rows = (await sandbox.get(f"conversations/{conversation}"))["messages"]
    said = {"it is 123", "what?", "456", "no", "789", "start", "I am here"}
    texts = [str(row["content"].get("text", "")) for row in rows]
    return [text for text in texts if text not in said]


async def _customer(
    sandbox: SandboxChild, conversation: str, says: Mapping[str, str], expected: list[str]
) -> list[str]:
    """Plays one story; what the worker had sent at its end."""
    left = dict(says)
    seen: list[str] = []
    for _ in range(int(PATIENCE_S / 0.2)):
        seen = await _texts(sandbox, conversation)
        for text in [one for one in left if one in seen]:
            reply = left.pop(text)
            if reply == "agent":
                await sandbox.play("agent_says", who=conversation, text="I am here")
            else:
                await sandbox.play("customer_says", who=conversation, text=reply)
        if seen[-1:] == expected[-1:]:
            break
        await passes(0.2)
    await passes(3.0)  # and nothing after it
    return await _texts(sandbox, conversation)


@pytest.mark.parametrize("seed", [1])
async def test_a_rule_that_waits_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, seed: int
) -> None:
    """Rows, marks and events of a flow are one transaction each: a kill between any two of them
    must neither lose a customer nor say anything twice.
    """
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    async with sandbox_child(seed=seed) as sandbox:
        environment = worker_settings(sandbox, tmp_path)
        over = asyncio.Event()
        killer = asyncio.create_task(killed_until(over, environment, seed))
        talks = []
        for story in STORIES:
            contact = await sandbox.play("create_contact")
            conversation = await sandbox.play("create_conversation", contact=contact)
            await sandbox.play("customer_says", who=conversation, text="start")
            talks.append(asyncio.create_task(_customer(sandbox, conversation, *story)))
        seen = await asyncio.gather(*talks)
        over.set()
        kills = await killer
    assert seen == [expected for _, expected in STORIES]
    assert kills >= 3  # else nothing was tried
