"""What every test may rely on: an empty environment where it asks, a clock it owns, no leaks."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from tests.clocks import HandClock


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--slow` runs the long tests too; the others choose how the worker is attacked."""
    parser.addoption("--slow", action="store_true", help="also run tests marked slow")
    parser.addoption("--kills", type=int, default=12, help="kill -9 that often under load")
    parser.addoption("--kill-seed", type=int, default=1, help="which instants those are")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests are skipped unless they were asked for; async ones are watched for leaks."""
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="long; runs with --slow"))
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            # First set up is last torn down: what other fixtures started has been stopped by then.
            item.fixturenames.insert(0, "no_leaked_tasks")


@pytest.fixture
def clock() -> HandClock:
    """A clock that only the test moves."""
    return HandClock()


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A worker that a test ran keeps no later test of its process quiet."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No `WORKER_*` variable is set and the working directory is empty; that directory."""
    for name in os.environ:
        if name.upper().startswith("WORKER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest_asyncio.fixture
async def no_leaked_tasks(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """A test that leaves a task running fails: in the service it would be work nobody awaits."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        names = ", ".join(sorted(repr(task.get_coro()) for task in left))
        pytest.fail(f"{request.node.name} left tasks running: {names}")
