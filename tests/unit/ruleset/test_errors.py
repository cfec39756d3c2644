"""Every class of error has a file that provokes it, and says exactly this, exactly there."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.ruleset.load import check_rules

ERRORS = Path(__file__).parent / "errors"
CASES = sorted(
    path for path in ERRORS.iterdir() if path.suffix in (".yaml", ".yml") or path.is_dir()
)


def told(case: Path) -> str:
    """What a check of the case prints, paths from its folder on."""
    _, problems = check_rules(case)
    return "".join(f"{problem}\n".removeprefix(f"{ERRORS}/") for problem in problems).replace(
        f"{ERRORS}/", ""
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_wrong_file_is_answered_with_exactly_these_complaints(case: Path) -> None:
    """A vague or misplaced message costs the author the hour that the worker was meant to save."""
    assert told(case) == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_rule_set_comes_from_a_wrong_file(case: Path) -> None:
    """A rule set with a part left out would act, and nobody would know what is missing."""
    assert check_rules(case)[0] is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_complaint_speaks_of_the_code(case: Path) -> None:
    """An author knows YAML and the rule language, and neither Python nor its libraries."""
    words = told(case).lower()
    for jargon in ("input", "validat", "pydantic", "extra", "dict", "tuple", "nonetype", "str "):
        assert jargon not in words.replace("extract", ""), words
