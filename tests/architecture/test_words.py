"""Names mean something, time has one home, log events are declared, tests say why they exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, dotted, sources
from worker.log import EVENTS

# Words that fit everything and therefore say nothing.
BANNED = frozenset(
    {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler", "process"}
    | {"data", "info", "misc"}
)
LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
# Time and chance have one home, so that tests can own them.
CALLS = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    | {"time.monotonic", "time.sleep", "time.perf_counter", "asyncio.sleep"}
)
# The clock itself, and the loop that makes time.
CALLS_ALLOWED = frozenset({"worker/clock.py", "worker/virtual_time.py"})
RANDOM_ALLOWED = ("worker/clock.py", "worker/sandbox/")


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {word.lower() for word in spaced.split("_") if word}


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    """Whatever is called `utils` becomes the place where everything is put."""
    empty = [
        f"{source.name}: {name}"
        for source in sources("worker")
        for name in (source.room, source.path.stem, *classes(source))
        if words(name) & BANNED
    ]
    assert not empty


def classes(source: Source) -> Iterator[str]:
    """The names of the classes in a file."""
    return (node.name for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))


def test_time_is_asked_of_a_clock_only() -> None:
    """A test that cannot move time has to wait for it, and fails when the machine is busy."""
    calls = [
        f"{source.name}:{node.lineno} {dotted(node.func)}"
        for source in sources("worker")
        if source.name not in CALLS_ALLOWED
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and any(dotted(node.func) == one or dotted(node.func).endswith(f".{one}") for one in CALLS)
    ]
    assert not calls


def test_chance_has_one_home() -> None:
    """An answer that depends on chance cannot be replayed or explained."""
    uses = [
        f"{source.name}:{line}"
        for source in sources("worker")
        if not source.name.startswith(RANDOM_ALLOWED)
        for name, line in source.imports()
        if name.partition(".")[0] in {"random", "secrets", "uuid"}
    ]
    assert not uses


@pytest.mark.parametrize("folder", ["worker", "tests"])
def test_nothing_is_mocked(folder: str) -> None:
    """A mock agrees with whatever the code does; a fake speaks the language of the real thing."""
    mocked = [
        f"{source.name}:{line}"
        for source in sources(folder)
        for name, line in source.imports()
        if name.startswith("unittest.mock") or name.partition(".")[0] in {"mock", "pytest_mock"}
    ]
    assert not mocked


def logged(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call that logs, with the name of the event ("" where it is no literal)."""
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called = node.func.value
        owner = called.func if isinstance(called, ast.Call) else called
        target = dotted(owner).rpartition(".")[2].lstrip("_")
        if node.func.attr in LEVELS and target in {"log", "logger", "get_logger"} and node.args:
            first = node.args[0]
            value = first.value if isinstance(first, ast.Constant) else None
            yield node, value if isinstance(value, str) else ""


def test_every_log_event_is_declared() -> None:
    """The table is what people write alerts from; an event outside it is one nobody waits for."""
    unknown = [
        f"{source.name}:{call.lineno} {name or 'not a literal'}"
        for source in sources("worker")
        for call, name in logged(source)
        if name not in EVENTS
    ]
    assert not unknown


def test_every_declared_log_event_is_logged() -> None:
    """An alert on a line that nobody writes never fires."""
    written = {name for source in sources("worker") for _, name in logged(source)}
    assert not EVENTS.keys() - written


def test_every_public_test_says_what_would_be_lost_without_it() -> None:
    """A test whose reason nobody knows is deleted, or kept for ever, and both for no reason."""
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources("tests")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_every_module_says_what_it_is_for() -> None:
    """The first line of each file is the map of the house."""
    silent = [source.name for source in sources("worker") if not ast.get_docstring(source.tree)]
    assert not silent


def test_the_future_of_annotations_is_everywhere() -> None:
    """Without it, a name that exists only for types becomes an import at run time."""
    without = [
        source.name
        for source in sources("worker")
        if source.path.name != "__init__.py"
        and any(isinstance(node, ast.AnnAssign | ast.FunctionDef) for node in ast.walk(source.tree))
        and "__future__" not in {name for name, _ in source.imports()}
    ]
    assert not without
