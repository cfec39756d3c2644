"""The shipped rules pass their own tests, and these leave nothing out."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pathlib import Path

from worker.clock import SystemClock
from worker.rehearsal.coverage import Covered, coverage
from worker.rehearsal.report import failed
from worker.rehearsal.rules import Library
from worker.rehearsal.suite import gather, run

RULES = Path(__file__).parents[2] / "rules"
LANGUAGES = ("en", "zh-Hant", "zh-Hans", "vi", "th")


def test_the_shipped_rules_pass_their_tests_which_leave_nothing_out() -> None:
    """Authors copy these rules and take these tests for what a test looks like."""
    library = Library()
    (suite,) = gather([RULES], RULES, library)
    results = run(suite, library, SystemClock(), lambda _: None)
    assert [line for one in results if not one.passed for line in failed(one)] == []
    found = coverage(suite.rules, reduce(or_, (one.covered for one in results), Covered()))
    assert [f"{gap.place}: {gap.what}" for gap in found.gaps] == []
    assert found.rules == (len(suite.rules.rules),) * 2


def test_every_file_of_rules_has_a_file_of_tests_in_every_language() -> None:
    """A file without one would be the one that nobody tried in Thai."""
    files = {path.name for path in RULES.glob("*.yaml")}
    rules = {name for name in files if not name.endswith(".test.yaml")} - {"names.yaml"}
    assert {name.removesuffix(".yaml") + ".test.yaml" for name in rules} <= files
    for name in rules - {"notifications.yaml"}:
        text = (RULES / f"{name.removesuffix('.yaml')}.test.yaml").read_text("utf-8")
        assert [tag for tag in LANGUAGES if f"language: {tag}" not in text] == [], name
