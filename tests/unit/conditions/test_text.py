"""text: what the customer wrote. What a mention is has its own table, with the text engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.build import facts
from tests.unit.conditions.asking import Told, answer, holds, read, told
from worker.model.event import EventKind
from worker.model.rule import Touch
from worker.model.verdict import Answer, Hit

PHRASES = {"price": ("price", "價錢", "giá"), "opening": ("open",)}


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ("text: refund", "a REFUND please", True),
        ("text: refund", "refunds", False),
        ("text: [refund, 退款]", "我想退款", True),
        ("text: {mentions: [refund, return]}", "I return it", True),
        ("text: {equals: ok}", " OK ", True),
        ("text: {equals: ok}", "ok then", False),
        ("text: {starts_with: order}", "Order 12", True),
        ("text: {starts_with: order}", "my order", False),
        ("text: {ends_with: [please, thanks]}", "a refund, thanks", True),
        ("text: {contains: livery}", "delivery", True),
        ("text: {contains: 订单}", "我的訂單", True),
        ("text: {mentions: order, contains: late}", "my order is late", True),
        ("text: {mentions: order, contains: late}", "my order", False),
        ("text: {mentions: giá, accents: exact}", "gia", False),
        ("text: {mentions: giá}", "gia", True),
        ("text: {mentions: delivery, fuzzy: true}", "delivry", True),
        ("text: {mentions: delivery}", "delivry", False),
        ("text: {matches: '[A-Z]{2}\\d{3}'}", "no ab123 here", True),
        ("text: {matches: '[A-Z]{2}\\d{3}', raw: true}", "no ab123 here", False),
        ("text: {matches: '[A-Z]{2}\\d{3}', raw: true}", "no AB123 here", True),
        ("text: {matches: '訂單\\d'}", "我的订单8", True),
        ("text: {matches: '\\d{4}'}", "１２３４", True),
        ("text: {matches: ['^hi', '^hey']}", "hey you", True),
    ],
)
def test_the_forms_mean_what_the_manual_says(condition: str, text: str, *, expected: bool) -> None:
    """Each form is a promise to authors."""
    assert holds(condition, text) is expected


def test_a_phrase_set_stands_for_its_phrases() -> None:
    """Every rule would repeat the words of every language."""
    assert holds('text: "@price"', "價錢?", phrases=PHRASES)
    assert holds('text: {mentions: ["@opening", hours]}', "hours", phrases=PHRASES)
    assert not holds('text: "@price"', "open", phrases=PHRASES)


def test_two_at_signs_are_one_written() -> None:
    """A handle could not be looked for."""
    assert holds('text: {contains: "@@shop"}', "ask @shop")


def test_an_unknown_phrase_set_is_told_with_the_nearest_name() -> None:
    """The rule would be silent for ever."""
    assert told('text: {mentions: [hi, "@prise"]}', phrases=PHRASES) == [
        Told(("text", "mentions", 1), "there is no phrase set '@prise'", "did you mean '@price'?")
    ]


@pytest.mark.parametrize(
    ("condition", "loc", "message"),
    [
        ("text: 12", ("text",), "Input should be a valid string"),
        ("text: {}", ("text",), "nothing to look for is given"),
        ("text: {accents: fold}", ("text",), "nothing to look for is given"),
        ('text: ""', ("text",), "this phrase is empty: no letter or digit of it is compared"),
        ("text: {mention: x}", ("text", "mention"), "unknown key 'mention'"),
        ("text: {equals: x, fuzzy: true}", ("text",), "'fuzzy' is for 'mentions'"),
        ("text: {equals: x, raw: true}", ("text",), "'raw' is for 'matches'"),
        ("text: {matches: x, accents: fold}", ("text",), "'accents' is for phrases"),
        ("text: {matches: x, accents: auto}", ("text",), "'accents' is for phrases"),
        ("text: {mentions: x, accents: keep}", ("text", "accents"), "Input should be"),
        ("text: {mentions: x, fuzzy: 1}", ("text", "fuzzy"), "Input should be a valid boolean"),
        ("text: {matches: '(a'}", ("text", "matches"), "this is not an RE2 pattern: missing )"),
        ("text: {matches: ['a', '(?=b)']}", ("text", "matches", 1), "this is not an RE2 pattern"),
    ],
)
def test_mistakes_have_a_place_and_a_reason(
    condition: str, loc: tuple[str | int, ...], message: str
) -> None:
    """An author would be told that something is invalid somewhere."""
    complaints = told(condition)
    assert loc in [one.loc for one in complaints]
    assert any(one.message.startswith(message) for one in complaints if one.loc == loc)


def test_the_verdict_names_the_phrase_and_where_it_stands() -> None:
    """`worker explain` could not say which of forty phrases it was."""
    verdict = read("text: [money back, refund]").decide(facts("I want a refund"))
    assert verdict.because == "mentions 'refund'"
    assert verdict.hits == (Hit("refund", "folded", 9, 15),)
    condition = read("text: {starts_with: hi, ends_with: oo, matches: 'o+'}")
    verdict = condition.decide(facts("hi foo"))
    assert verdict.because == "starts_with 'hi'; ends_with 'oo'; matches 'o+'"
    assert [(hit.start, hit.end) for hit in verdict.hits] == [(0, 2), (4, 6), (4, 6)]


@pytest.mark.parametrize(
    ("condition", "form", "piece"),
    [
        ("text: giá", "folded", "gia"),
        ("text: {mentions: gia, accents: exact}", "plain", "gia"),
        ("text: {matches: 'a|gia'}", "plain", "gia"),
        ("text: {matches: 'G.A', raw: true}", "raw", "GIA"),
        ("text: {contains: 'IA '}", "folded", "ia"),
        ("text: {equals: 'gia bao nhieu'}", "folded", "gia bao nhieu"),
    ],
)
def test_a_hit_names_the_form_that_was_searched(condition: str, form: str, piece: str) -> None:
    """The wrong characters of the message would be underlined."""
    about = facts("GIA bao nhieu")
    (hit,) = read(condition).decide(about).hits
    assert about.text is not None
    assert hit.form == form
    assert getattr(about.text, form)[hit.start : hit.end] == piece


def test_named_groups_are_found() -> None:
    """An order number in a pattern would have to be extracted a second time."""
    condition = read("text: {matches: 'order (?P<number>[0-9]+)'}")
    assert condition.decide(facts("Order 42")).found == {"number": "42"}
    assert condition.finds() == {"number"}


def test_without_a_message_it_is_undecided() -> None:
    """`not: {text: stop}` would fire on every notification."""
    assert answer("text: hi", replace(facts(), text=None)) is Answer.UNDECIDED


def test_it_is_refused_where_no_event_has_a_message() -> None:
    """The rule could never fire, and nobody would say so."""
    complaints = told("text: hi", kinds=frozenset({EventKind.NOTIFICATION_CREATED}))
    assert complaints == [
        Told(
            ("text",),
            "there is no message under notification.created",
            "use 'when: message.received'",
        )
    ]


def test_phrases_and_patterns_are_its_keys() -> None:
    """Without keys the rule is asked for every message; with wrong ones it is never asked."""
    assert read("text: [Refund, 退款]").touch() == Touch(phrases=frozenset({"refund", "退款"}))
    assert read("text: {equals: Giá}").touch() == Touch(phrases=frozenset({"gia"}))
    assert read("text: {matches: 'A+'}").touch() == Touch(patterns=frozenset({"(?i)A+"}))
    assert read("text: {mentions: delivery, fuzzy: true}").touch() is None
    assert read("text: {matches: 'A+', raw: true}").touch() is None


def test_of_several_keys_the_most_selective_is_indexed() -> None:
    """A pattern is dearer to search than a phrase."""
    touch = read("text: {matches: 'a+', starts_with: order}").touch()
    assert touch == Touch(phrases=frozenset({"order"}))


def test_a_catastrophic_pattern_answers_at_once() -> None:
    """One message could stop the worker for minutes."""
    assert not holds("text: {matches: '^(a+)+$'}", "a" * 50_000 + "b")
