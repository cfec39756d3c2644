"""extract: e-mail addresses, phone numbers and codes in a message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.build import facts
from tests.unit.conditions.asking import Told, answer, read, told
from worker.model.verdict import Answer


def found(written: str, text: str) -> dict[str, str]:
    """What is found; empty when the condition does not hold."""
    return dict(read(f"extract: {written}").decide(facts(text)).found)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("write to Mei.Lee+shop@Example.COM.", "Mei.Lee+shop@example.com"),
        ("我的電郵係abc@example.com.hk，唔該", "abc@example.com.hk"),
        ("ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ", "abc@example.com"),
        ("john\u200b.doe@example.com", "john.doe@example.com"),
        ("jo\u00adhn@example\u2060.com", "john@example.com"),
        ("jo\x00hn@example.com", "john@example.com"),
        ("a@b and c@d", ""),
        ("@shop", ""),
    ],
)
def test_email(text: str, email: str) -> None:
    """Addresses are typed in the middle of Chinese, in full width, at the end of a sentence."""
    assert found("{email: true}", text).get("email", "") == email


@pytest.mark.parametrize(
    ("regions", "text", "phone"),
    [
        ("true", "call +852 9123 4567", "+85291234567"),
        ("true", "call 9123 4567", ""),
        ("{regions: HK}", "我電話 9123-4567", "+85291234567"),
        ("{regions: HK}", "９１２３　４５６７", "+85291234567"),
        ("{regions: HK}", "電話91234567謝謝", "+85291234567"),
        ("{regions: [VN]}", "số của em là 0912 345 678 nhé", "+84912345678"),
        ("{regions: [TH]}", "๐๘๑ ๒๓๔ ๕๖๗๘ ค่ะ", "+66812345678"),
        ("{regions: [HK, VN]}", "gọi 0912345678", "+84912345678"),
        ("{regions: [HK]}", "order 12", ""),
        ("{regions: [HK]}", "+84 912 345 678", "+84912345678"),
    ],
)
def test_phone(regions: str, text: str, phone: str) -> None:
    """A number kept as typed cannot be called from elsewhere, or found a second time."""
    assert found(f"{{phone: {regions}}}", text).get("phone", "") == phone


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        (r"[A-Z]{2}\d{6}", "my order AB123456.", "AB123456"),
        (r"[A-Z]{2}\d{6}", "ＡＢ１２３４５６", "AB123456"),
        (r"[A-Z]{2}\d{6}", "ab123456", ""),
        (r"(?i)order\s*#?(\d+)", "Order #77", "77"),
        (r"\d{3}", "๑๒๓", "123"),
        (r"訂單：(\d+)", "訂單：123", "123"),
        (r"ＡＢ\d+", "AB12 ab34", "AB12"),
        (r"[A-Z]{2}\d{6}", "AB\u200b123456\u200e", "AB123456"),
    ],
)
def test_codes(pattern: str, text: str, value: str) -> None:
    """Case matters in codes; widths and scripts of digits do not."""
    assert found(f"{{order: {{matches: '{pattern}'}}}}", text).get("order", "") == value


def test_it_holds_when_everything_was_found() -> None:
    """Half an answer would be written over a contact."""
    both = "{email: true, order: {matches: '[A-Z]\\d'}}"
    assert found(both, "a@b.co about A1") == {"email": "a@b.co", "order": "A1"}
    assert found(both, "a@b.co") == {}
    assert read(f"extract: {both}").decide(facts("a@b.co")).because == "the message has no order"


def test_without_a_message_it_is_undecided() -> None:
    """A notification would count as having no address."""
    about = replace(facts(), message=None)
    assert answer("extract: {email: true}", about) is Answer.UNDECIDED


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "{phone: {regions: [HK, hongkong]}}",
            Told(
                ("extract", "phone", "regions", 1),
                "'hongkong' is no region with phone numbers",
                "two capital letters, e.g. HK",
            ),
        ),
        (
            "{phone: {region: HK}}",
            Told(("extract", "phone", "region"), "unknown key 'region'", "did you mean 'regions'?"),
        ),
        ("{email: yes}", Told(("extract", "email"), "'email' cannot be read so", "")),
        ("{emial: 1}", Told(("extract", "emial"), "'emial' needs a pattern", "")),
        ("{Order: {matches: a}}", Told(("extract", "Order"), "'Order' cannot be a name", "")),
        ("{order: {matches: '('}}", Told(("extract", "order", "matches"), "this is not an", "")),
        ("{}", Told(("extract",), "expected what to extract, found nothing", "")),
    ],
)
def test_mistakes_are_told(written: str, expected: Told) -> None:
    """A region in lower case would find nobody's number."""
    written = written.replace("yes", "'yes'")
    complaints = [one for one in told(f"extract: {written}") if one.loc == expected.loc]
    assert complaints
    assert complaints[0].message.startswith(expected.message)
    assert complaints[0].hint.startswith(expected.hint)


def test_a_message_full_of_digits_is_read_at_once() -> None:
    """One message of a bored customer could hold up everybody."""
    assert found("{phone: {regions: [HK]}}", "1 " * 50_000) == {}
    assert found("{email: true}", "a." * 50_000 + "@") == {}


def test_a_value_that_a_very_long_message_ends_with_is_left_out() -> None:
    """Half an address would be written to somebody else."""
    padding = "x " * 1993  # so that what is read ends in the middle of the address
    assert found("{email: true}", f"{padding}me@example.com.hk") == {}
    assert found("{email: true}", f"我{padding}me@example.com.hk") == {}
    assert found("{email: true}", f"me@example.com {padding}{padding}") == {
        "email": "me@example.com"
    }
