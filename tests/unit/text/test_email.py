"""E-mail addresses: the one that was typed, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.text.email import find_email


@pytest.mark.parametrize(
    "text",
    [
        "anh.Đức@example.com",
        "Đ-anh@example.com",
        "jose\u0301x\u0316an@example.com",
        "почтаme@example.com",
        "j***n@example.com",
        "j••n@example.com",
        "a–b@example.com",
        "john..doe@example.com",
        "john.@example.com",
        "x" * 100 + "@example.com",
        "me@example.com@example.org",
        "me@foo.exämple.com",
        "me@sub.example.c0m",
        "me@example.com1",
        "me@example." + "x" * 30,
        "me@example.com-foo",
    ],
)
def test_a_piece_of_an_address_is_none(text: str) -> None:
    """What was meant for one customer would be sent to a stranger."""
    assert not find_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "*me@example.com*",
        "_me@example.com_",
        "~me@example.com~",
        "*_me@example.com_*",
        "'me@example.com'",
        "\u2018me@example.com\u2019",
        '"me@example.com"',
        "(me@example.com)",
        "<me@example.com>",
        "`me@example.com`",
        "email=me@example.com",
        "email:me@example.com",
        "mailto:me@example.com",
        "Hi!me@example.com",
        "91234567/me@example.com",
        "...me@example.com",
        "email...me@example.com",
        "📧me@example.com",
        "電郵me@example.com",
        "電郵-me@example.com",
        "อีเมลme@example.com",
        "me@example.com.",
        "me@example.com...",
        "me@example.com, me@example.org",
        "me@example.com。謝謝",
        "me@example.com謝謝",
        "me@example.comครับ",
        "me@example.com입니다",
        "me@example.com's",
        "anh.Đức@example.com, me@example.com",
        "me@example.com/you@example.org",
        "My email\u2014me@example.com",
        "Gmail\u2022me@example.com",
        "www.example.com,Email:me@example.com",
        "Web:https://example.com;Email:me@example.com",
    ],
)
def test_what_stands_around_an_address_is_no_part_of_it(text: str) -> None:
    """Quotes and markup would be stored in the contact, and nothing would arrive."""
    assert find_email(text) == "me@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "https://x.y/a@example.com",
        "https://user:word@example.com/",
        "see https://example.org/?email=me@example.com",
        "www.example.org/a@example.com",
        "t.example.org/@me/a@example.com",
        "網址https://example.org/a@example.com",
    ],
)
def test_an_address_in_a_link_is_none(text: str) -> None:
    """A page somebody passed on would become the contact's address."""
    assert not find_email(text)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("https://example.org/a 電郵me@example.com", "me@example.com"),
        ("網址https://example.org/a電郵me@example.com", "me@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("o\u2019brien@example.com", "o'brien@example.com"),
        ("'o'brien@example.com'", "o'brien@example.com"),
        ("a+b@example.com", "a+b@example.com"),
        ("_a_@Sub.Example.COM", "_a_@sub.example.com"),
        ("Mei.Lee-1@example.co1.uk", "Mei.Lee-1@example.co1.uk"),
        ("me@example.xn--p1ai", "me@example.xn--p1ai"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_an_address_is_kept_as_it_was_typed(text: str, email: str) -> None:
    """A letter less is another person's."""
    assert find_email(text) == email


@given(st.text(st.sampled_from("ab1.@_-+'*/:=đ電ก\u0e31\u0301 "), max_size=40))
def test_what_is_found_stands_in_the_text_as_a_whole(text: str) -> None:
    """An address would be put together from what the customer never wrote side by side."""
    email = find_email(text)
    places = [at for at in range(len(text)) if text.startswith(email, at)]
    edges = [(text[:at][-1:], text[at + len(email) :][:1]) for at in places]
    assert not email or any(not _spaced(before) and not _spaced(after) for before, after in edges)


def _spaced(character: str) -> bool:
    """A letter or digit of a script with spaces."""
    return character.isalnum() and character not in "電ก"
