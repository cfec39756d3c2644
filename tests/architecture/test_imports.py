"""Imports point downward only, and every library has its room."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, sources

LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
# Where each library may be imported. What is not listed may be imported anywhere.
ROOMS: dict[str, frozenset[str]] = {
    "aiohttp": frozenset({"gateways", "web", "sandbox"}),
    "yarl": frozenset({"gateways", "web", "sandbox"}),
    "sqlite3": frozenset({"ledger"}),
    "asyncpg": frozenset({"ledger"}),
    "psycopg": frozenset({"ledger"}),
    "apscheduler": frozenset({"runtime"}),
    "yaml": frozenset({"ruleset"}),
    "prometheus_client": frozenset({"metrics"}),
    "structlog": frozenset({"log"}),
    "logging": frozenset({"log"}),
    "pydantic_settings": frozenset({"settings"}),
    "dotenv": frozenset({"settings"}),
    "argparse": frozenset({"cli"}),
    "uvloop": frozenset({"cli", "sandbox"}),
    "rich": frozenset({"demo", "cli"}),
    "watchfiles": frozenset({"runtime"}),
    "requests": frozenset(),
    "httpx": frozenset(),
}
# Pure: what they say depends on what they are given, and on nothing else.
CORE = frozenset({"calendars", "model", "text", "conditions", "actions", "engine", "ruleset"})
IMPURE = frozenset(
    {"asyncio", "aiohttp", "sqlite3", "asyncpg", "psycopg", "apscheduler", "socket", "threading"}
    | {"subprocess", "time", "random", "secrets", "urllib.request", "http.client"}
)


def test_the_layers_hold() -> None:
    """A core that reaches up into I/O can no longer be tested without it, or read by itself."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("library", sorted(ROOMS))
def test_each_library_stays_in_its_room(library: str) -> None:
    """A library that is everywhere cannot be replaced, and its errors turn up anywhere."""
    outside = [
        f"{source.name}:{line}"
        for source in sources("worker")
        if source.room not in ROOMS[library]
        for name, line in source.imports()
        if name == library or name.startswith(f"{library}.")
    ]
    assert not outside, f"{library} belongs in {sorted(ROOMS[library])}"


def test_the_core_does_no_io() -> None:
    """Matching and planning are replayed over the past; they must give the same answer again."""
    impure = [
        f"{source.name}:{line} {name}"
        for source in sources("worker")
        if source.room in CORE
        for name, line in source.imports()
        if any(name == one or name.startswith(f"{one}.") for one in IMPURE)
    ]
    assert not impure


def test_no_test_calls_the_real_platform() -> None:
    """A test that needs the network fails on a train, and tells somebody that it ran."""
    far = [
        f"{source.name}:{number}"
        for source in sources("tests")
        for number, line in enumerate(source.lines, 1)
        if "imbrace.co/v1" in line
    ]
    assert [one for one in far if "test_imports" not in one] == []
