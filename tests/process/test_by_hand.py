"""The commands beside a real worker: two processes, one file."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.process.children import (
    ROOT,
    SandboxChild,
    WorkerChild,
    passes,
    sandbox_child,
    worker_settings,
)

RULES = """
rules:
  - id: price
    when: message.received
    settle: 0s
    if: [{ text: { contains: price } }]
    do: [{ reply: Our price list }]
"""
PATIENCE_S = 20.0


async def _command(environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "worker",
        *words,
        cwd=ROOT,
        env=ours | dict(environment),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode()


async def _waiting(environment: Mapping[str, str], count: int) -> list[dict[str, Any]]:
    """What waits for a person, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            code, out = await _command(environment, "actions", "list", "--json")
            found: list[dict[str, Any]] = json.loads(out) if code == 0 else []
            if len(found) == count:
                return found
            await passes(0.1)


async def _answers(sandbox: SandboxChild, conversation: str, count: int) -> int:
    """How many answers stand there, once there are `count` or patience is over."""
    seen = 0
    for _ in range(int(PATIENCE_S / 0.2)):
        rows = (await sandbox.get(f"conversations/{conversation}"))["messages"]
        seen = sum(not str(row["from"]).startswith("con_") for row in rows)
        if seen >= count:
            break
        await passes(0.2)
    return seen


async def test_what_waits_is_settled_and_history_pruned_while_the_worker_runs(
    tmp_path: Path,
) -> None:
    """The lock keeps a second worker out; it must not keep out the person who has to act."""
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    async with sandbox_child() as sandbox:
        environment = worker_settings(sandbox, tmp_path)
        worker = await WorkerChild.start(environment)
        try:
            await worker.opened()
            await sandbox.fault("POST conversation_messages: 400")
            seats = []
            for _ in range(3):
                contact = await sandbox.play("create_contact")
                seats.append(await sandbox.play("create_conversation", contact=contact))
                await sandbox.play("customer_says", who=seats[-1], text="price?")
            held = {one["conversation"]: one for one in await _waiting(environment, 3)}
            await sandbox.clear_faults()
            for act, seat in zip(("retry", "drop", "confirm"), seats, strict=True):
                code, told = await _command(environment, "actions", act, held[seat]["key"][:10])
                assert code == 0, told
            assert await _answers(sandbox, seats[0], 1) == 1
            assert await _waiting(environment, 0) == []
            code, told = await _command(environment, "actions", "retry", held[seats[1]]["key"])
            assert code == 1, told
            code, told = await _command(environment, "prune", "--older-than", "1d")
            assert (code, told[:16]) == (0, "dropped 0 events")
            await sandbox.play("customer_says", who=seats[1], text="price!")
            assert await _answers(sandbox, seats[1], 1) == 1
        finally:
            code = await worker.end(signal.SIGTERM)
        assert code == 0
        assert worker.events["intent.held"] == 3
        assert [await _answers(sandbox, seat, 0) for seat in seats] == [1, 1, 0]
