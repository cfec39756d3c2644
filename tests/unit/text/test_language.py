"""The language of a message, and of its answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.language import choose_language, script_language

FIVE = ("en", "zh-Hant", "zh-Hans", "vi", "th")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("請問多少錢", "zh-Hant"),
        ("请问多少钱", "zh-Hans"),
        ("你好", "zh"),
        ("唔該", "zh-Hant"),
        ("iPhone 15 Pro Max 幾錢", "zh-Hant"),
        ("Could you please tell me where the shop near 中環 station is", None),
        ("価格はいくらですか", "ja"),
        ("カメラ", "ja"),
        ("优の良品几点开门", "zh-Hans"),
        ("ราคาเท่าไหร่", "th"),
        ("iPhone ราคาเท่าไหร่", "th"),
        ("tôi muốn mua", "vi"),
        ("giá bao nhiêu", "vi"),
        ("gia\u0301 bao nhie\u0302u", "vi"),
        ("đi", "vi"),
        ("você está bem", None),
        ("più già", None),
        ("¿qué tal está?", None),
        ("café", None),
        ("gia bao nhieu", None),
        ("hello", None),
        ("12345", None),
        ("🙏", None),
        ("", None),
    ],
)
def test_the_script_tells_the_language_where_it_is_unmistakable(
    text: str, language: str | None
) -> None:
    """Without it a customer without a stored language would be answered in another one."""
    assert script_language(text) == language


@pytest.mark.parametrize(
    ("available", "contact", "message", "chosen"),
    [
        (FIVE, "th", "hello", "th"),
        (FIVE, "vi-VN", None, "vi"),
        (FIVE, "VI_vn", None, "vi"),
        (FIVE, "zh-TW", None, "zh-Hant"),
        (FIVE, "zh-HK", None, "zh-Hant"),
        (FIVE, "zh-MO", None, "zh-Hant"),
        (FIVE, "zh-CN", None, "zh-Hans"),
        (FIVE, "zh-SG", None, "zh-Hans"),
        (FIVE, "zh-Hant-HK", None, "zh-Hant"),
        (FIVE, "yue", None, "zh-Hant"),
        (FIVE, "cmn-Hans-CN", None, "zh-Hans"),
        (("en", "zh"), "zh-TW", None, "zh"),
        (("en", "zh", "zh-Hant", "zh-TW"), "zh-TW", None, "zh-TW"),
        (("en", "zh", "zh-Hant-HK", "zh-Hant"), "zh-HK", None, "zh-Hant-HK"),
        (("en", "zh-CN", "zh-TW"), "zh-Hant", None, "zh-TW"),
        (("en", "zh-Hans"), "zh-TW", None, "zh-Hans"),
        (("vi", "en-US"), "en-GB", None, "en-US"),
        (FIVE, "zh", "请问多少钱", "zh-Hans"),
        (FIVE, "zh", "請問多少錢", "zh-Hant"),
        (("en", "zh", "zh-Hant"), "zh", "請問多少錢", "zh-Hant"),
        (("en", "zh", "zh-Hant"), "zh", "hello", "zh"),
        (FIVE, "zh-TW", "请问多少钱", "zh-Hant"),
        (FIVE, "", "请问多少钱", "zh-Hans"),
        (FIVE, "", "ราคา", "th"),
        (FIVE, "", "giá bao nhiêu", "vi"),
        (FIVE, "", "hello", "en"),
        (FIVE, "", None, "en"),
        (FIVE, "en", "ราคาเท่าไหร่", "th"),
        (FIVE, "en", "tôi muốn mua", "vi"),
        (FIVE, "th", "請問多少錢", "zh-Hant"),
        (("en", "pt", "vi"), "pt", "não há", "pt"),
        (("en", "ja", "zh"), "ja", "価格", "ja"),
        (("en", "vi"), "vi", "ราคา", "vi"),
        (FIVE, "fr", "bonjour", "en"),
        (FIVE, "-", "bonjour", "en"),
        (("th",), "en", "hello", "th"),
    ],
)
def test_the_language_of_a_reply(
    available: tuple[str, ...], contact: str, message: str | None, chosen: str
) -> None:
    """Without it a reply in five languages could come in one the customer cannot read."""
    assert choose_language(available, contact_language=contact, message_text=message) == chosen


def test_a_reply_without_any_text_is_an_error() -> None:
    """Without it an empty mapping would fail somewhere far from its cause."""
    with pytest.raises(ValueError, match="at least one language"):
        choose_language([], contact_language="en", message_text=None)


@given(
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
    st.text(max_size=12),
    st.none() | st.text(st.characters(exclude_categories=[]), max_size=20),
)
def test_some_key_is_always_chosen(keys: list[str], contact: str, message: str | None) -> None:
    """Without it a strange language field of a platform would stop an answer."""
    assert choose_language(keys, contact_language=contact, message_text=message) in keys
