"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
import warnings

from tests.architecture.sources import sources

FILE_SOFT, FILE_HARD = 250, 400
# A test file is a list: it is read by its names, one test at a time.
TEST_FILE_HARD = 650
FUNCTION_SOFT, FUNCTION_HARD = 50, 80


def test_no_file_is_longer_than_a_sitting() -> None:
    """A file that grew past 400 lines holds two things that have different reasons to change."""
    limits = {"worker": FILE_HARD, "tests": TEST_FILE_HARD}
    sizes = {(room, one.name): len(one.lines) for room in limits for one in sources(room)}
    long = {name: lines for (room, name), lines in sizes.items() if lines > limits[room]}
    assert not long
    lengths = {name: lines for (room, name), lines in sizes.items() if room == "worker"}
    _mention("files", {name: n for name, n in lengths.items() if n > FILE_SOFT}, FILE_SOFT)


def test_no_function_is_longer_than_a_screen() -> None:
    """What does not fit on a screen is not understood, only believed."""
    lengths = {
        f"{source.name}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for source in sources("worker")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {name: lines for name, lines in lengths.items() if lines > FUNCTION_HARD}
    assert not long
    _mention("functions", {n: c for n, c in lengths.items() if c > FUNCTION_SOFT}, FUNCTION_SOFT)


def _mention(what: str, long: dict[str, int], limit: int) -> None:
    """A soft limit is a remark in the report, not a failure."""
    if long:
        listed = ", ".join(f"{name} ({lines})" for name, lines in sorted(long.items()))
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"{what} over {limit} lines: {listed}", stacklevel=2)
