"""language: what the customer speaks."""

from __future__ import annotations

import pytest

from tests.build import CONTACT, facts
from tests.unit.conditions.asking import answer, holds, told
from worker.model.chat import Contact
from worker.model.verdict import Answer


@pytest.mark.parametrize(
    ("wanted", "spoken", "text", "expected"),
    [
        ("th", "th", "hello", True),
        ("th", "", "สวัสดีค่ะ", True),
        ("th", "en", "สวัสดีค่ะ", True),
        ("en", "en", "สวัสดีค่ะ", False),
        ("en", "en-US", "hello", True),
        ("en-GB", "en-US", "hello", False),
        ("[vi, th]", "vi", "hi", True),
        ("zh", "zh-HK", "hi", True),
        ("zh", "", "你好", True),
        ("zh-Hant", "zh-TW", "hi", True),
        ("zh-Hant", "zh-CN", "hi", False),
        ("zh-Hans", "zh-HK", "hi", False),
        ("zh-Hans", "zh-SG", "hi", True),
        ("zh-Hant", "zh", "請問價錢", True),
        ("zh-HK", "zh-TW", "hi", False),
        ("ZH-hant", "zh-Hant-HK", "hi", True),
        ("yue", "zh-HK", "hi", True),
        ("yue", "yue", "hi", True),
        ("yue", "zh-CN", "hi", False),
        ("yue", "", "请问多少钱", False),
        ("wuu", "zh-TW", "hi", False),
        ("en", "", "hello", False),
    ],
)
def test_the_contact_counts_unless_the_script_rules_it_out(
    wanted: str, spoken: str, text: str, *, expected: bool
) -> None:
    """Conditions and the choice of a reply's language would disagree about the same customer."""
    about = facts(text, contact=Contact(id=CONTACT, language=spoken))
    assert holds(f"language: {wanted}", about) is expected


def test_an_unknown_contact_and_an_uncertain_script_are_undecided() -> None:
    """`not: {language: en}` would fire on English."""
    assert answer("language: en", facts("hello", contact=None)) is Answer.UNDECIDED
    assert answer("language: th", facts("สวัสดีค่ะ", contact=None)) is Answer.YES


def test_names_of_languages_are_refused() -> None:
    """`thai` looks right and would never match."""
    complaint = told("language: [th, thai]")[0]
    assert complaint.loc == ("language", 1)
    assert complaint.message == "'thai' is no language tag (BCP 47)"


def test_countries_are_refused_where_a_language_belongs() -> None:
    """`vn` looks right, and everybody in Viet Nam would be answered in another language."""
    complaints = told("language: [cn, vn, zh-Hent, zh-HK, vi]")
    assert [complaint.loc for complaint in complaints] == [("language", n) for n in range(3)]
