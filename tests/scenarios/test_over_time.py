"""Rules that last, as their authors would test them: over restarts, reloads, changes of clocks,
holidays and year ends. The tests themselves are in `over_time/`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from worker.clock import SystemClock
from worker.rehearsal.report import failed
from worker.rehearsal.rules import Library
from worker.rehearsal.suite import Suite, gather, run
from worker.ruleset.load import load_tests

FOLDER = Path(__file__).parent / "over_time"
NAMES = [
    (path.name, test.form.name)
    for path in sorted(FOLDER.glob("*.yaml"))
    for test in load_tests(path)[1]
]


@cache
def library() -> Library:
    """Rule sets that were read."""
    return Library()


@pytest.mark.parametrize(("file", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_rule_that_lasts_does_what_its_test_says(file: str, name: str) -> None:
    """A wait that a restart, a reload or the change of clocks breaks is found by customers."""
    suites: tuple[Suite, ...] = gather([FOLDER / file], FOLDER / file, library(), name)
    (suite,) = suites
    results = run(suite, library(), SystemClock(), lambda _: None)
    assert [line for one in results for line in failed(one) if not one.passed] == []


def test_there_are_tests_of_all_that_lasts() -> None:
    """Nothing would be found wrong in nothing."""
    assert {file for file, _ in NAMES} == {
        "questions.yaml",
        "schedules.yaml",
        "waiting.yaml",
        "waits.yaml",
    }
