"""The value comparisons of `text`: both sides normalised like `mentions`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from worker.model.text import MessageText
from worker.text.compare import contains, ends_with, equals, folded_keys, starts_with
from worker.text.normalise import normalise
from worker.text.phrase import Accents

Comparison = Callable[[MessageText, MessageText, Accents], bool]


@pytest.mark.parametrize(
    ("compare", "message", "wanted", "accents", "holds"),
    [
        (equals, " OK ", "ok", "auto", True),
        (equals, "ok then", "ok", "auto", False),
        (equals, "gia", "giá", "auto", True),
        (equals, "già", "giá", "auto", False),
        (equals, "già", "giá", "fold", True),
        (equals, "gia", "giá", "exact", False),
        (equals, "價錢", "价钱", "auto", True),
        (starts_with, "Prices?", "price", "auto", True),
        (starts_with, "the price", "price", "auto", False),
        (ends_with, "enterprice", "PRICE", "auto", True),
        (ends_with, "price!", "price", "auto", False),
        (contains, "enterprices", "price", "auto", True),
        (contains, "Đổi hàng", "đổi", "exact", True),
        (contains, "doi hang", "đổi", "exact", False),
        (contains, "น\u0e4d\u0e49\u0e32", "น้ำ", "auto", True),
    ],
)
def test_two_texts_are_compared_as_mentions_sees_them(
    compare: Comparison, message: str, wanted: str, accents: Accents, holds: bool
) -> None:
    """Without it `equals` and `mentions` could disagree about the same message."""
    assert compare(normalise(message), normalise(wanted), accents) is holds


def test_a_wanted_text_is_its_own_key_unless_it_has_none() -> None:
    """Without it the index could pass over a rule whose value is in the message."""
    assert folded_keys(normalise("Giá")) == frozenset({"gia"})
    assert folded_keys(normalise("")) is None
    assert folded_keys(normalise("\u0301x")) is None
