"""Which two letters are a language, and which were meant."""

from __future__ import annotations

import pytest
from babel import Locale

from worker.text.codes import LANGUAGES, is_language, slip_of

OUTDATED = {"bh", "in", "iw", "ji", "jw", "mo", "sh"}
"""Codes that ISO 639-1 has taken back."""


def test_the_codes_are_those_that_others_know() -> None:
    """A language of customers would be refused as a slip."""
    codes = [str(code) for code in Locale("en").languages]
    known = {code for code in codes if len(code) == 2 and code.isalpha()}
    assert known - OUTDATED <= LANGUAGES
    assert len(LANGUAGES) == 183


@pytest.mark.parametrize(
    ("written", "meant"), [("zn", "zh"), ("eng", "en"), ("ht", ""), ("vl", "vi"), ("hx", "hi")]
)
def test_a_slip_of_two_letters_is_told_by_its_first(written: str, meant: str) -> None:
    """`zn` would be read as a language that no customer has, and its text never be chosen."""
    assert is_language(written) is (meant == "")
    assert (slip_of(written) if meant else "") == meant


@pytest.mark.parametrize("code", ["yue", "fil", "nan", "ceb"])
def test_longer_codes_are_left_to_the_author(code: str) -> None:
    """There are thousands of them, Cantonese among them."""
    assert is_language(code)
