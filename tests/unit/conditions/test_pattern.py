"""Patterns are compared as phrases are: in the form that texts have after they were normalised."""

from __future__ import annotations

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.conditions.pattern import compiled, normalised
from worker.text.normalise import normalise


def matches(pattern: str, message: str) -> bool:
    """The pattern is found in the message, as `text: {matches: …}` looks for it."""
    found = compiled(normalised(pattern), fold_case=True).search(normalise(message).plain)
    return found is not None


def spelled(text: str) -> str:
    """A pattern for this text; NUL as it is."""
    return "".join(re2.escape(one) if one != "\0" else one for one in text)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"訂單：\d+", "訂單：123"),
        ("（.+）", "（急）"),
        ("^（.+）？$", "(急)?"),
        ("hoá đơn", "cho mình xin hoá đơn"),
        ("hoá đơn", "hóa đơn"),
        (r"hoá\s", "hoá đơn"),
        (r"hoá\d", "hoá1"),
        ("ทํา", "ทำ"),
        ("นํ้า", "น้ำ"),
        ("(?:นํ้า|ทํา)อะไร", "ทำอะไร"),
        ("don’t", "I don't"),
        ("“.+”", "“ok”"),
        ("…$", "well…"),
        ("๑๐", "10 บาท"),
        ("^ß+$", "ßß"),
        ("^ß{2}$", "ssss"),
        ("❤️", "I ❤️ it"),
        ("^❤️+$", "❤️❤️"),
        ("^❤️?!", "❤!"),
        ("ok…+!", "ok……!"),
        ("^hoá+$", "hoá"),
        ("^hoá+$", "hoáá"),
        ("^x[：（]y", "x（y"),
        ("[。！]$", "好！"),
        (r"\x{ff08}", "（"),
        (r"\Q（a.b）\E", "(A.B)"),
        ("a\\nb", "a\nb"),
        ("a  b", "a  b"),
        (" giá ", "giá"),
        (" giá ", "cái giá nào"),
        ("price | cost", "cost"),
        ("(?i) GIÁ", "Giá"),
        ("(?P<mark>：)", "："),
        ("a{x", "a{x"),
        ("cafe\u0301+s", "cafés"),
    ],
)
def test_a_pattern_finds_what_it_looks_like(pattern: str, message: str) -> None:
    """What a Chinese keyboard types would never be found, and nobody would say so."""
    assert matches(pattern, message)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a？b", "b"),
        ("．", "a"),
        ("（a", "a"),
        ("^ß+$", "sss"),
        ("^❤️?!", "!"),
        ("^hoá?$", "hó"),
        ("[^，]", "，"),
        (" giá ", "xgiá"),
        ("\u200b", "anything"),
        ("a|\u200b", "x"),
        (" ", "word"),
    ],
)
def test_a_pattern_finds_nothing_else(pattern: str, message: str) -> None:
    """A full-width question mark would become a repetition, an invisible pattern match all."""
    assert not matches(pattern, message)


@pytest.mark.parametrize(
    "pattern",
    [
        "Price",
        "[A-Z]{2}\\d{6}",
        r"^\s*(?P<n>[^\d\]]+)\b.*?$",
        "[ａ-ｚ]",
        "[ß…]x",
        "[[:alpha:]\\pL\\x{ff08}]",
        r"\*\[\.",
        "ราคา|价钱|giá",
    ],
)
def test_what_needs_no_other_form_stays_as_it_was_written(pattern: str) -> None:
    """Syntax would be taken for text, and plain words be searched by the slower way."""
    assert normalised(pattern) == pattern


def test_a_pattern_of_invisible_characters_is_read_at_once() -> None:
    """A rule file could end the worker by its depth."""
    assert matches("^❤" + "\ufe0f" * 1500 + "+$", "❤️❤️")


LETTERS = (
    "aAiIßKſ.?*+()[]{}|^$\\：（．？ \u3000\n訂单é\u0301oóòáuýhqHNĐ\u0e4d\u0e49\u0e32\u0e33\u0e40๑"
)
ODD = "❤\ufe0f\u200b\u00ad…’“`´İı\u0307\u0338<=\0\u00a8\uff9e\u0eb2\u0ecd\U0001f3fb\u20e3"
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = anything | st.text(st.sampled_from(LETTERS + ODD), max_size=12)


@given(texts)
@settings(max_examples=800, deadline=None)
@example(" a ")
@example("hoá")
@example("\u00a8")
@example("\u037e")
def test_a_text_as_a_pattern_is_found_in_itself(text: str) -> None:
    """Some sign that customers type could not be looked for."""
    if normalise(text).plain:
        assert matches(spelled(text), text)


ATOMS = [
    *"aKß：（．訂é\u0301á❤\ufe0f\u200b",
    "ho",
    "hoá",
    "ทํา",
    "[a：ß]",
    ".",
    r"\b",
    r"\d",
    " ",
]
REPEATED = ["", "", "", "+", "*", "?", "{2}", "{0,1}", "+?", "{0}"]
parts = st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATED)).map("".join)
branches = st.lists(parts, min_size=1, max_size=4).map("".join)
patterns = st.one_of(
    branches,
    st.tuples(branches, branches).map("|".join),
    st.tuples(branches, branches, parts).map(lambda one: f"({one[0]}|{one[1]})+{one[2]}"),
)


@given(patterns, texts | st.text(st.sampled_from("aß：hoóá訂é❤: s"), max_size=8))
@settings(max_examples=800, deadline=None)
def test_what_a_pattern_found_as_it_was_written_it_still_finds(pattern: str, message: str) -> None:
    """Bringing a pattern to another form would make a rule silent that was not."""
    plain = normalise(message).plain
    if compiled(pattern, fold_case=True).search(plain):
        assert compiled(normalised(pattern), fold_case=True).search(plain)
