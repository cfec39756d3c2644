"""Many texts searched at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.text import scan
from worker.text.scan import PhraseScan

TEXTS = st.text("abก價 ", max_size=12)


@given(st.lists(TEXTS.filter(bool), max_size=12), st.lists(TEXTS, max_size=30))
def test_each_text_is_found_the_same_alone_and_beside_others(
    phrases: list[str], texts: list[str]
) -> None:
    """A shadowed rule would be told, or missed, because of the rule that stands next to it."""
    searched = PhraseScan(phrases)
    assert searched.find_each(texts) == [searched.find(text) for text in texts]


def test_more_texts_than_one_search_takes_are_each_searched() -> None:
    """Rules behind the first few hundred would never be told."""
    searched = PhraseScan([f"word{number} " for number in range(3_000)])
    texts = [f"a word{number} b" for number in range(3_000)]
    assert sum(map(len, texts)) > 2 * scan._TEXT_PIECE_BYTES
    assert searched.find_each(texts) == [{number} for number in range(3_000)]
