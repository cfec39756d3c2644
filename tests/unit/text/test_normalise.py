"""One form for what looks or sounds the same, whatever is thrown at it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.text import characters
from worker.text.normalise import fold, normalise

THAI_AND_LAO = (
    "กน\u0e31\u0e32\u0e33\u0e34\u0e38\u0e3a\u0e40\u0e41\u0e48\u0e49\u0e4d"
    "ກ\u0eb2\u0eb3\u0ec0\u0ec8\u0ecd"
)
LATIN = "aoiuyhqđĐæœßİıI\u0301\u0300\u0302\u0307\u0316\u0328\u031b '\u2019-_"
HAN = "裏裡里臺台衞衛卫甚麼什么瞭著幺"
ODD = (
    "\ud800\udfff\x00\u200b\u200d\ufe0f\U0001f3fb\u20e3"
    "\u3164\u0f73\u0345\u1e9e\ufdfa\uff9e\u00a8\u2028"
)

anything = st.text(st.characters(exclude_categories=[]), max_size=40)
awkward = st.text(st.sampled_from(THAI_AND_LAO + LATIN + HAN + ODD), max_size=40)
texts = anything | awkward


@given(texts)
@settings(max_examples=600, deadline=None)
@example("i\u0307\u0307")
@example("\u0e40\u0e40\u0e40")
@example("\u0e48\u0e34\u0e38")
@example("\u02d8\u0eb3\u0ec8")
@example("\u0e33\u0e33\u0e48")
@example("\u0e33\u0300\u0e33\u0e48")
@example("\u0ec8\u0eb6\u0e4a\u0eb4")
@example("\u0e33\u0eb9\u0eb3\u0e49")
@example("\uff9e\u0e48\u0e31\u3164\uff9e\u0e31")
def test_normalising_twice_changes_nothing_more(raw: str) -> None:
    """Without it a phrase that was normalised when loaded would differ from itself in a message."""
    plain = normalise(raw).plain
    assert normalise(plain).plain == plain


@given(texts)
@settings(max_examples=300, deadline=None)
def test_every_form_can_be_sent_anywhere(raw: str) -> None:
    """Without it half a surrogate pair would break the encoder of the index in the hot path."""
    text = normalise(raw)
    assert text.raw == raw
    for form in (text.plain, text.folded):
        form.encode()
        assert form == form.strip()
        assert "  " not in form
        assert "\x00" not in form


@given(texts)
@settings(max_examples=300, deadline=None)
def test_the_folded_form_is_the_plain_one_without_latin_accents(raw: str) -> None:
    """Without it `accents: auto` would decide by something else than what was typed."""
    text = normalise(raw)
    assert text.folded == fold(text.plain)
    assert fold(text.folded) == text.folded
    assert text.accented == (text.folded != text.plain)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=300, deadline=None)
def test_composed_and_taken_apart_input_is_one(raw: str) -> None:
    """Without it a phone that sends NFD would get no answers."""
    taken_apart = normalise(unicodedata.normalize("NFD", raw)).plain
    assert taken_apart == normalise(unicodedata.normalize("NFC", raw)).plain


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("  Hello \t\n World ", "hello world"),
        ("Đặt HÀNG", "đặt hàng"),
        ("１２３ ๔๕ ٦", "123 45 6"),
        ("STRASSE Straße", "strasse strasse"),
        ("İIıi", "iiii"),
        ("臺灣 衞生", "台湾 卫生"),
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("e\u0301", "é"),
        ("a\ud800b", "a\ufffdb"),
        ("“don’t” – ok…", '"don\'t" - ok...'),
        ("a\u0000\u0007b", "ab"),
        ("\u200b\ufeff", ""),
        ("", ""),
    ],
)
def test_the_plain_form(raw: str, plain: str) -> None:
    """Without it a change of the tables could go unseen that every rule's text hangs on."""
    assert normalise(raw).plain == plain


@pytest.mark.parametrize(
    ("raw", "folded", "accented"),
    [
        ("Giá Đổi", "gia doi", True),
        ("gia", "gia", False),
        ("q\u0303", "q", True),
        ("ไม่", "ไม่", False),
        ("ガ", "ガ", False),
        ("й", "й", False),
        ("הֵ", "הֵ", False),
        ("œuf ø ł", "oeuf o l", True),
    ],
)
def test_the_folded_form(raw: str, folded: str, accented: bool) -> None:
    """Without it marks of scripts in which they are letters could be folded away."""
    text = normalise(raw)
    assert (text.folded, text.accented) == (folded, accented)


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "é",
        "\u0301",
        "\u0316\u0301",
        "\u0f73\u0f71",
        "裏",
        "\u0e48\u0e34",
        "\u0e34",
        "\u0e33",
        "\u0e4d\u0e32",
        "\u0e48\u0e33",
        "\u0e33\u0ec8\u0e48",
        "\u0e48\u0ecd\u0eb2",
        "\u0e48\u0eb4\u0eb8",
        "\u0e4d\u0e48\u0e33",
        "i\u0307",
        "oá ",
        "\x00",
    ],
    ids=ascii,
)
def test_a_megabyte_is_normalised_in_linear_time(unit: str) -> None:
    """Without it one hostile message could stop the worker: sorting marks is quadratic."""
    odd = "\u0e48\u0e34\u0e33\u0e48"  # what is looked through only where something is to mend
    text = normalise(odd + unit * (MEGABYTE // len(unit)))
    assert len(text.plain) <= 3 * MEGABYTE


def test_the_table_of_characters_stays_bounded() -> None:
    """Without it messages of rare characters would fill the memory for ever."""
    normalise("".join(map(chr, range(0x3400, 0x1_4000))))
    assert len(characters.CHARACTERS) <= 30_000
