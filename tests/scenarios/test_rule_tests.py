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


def test_the_shipped_rules_pass_their_tests_which_leave_nothing_out() -> None:
    """Authors copy these rules and take these tests for what a test looks like."""
    library = Library()
    (suite,) = gather([RULES], RULES, library)
    results = run(suite, library, SystemClock(), lambda _: None)
    assert [line for one in results if not one.passed for line in failed(one)] == []
    found = coverage(suite.rules, reduce(or_, (one.covered for one in results), Covered()))
    assert [f"{gap.place}: {gap.what}" for gap in found.gaps] == []
    assert found.rules == (len(suite.rules.rules),) * 2


def test_every_file_of_rules_has_a_file_of_tests_beside_it() -> None:
    """Whoever changes a rule looks for its tests where the rule is."""
    files = {path.name for path in RULES.glob("*.yaml")}
    rules = {name for name in files if not name.endswith(".test.yaml")} - {"names.yaml"}
    assert {name.removesuffix(".yaml") + ".test.yaml" for name in rules} <= files
