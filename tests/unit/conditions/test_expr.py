"""expr: what the other conditions cannot say."""

from __future__ import annotations

import pytest

from tests.build import CONTACT, facts
from tests.unit.conditions.asking import Told, answer, holds, read, told
from worker.model.chat import Contact
from worker.model.event import EventKind
from worker.model.verdict import Answer
from worker.text import template
from worker.text.bounded import ENVIRONMENT

RECEIVED = frozenset({EventKind.MESSAGE_RECEIVED})


def test_it_is_asked_of_the_neutral_names() -> None:
    """The way out of the language would lead nowhere."""
    assert holds("expr: message.text | length > 3", "hello")
    assert not holds("expr: message.text | length > 3", "hi")
    assert holds("expr: contact.first_name == 'Mei' and conversation.channel in ['web']")


def test_it_is_compiled_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand expressions would hold everybody up for a second, at every message."""
    condition = read("expr: message.text | length > 3")
    monkeypatch.setattr(ENVIRONMENT, "compile_expression", None)
    template._compiled_expression.cache_clear()
    assert condition.decide(facts("hello")).answer is Answer.YES


def test_names_of_the_rule_lie_over_those_of_the_file() -> None:
    """A rule could not have its own threshold."""
    about = facts("hello", vars={"most": 1})
    assert not holds("expr: message.text | length < vars.most", about, vars={"most": 1})
    assert holds(
        "expr: message.text | length < vars.most", about, vars={"most": 1}, rule_vars={"most": 9}
    )


def test_a_fact_that_is_missing_is_undecided() -> None:
    """An expression on an unreadable contact would be false, and its `not` true."""
    assert answer("expr: contact.first_name == ''", facts(contact=None)) is Answer.UNDECIDED
    about = facts(contact=Contact(id=CONTACT, extra={}))
    verdict = read("expr: contact.extra.level > 3").decide(about)
    assert verdict.answer is Answer.UNDECIDED
    assert verdict.because == "'level' is not known here"


def test_what_fails_on_the_values_is_undecided() -> None:
    """A division by nothing would stop the planner."""
    assert answer("expr: 1 / (message.text | length - 5)", "hello") is Answer.UNDECIDED


def test_unknown_names_are_told_with_their_place_in_the_text() -> None:
    """An author would see the mistake at midnight, as undecided."""
    assert told("expr: contact.frist_name == 'x'", kinds=RECEIVED) == [
        Told(("expr",), "unknown name 'contact.frist_name'", "did you mean 'first_name'?", 8)
    ]
    assert told("expr: notification.read", kinds=RECEIVED)[0].message == (
        "'notification' is not known here"
    )
    assert "only when actions are planned" in told("expr: rule.id == 'x'")[0].hint
    assert told('expr: "{{ message.text }}"')[0].message == "an expression stands without {{ }}"


ORDER = "all: [{extract: {order: {matches: '[A-Z]{2}[0-9]{3}'}}}, {expr: found.order == 'AB123'}]"


def test_what_was_found_before_can_be_asked_for() -> None:
    """Only an answer could use what a customer wrote, and never the decision to give it."""
    assert answer(ORDER, "order AB123 please") is Answer.YES
    assert answer(ORDER, "order AB124 please") is Answer.NO
    assert answer(ORDER, "no number") is Answer.NO


def test_what_is_found_later_or_beside_is_not_known_yet() -> None:
    """The rule would never fire, and nobody would know why."""
    late = "all: [{expr: found.email == 'x'}, {extract: {email: true}}]"
    beside = "any: [{extract: {email: true}}, {expr: found.email == 'x'}]"
    for text in (late, beside, "expr: found.email == 'x'"):
        (one,) = told(text, kinds=RECEIVED)
        assert one.message == "'found' is not known here"
        assert one.hint.endswith("put the 'extract' first")


def test_the_customers_words_are_values_only() -> None:
    """A customer could write an expression that is true."""
    assert not holds("expr: message.text == 'x'", "1 == 1")
