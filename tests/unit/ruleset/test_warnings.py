"""What can be read and would still surprise its author is told, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.ruleset.lint_words import is_short
from worker.ruleset.load import check_rules, load_rules

WARNINGS = Path(__file__).parent / "warnings"
CASES = sorted(WARNINGS.glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_doubtful_file_is_answered_with_exactly_these_warnings(case: Path) -> None:
    """A warning about nothing teaches authors to read none of them."""
    _, problems = check_rules(case)
    told = "".join(f"{problem}\n" for problem in problems).replace(f"{WARNINGS}/", "")
    assert told == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_warning_stops_nothing(case: Path) -> None:
    """Doubt is the author's to settle; the rules work as they say."""
    assert load_rules(case).rules
    assert check_rules(case)[0] is not None


@pytest.mark.parametrize(
    ("phrase", "short"),
    [
        ("กา", True),
        ("ไม่", True),  # two letters; the tone mark is none
        ("ราคา", False),
        ("好", True),
        ("價錢", False),  # two characters: a word
        ("お茶", False),
        ("價", True),
        ("價目表", False),
        ("か", True),
        ("ok", False),
        ("no 好", False),
        ("12", False),
        ("!", False),
    ],
)
def test_short_means_one_chinese_character_or_two_letters_without_spaces(
    phrase: str, *, short: bool
) -> None:
    """กา is found in กาแฟ; a short English word is only found as a word."""
    assert is_short(phrase) is short


def test_a_directory_without_a_rule_is_told_of(tmp_path: Path) -> None:
    """Files that were moved away or emptied would silence the worker without a word."""
    (tmp_path / "a.yaml").write_text("", "utf-8")
    ruleset, problems = check_rules(tmp_path)
    assert ruleset is not None
    assert [problem.message for problem in problems] == [
        "there is no rule here: nobody is answered"
    ]
    assert problems[0].warning
