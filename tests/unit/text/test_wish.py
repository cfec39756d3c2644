"""A wish by itself, and the same word said in passing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.normalise import normalise
from worker.text.wish import POLITE, WishMatcher, is_short

PHRASES = (
    "stop",
    "unsubscribe",
    "停止",
    "取消訂閱",
    "dừng",
    "dừng nhắn tin",
    "หยุด",
    "หยุดส่งข้อความ",
    "請停",
)

MARKS = ("\u0300", "\u0301", "\u0323", "\u0e33", "\u0e32", "\u0e40", "\u0e48", "\u0e4d", "\u200d")
PIECES = (*PHRASES, *POLITE, *MARKS, " ", "-", "'", "hoà", "ho", "à", "D", "ừ", "ng", "ｓｔ", "OP")


@pytest.mark.parametrize(
    "text",
    [
        *("stop", "STOP", "ｓｔｏｐ", " Stop!! ", "stop.", "🛑 stop 🛑", "stop stop STOP"),
        *("please stop", "Stop please", "stop, thank you", "ok stop", "STOP pls 🙏"),
        *("停止", "停止！", "請停止", "唔該停止啦", "停止，謝謝", "請停"),
        *("dừng", "Dừng ạ", "dung", "xin dừng", "vui lòng dừng", "dừng đi ạ"),
        *("หยุด", "หยุดค่ะ", "หยุดนะคะ", "ช่วยหยุดด้วยครับ", "หยุดครับ ขอบคุณครับ"),
        *("unsubscribe me now", "我要取消订阅", "đừng, dừng nhắn tin", "ขอให้หยุดส่งข้อความมา"),
    ],
)
def test_a_wish_is_heard_politely_repeated_and_in_any_spelling(text: str) -> None:
    """Who asks for silence and goes on being written to complains elsewhere."""
    assert WishMatcher(PHRASES).search(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        *("where is the bus stop?", "nonstop", "don't stop", "stop it", "stopp", "can I stop by"),
        *(
            "停止營業了嗎",
            "不停止",
            "為什麼停止",
            "xe dừng ở đâu",
            "dừng xe",
            "วันหยุดเปิดไหม",
            "หยุดวันไหน",
        ),
        *("", "?", "please", "ขอบคุณค่ะ", "谢谢", "🙏", "stop 停止"),
    ],
)
def test_a_word_said_in_passing_is_no_wish(text: str) -> None:
    """A question about opening days on holidays would silence the worker for good."""
    assert not WishMatcher(PHRASES).search(normalise(text))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("opt-out", "Opt-out"),
        ("opt-out", "I want to opt-out now"),
        ("don't", "don't"),
        ("🛑", "🛑"),
        ("stop!", "Stop"),
        ("stop!", "stop. thank you"),
        ("「停止」", "停止"),
    ],
)
def test_a_phrase_is_heard_whatever_signs_its_author_wrote(phrase: str, text: str) -> None:
    """Messages lose their signs before they are compared; a phrase with one was never heard."""
    assert WishMatcher([phrase]).search(normalise(text))


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=12))
def test_no_wish_is_missed_by_the_first_look(text: str) -> None:
    """It passes nearly every message over; one too many, and a customer's wish goes unheard."""
    careful = WishMatcher((*PHRASES, "hoà"))
    careful._keys = frozenset({""})  # it stands in every text
    assert WishMatcher((*PHRASES, "hoà")).search(normalise(text)) == careful.search(normalise(text))


@pytest.mark.parametrize(
    ("phrase", "short"),
    [
        ("stop", True),
        ("cancelar", True),
        ("unsubscribe", False),
        ("opt out", False),
        ("退訂", True),
        ("停", True),
        ("取消訂", True),
        ("取消訂閱", False),
        ("dừng", True),
        ("dừng lại", False),
        ("หยุด", True),
        ("หยุดส่งข้อความ", False),
    ],
)
def test_what_is_short_can_be_said_in_passing(phrase: str, short: bool) -> None:
    """The line between the two is drawn where words of each script end."""
    assert is_short(phrase) is short


def test_the_trace_says_which_phrase_was_heard() -> None:
    """Who asks why a customer is silent must be told the word."""
    heard = WishMatcher(PHRASES)
    assert heard.search(normalise("Stop!")) == "is 'stop'"
    assert heard.search(normalise("please unsubscribe me")) == "mentions 'unsubscribe'"
    assert "stop" in heard.folded_keys()
    assert "unsubscribe" in heard.folded_keys()
