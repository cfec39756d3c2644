"""What a pattern cannot match without: the index passes over a rule only by this."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.text.literals import required_literals
from worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("price|how much|giá", {"price", "how much", "gia"}),
        ("(?i)(Price|COST)s?", {"price", "cost"}),
        (r"order\s*#?\d+", {"order"}),
        ("colou?r", {"colo"}),
        ("(a|b)?xyz", {"xyz"}),
        ("(?P<n>foo)+bar*", {"foo"}),
        ("(?:abc|d.*efg)", {"abc", "efg"}),
        ("a{0}bc", {"bc"}),
        ("a{2}bc", {"bc"}),
        (r"x\.y", {"x.y"}),
        ("[[:alpha:]]x", {"x"}),
        ("[]a]x", {"x"}),
        (r"\p{L}x", {"x"}),
        (r"\x41bc", {"bc"}),
        ("é+", {"e"}),
        ("q\u0303", {"q"}),
        ("价钱", {"价钱"}),
        (r"[A-Z]{2}\d{6}", None),
        ("", None),
        ("a||b", None),
        ("(a|)", None),
        ("a*", None),
        (r"\Qa.b\E", None),
        ("a(?i)b", None),
        ("(", None),
        ("a)", None),
        ("*a", None),
        ("(" * 60 + "a" + ")" * 60, None),
        ("|".join(f"w{number}" for number in range(70)), None),
    ],
)
def test_the_literals_of_a_pattern(pattern: str, literals: set[str] | None) -> None:
    """Without it a pattern's rule would be passed over, or asked of every message."""
    assert required_literals(pattern) == literals


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,1}", "*?"]))
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        repeated.map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda part: f"(?i:{part})"),
    )


atoms = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "é",
        "A",
        ".",
        r"\b",
        "[ab]",
        "[^a]",
        r"\w",
        r"\.",
        "价",
        "^",
        "$",
        r"\d",
        "q\u0303",
        "\u0301",
        "i",
    ]
)
patterns = st.recursive(atoms, _joined, max_leaves=6)


@given(patterns, st.text(st.sampled_from("abéA.价1q\u0303\u0301i İ"), max_size=10))
@settings(max_examples=1500, deadline=None)
def test_whatever_matches_holds_one_of_the_literals(pattern: str, message: str) -> None:
    """Without it a rule could fall silent because its pattern was read wrongly."""
    literals = required_literals(pattern)
    text = normalise(message)
    if literals is not None and re2.search(pattern, text.plain):
        assert any(literal in text.folded for literal in literals)
