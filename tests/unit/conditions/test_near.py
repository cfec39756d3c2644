"""What a condition would have wanted, for the author who asks why it did not hold."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.build import facts
from tests.unit.conditions.asking import read
from worker.conditions import CONDITIONS
from worker.model.verdict import Answer, Near


@dataclass(frozen=True)
class Case:
    """A condition that the message does not fit, and words of its hint."""

    condition: str
    text: str
    hint: str


CASES = [
    Case("text: price", "the prise", "closest phrase 'price': the message has 'prise'; add"),
    Case("text: price", "the prise", "mend the phrase, or write fuzzy: true"),
    Case("text: price", "your PRICES?", "it is only a part of 'PRICES', and phrases are whole"),
    Case("text: giá", "già quá", "its accents differ; add 'già' to the phrases"),
    Case("text: 價錢", "請問價格係幾多", "closest phrase '價錢': the message has '價格'"),
    Case(
        "text: [a1, b2, c3, d4, e5, f6, g7]", "hello", "it looks for 'a1', 'b2', 'c3', 'd4', 'e5'"
    ),
    Case("text: [a1, b2, c3, d4, e5, f6, g7]", "hello", "and 2 more"),
    Case("text: {equals: opening}", "openning", "closest phrase 'opening' for equals"),
    Case("text: {starts_with: order}", "ordre 12", "the message has 'ordre'"),
    Case("text: {ends_with: please}", "now plaese", "the message has 'plaese'"),
    Case("text: {contains: delivery}", "the delievry is", "the message has 'delievry'"),
    Case("text: {equals: ok}", "what is it", "equals 'ok'"),
    Case("text: {matches: '[a-z]\\d{6}'}", "hello", "it looks for '[a-z]\\d{6}'"),
    Case("channel: [line, whatsapp]", "x", "it holds on line, whatsapp; add web to 'channel'"),
    Case("message_type: image", "x", "it holds for image"),
    Case("tag: {all: [vip, gold], none: x}", "x", "it wants all of vip, gold; none of x"),
    Case("language: [th, vi]", "x", "it holds for th, vi"),
    Case("contact: {first_name: [Ann, Bob]}", "x", "it wants first_name: in Ann, Bob"),
    Case("contact: {created_at: {newer_than: 7d}}", "x", "created_at: newer_than 7d"),
    Case("conversation: {status: {not: active}}", "x", "it wants status: not active"),
    Case("payload: {starts_with: plan-}", "x", "it wants starts_with plan-"),
    Case('time: {from: "09:30", to: "10:00", days: [sat]}', "x", "from 09:30 to 10:00 on sat"),
    Case("all: [{text: price}, {channel: line}]", "price", "channel: it holds on line"),
    Case("any: [{channel: line}, {text: price}]", "prise", "text: closest phrase 'price'"),
    Case("not: {text: price}", "price", "it holds when text does not"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.condition} {case.hint[:20]}")
def test_the_hint_names_what_would_have_held(case: Case) -> None:
    """The author would know that it failed, and not what to write instead."""
    condition, about = read(case.condition), facts(case.text)
    assert condition.decide(about).answer is not Answer.YES
    near = condition.near(about)
    assert case.hint in near.hint
    assert 0 <= near.likeness <= 1


def test_first_messages_and_their_opposite() -> None:
    """`first_message: false` looks right in the file."""
    assert "true" in read("first_message: true").near(facts(first_message=False)).hint


def test_what_the_customer_said_is_likelier_meant_than_where() -> None:
    """A rule of another channel would be called nearer than one with a slip in its phrase."""
    slip = read("text: price").near(facts("prise"))
    assert slip.likeness > read("channel: line").near(facts("prise")).likeness > 0
    assert read("text: refund").near(facts("hello")).likeness == 0


def test_several_that_fail_are_further_away_than_one() -> None:
    """`all` of three wrong things would be as near as one."""
    one = read("all: [{text: price}, {channel: web}]").near(facts("prise"))
    two = read("all: [{text: price}, {channel: line}]").near(facts("prise"))
    assert one.likeness > two.likeness > 0


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.key)
def test_asking_without_facts_never_fails(condition: type) -> None:
    """Explaining an event without a message or a contact would end in a traceback."""
    bare = facts("x", contact=None, conversation=None, tags=None)
    bare = type(bare)(now=bare.now, event=bare.event, kinds=bare.kinds)
    for example in condition.examples:  # type: ignore[attr-defined]
        if "NAME" not in example and "support" not in example:
            assert isinstance(read(example).near(bare), Near)
