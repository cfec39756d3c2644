"""Where in the customer's own characters a phrase was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model.verdict import Form
from worker.text.normalise import normalise
from worker.text.origin import typed


@pytest.mark.parametrize(
    ("raw", "wanted", "expected"),
    [
        ("Hello,  HOW   much?", "how much", "HOW   much"),
        ("我想問價錢呀", "价钱", "價錢"),
        ("ｐｒｉｃｅ please", "price", "ｐｒｉｃｅ"),
        ("gi\u0301a? gia\u0301 bao", "gia?", "gi\u0301a?"),
        ("ราคาค่ะ", "ราคา", "ราคา"),
        ("hoà bình", "hòa", "hoà"),
        ("👍🏽 ok", "👍", "👍🏽"),
        ("die Straße", "strasse", "Straße"),
        ("İstanbul", "istanbul", "İstanbul"),
        ("x" * 19_000 + " price", "price", "price"),
    ],
)
def test_a_place_in_a_form_is_a_place_in_what_was_typed(
    raw: str, wanted: str, expected: str
) -> None:
    """`explain` would underline the wrong letters, most of all in Chinese and Thai."""
    text = normalise(raw)
    form: Form = "plain" if wanted in text.plain else "folded"
    at = getattr(text, form).index(wanted)
    place = typed(text, form, at, at + len(wanted))
    assert place is not None
    assert raw[slice(*place)] == expected


def test_raw_places_are_what_they_are() -> None:
    """`raw: true` searches the text as it was typed."""
    assert typed(normalise("A  B"), "raw", 1, 3) == (1, 3)


def test_an_empty_piece_has_no_place() -> None:
    """A pattern that matches nothing at all would underline something."""
    assert typed(normalise("ab"), "plain", 1, 1) is None
    assert typed(normalise("ab"), "raw", 1, 1) is None


texts = st.text(
    alphabet="abcGHé \u0301\u0303đ價錢ราคาเเํ่ß１２\u200b\ufe0f👍🏽ổ'-–İ", min_size=1, max_size=30
)


@given(texts, st.data())
def test_a_place_that_is_told_holds_what_was_found(raw: str, data: st.DataObject) -> None:
    """A made-up place is worse than none."""
    text = normalise(raw)
    form: Form = data.draw(st.sampled_from(["plain", "folded"]))
    whole = getattr(text, form)
    if not whole:
        return
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start + 1, len(whole)))
    place = typed(text, form, start, end)
    if place is not None:
        assert getattr(normalise(raw[slice(*place)]), form) == whole[start:end]


@given(st.text(alphabet="abc 價錢ราคา", min_size=1, max_size=30), st.data())
def test_plain_texts_always_have_a_place(raw: str, data: st.DataObject) -> None:
    """Underlining would be missing for ordinary messages."""
    text = normalise(raw)
    words = [word for word in text.plain.split(" ") if word]
    if words:
        word = data.draw(st.sampled_from(words))
        at = text.plain.index(word)
        assert typed(text, "plain", at, at + len(word)) is not None
