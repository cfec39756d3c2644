"""Patterns of plain words answer as the regular expression would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.conditions.alternation import alternation
from worker.conditions.pattern import compiled
from worker.text.normalise import normalise

LETTERS = st.text(alphabet="abkß ısσςéđกาำ价錢幾đi̇K1２|", max_size=12)


@given(pattern=LETTERS, text=st.text(alphabet="abkKßIİıSſσςÉđกาำ价錢钱幾1２ ", max_size=30))
def test_a_pattern_of_words_finds_what_the_expression_finds(pattern: str, text: str) -> None:
    """A rule would answer other messages than its author's pattern says."""
    words = alternation(pattern)
    if words is None:
        return
    plain = normalise(text).plain
    found, expected = words.search(plain), compiled(pattern, fold_case=True).search(plain)
    assert (found is None) == (expected is None)
    if found is not None:
        assert found.start() == expected.start()
        assert found.groupdict() == expected.groupdict() == {}


@pytest.mark.parametrize(
    "pattern", ["a.c", "(a|b)", "a||b", "a|", "Price", "^a", r"\d", "a{2}", "價"]
)
def test_whatever_means_more_than_words_is_left_to_the_expression(pattern: str) -> None:
    """A dot would be looked for as a dot, a capital letter never be found."""
    assert alternation(pattern) is None


def test_words_are_looked_for_as_they_stand() -> None:
    """The short way would never be taken."""
    words = alternation("price|giá|ราคา|价钱")
    assert words is not None
    found = words.search("what is the 价钱 or price")
    assert found is not None
    assert found.start() == 12
    assert words.search("nothing here") is None
