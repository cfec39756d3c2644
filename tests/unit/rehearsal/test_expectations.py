"""Every expectation holds where it should, and fails, with its place, where it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rehearsals import GREETING, steps

RULES = """
phrases: { stop: [silence please] }
rules:
  - id: greeting
    when: message.received
    if: [{ text: hello }]
    do:
      - reply: { text: { en: Hello yourself, zh-Hant: 你好呀, zh-Hans: 你好啊, th: สวัสดีค่ะ } }
      - tag: greeted
  - id: leaving
    when: message.received
    if: [{ text: { equals: bye } }]
    do:
      - note: "Said {{ message.text }}"
      - update_contact: { fields: { remark: gone } }
      - webhook: { url: "https://example.com/hook", json: { said: bye } }
      - hand_over: { for: 1h }
  - id: map
    when: message.received
    if: [{ text: where } ]
    do: [{ reply: { image: "https://example.com/map.png", caption: Here } }]
  - id: later
    when: message.received
    if: [{ text: later } ]
    do: [{ reply: { text: Here it is, delay: 5m } }]
  - id: quiet-watcher
    state: shadow
    also: true
    when: message.received
    if: [{ text: hello }]
    do: [{ reply: never }]
  - id: resting
    state: paused
    when: message.received
    do: [{ reply: never }]
"""


@pytest.mark.parametrize(
    ("stimulus", "expected"),
    [
        ("hello", "{ fired: greeting, not_fired: [leaving, map] }"),
        ("hello", "{ not_fired: [leaving, map], because: condition }"),
        ("hello", "{ not_fired: quiet-watcher, because: shadow }"),
        ("hello", "{ not_fired: resting, because: paused }"),
        ("silence please", "{ not_fired: greeting, because: opted_out }"),
        ("hello", "{ sent: Hello }"),
        ("hello", "{ sent: { equals: Hello yourself, to: customer, type: text, language: en } }"),
        ("hello", "{ sent: { contains: [Hello, self], matches: '^Hell?o', quick_replies: [] } }"),
        ("你好 hello", "{ sent: { language: zh } }"),
        ("where", "{ sent: { type: image, url: 'https://example.com/map.png', caption: Here } }"),
        ("hello", "{ sent_total: 1, sent: [Hello] }"),
        ("hello", "{ sent_total: { customer: 1 }, tags: [greeted], handed_over: false }"),
        ("bye", "{ sent: none, notes: Said bye, webhooks: 'https://example.com/hook' }"),
        ("bye", "{ handed_over: true, contact: { remark: gone }, sent_total: 0 }"),
        ("bye", "{ contact: { customer: { remark: [gone, left], email: { empty: true } } } }"),
        ("bye", "{ conversation: { status: active, channel: web }, tags: { customer: [] } }"),
        ("nothing", "{ notes: none, webhooks: none, dismissed: none, read: none, sent: none }"),
    ],
)
def test_an_expectation_holds(tmp_path: Path, stimulus: str, expected: str) -> None:
    """A false alarm would make authors take the test out."""
    assert steps(tmp_path, RULES, f"message: {stimulus}", f"expect: {expected}") == []


@pytest.mark.parametrize(
    ("stimulus", "expected", "told"),
    [
        ("bye", "{ fired: greeting }", ["- fired: greeting", "+ fired: leaving"]),
        ("hello", "{ not_fired: greeting }", ["- not_fired: greeting", "+ fired: greeting"]),
        (
            "hello",
            "{ not_fired: map, because: cooldown }",
            ["- not_fired: map, because: cooldown", "+ not_fired: map, because: condition"],
        ),
        ("hello", "{ sent: none }", ["- sent: none", '+ sent: to customer (en) "Hello yourself"']),
        ("bye", "{ sent: Hello }", ['- sent: contains: ["Hello"]', "+ sent: none"]),
        ("hello", "{ sent: [Hello, Hello] }", ['- sent: contains: ["Hello"]', "+ sent: to"]),
        ("hello", "{ sent: { language: th } }", ['- sent: language: "th"', "+ sent: to"]),
        ("hello", "{ sent: { equals: Hello } }", ['- sent: equals: "Hello"', "+ sent: to"]),
        ("hello", "{ sent: { matches: '^yourself' } }", ["- sent: matches:", "+ sent: to"]),
        ("hello", "{ sent: { quick_replies: [A] } }", ['- sent: quick_replies: ["A"]', "+ sent"]),
        ("你好 hello", "{ sent: { language: zh-Hans } }", ["- sent: language", "(zh-Hant)"]),
        ("hello", "{ sent_total: 2 }", ["- sent_total: 2", "+ sent_total: 1"]),
        ("hello", "{ tags: [] }", ["- tags: none", "+ tags: greeted"]),
        ("hello", "{ handed_over: true }", ["- handed_over: true", "+ handed_over: false"]),
        (
            "bye",
            "{ contact: { remark: left } }",
            ['- contact: remark: equals "left"', "+ contact: remark is gone"],
        ),
        (
            "bye",
            "{ conversation: { status: closed } }",
            ["- conversation: status", "+ conversation: status is active"],
        ),
        ("bye", "{ notes: Said hello }", ['- notes: "Said hello"', '+ notes: "Said bye"']),
        ("bye", "{ notes: none }", ["- notes: none", '+ notes: "Said bye"']),
        ("bye", "{ webhooks: none }", ["- webhooks: none", "+ webhooks: https://example.com"]),
    ],
)
def test_an_expectation_fails_like_a_diff(
    tmp_path: Path, stimulus: str, expected: str, told: list[str]
) -> None:
    """A test that cannot fail, or does not say how, is no test."""
    lines = steps(tmp_path, RULES, f"message: {stimulus}", f"expect: {expected}")
    assert lines[0].startswith("rules.test.yaml:5:"), lines
    shown = "\n".join(lines)
    assert all(line in shown for line in told), shown


def test_a_failure_stands_where_the_expectation_does(tmp_path: Path) -> None:
    """Line and column are what an editor jumps to."""
    places = [
        line.split(" ")[0]
        for line in steps(
            tmp_path,
            RULES,
            "message: hello",
            "expect: { fired: [greeting, map], sent: none, sent_total: { customer: 7 } }",
        )
        if line.startswith("rules.test.yaml")
    ]
    assert places == ["rules.test.yaml:5:37:", "rules.test.yaml:5:49:", "rules.test.yaml:5:79:"]


def test_a_rule_that_did_not_act_says_which_condition_failed(tmp_path: Path) -> None:
    """Authors would go back to guessing."""
    rules = GREETING.replace("{ text: hello }", "{ channel: whatsapp }, { text: hello }")
    lines = steps(tmp_path, rules, "message: hello", "expect: { fired: greeting }")
    assert lines[:3] == [
        "rules.test.yaml:5:26: not as expected",
        "  - fired: greeting",
        "  + fired: none",
    ]
    assert lines[3].strip() == 'greeting on message.received "hello": condition'
    assert lines[4].strip().startswith("no  channel")


def test_a_rule_that_nothing_asked_says_so(tmp_path: Path) -> None:
    """The wrong `when` is the mistake that a list of conditions does not show."""
    rules = GREETING.replace("if: [{ text: hello }]", "").replace(
        "message.received", "quick_reply.picked"
    )
    lines = steps(tmp_path, rules, "message: hello", "expect: { fired: greeting }")
    assert lines[-1].strip() == ("greeting was not asked: nothing happened that its 'when' names")
    lines = steps(tmp_path, rules, "expect: { fired: greeting }")
    assert lines[-1].strip() == "nothing has happened since the expect before"


def test_each_look_begins_where_the_one_before_ended(tmp_path: Path) -> None:
    """An answer counted twice would hide one that is missing."""
    wrong = steps(
        tmp_path,
        RULES,
        "message: hello",
        "expect: { fired: greeting, sent: Hello }",
        "expect: { not_fired: greeting, sent: none, sent_total: 1 }",
        "message: bye",
        "expect: { fired: leaving, not_fired: greeting, notes: Said }",
        "expect: { notes: none, webhooks: none }",
    )
    assert wrong == []


def test_messages_to_different_readers_have_no_order_between_them(tmp_path: Path) -> None:
    """Conversations go in parallel; a test must not depend on which was faster."""
    wrong = steps(
        tmp_path,
        RULES,
        "message: { from: c1, text: hello }",
        "message: { from: c2, text: where }",
        "expect: { sent: [{ to: c2, caption: Here }, { to: c1, contains: Hello }] }",
        head="contacts: { c1: , c2: }",
    )
    assert wrong == []


def test_a_rule_held_back_just_before_sending_did_not_act(tmp_path: Path) -> None:
    """Matched is not sent: a colleague who answers during the delay must be seen."""
    wrong = steps(
        tmp_path,
        RULES,
        "message: later",
        "expect: { fired: later, sent: none }",
        "agent_message: I am faster",
        "after: 6m",
        "expect: { not_fired: later, because: human, sent: none }",
    )
    assert wrong == []


def test_a_rule_that_the_rules_in_force_do_not_have_is_told(tmp_path: Path) -> None:
    """After a reload of other rules ids cannot be checked before."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "rules.yaml").write_text(GREETING, "utf-8")
    lines = steps(
        tmp_path / "here",
        RULES,
        "reload: { rules: ../other }",
        "message: hello",
        "expect: { fired: [greeting, map] }",
    )
    assert [line.strip() for line in lines[1:]] == [
        "- fired: map",
        "+ fired: greeting",
        "there is no rule map in the rules in force",
    ]


def test_what_held_a_missing_message_back_is_told(tmp_path: Path) -> None:
    """An author would look for a slip in the rule, where a limit or a colleague was the reason."""
    lines = steps(
        tmp_path,
        RULES,
        "agent_message: I am here",
        "message: hello",
        "expect: { sent: Hello }",
    )
    assert [line.strip() for line in lines[1:3]] == ['- sent: contains: ["Hello"]', "+ sent: none"]
    (told,) = (line.strip() for line in lines[3:] if not line.strip().startswith("yes"))
    assert told.startswith('greeting on message.received "hello": human, a person wrote at ')


def test_a_missing_message_that_no_rule_had_is_not_explained(tmp_path: Path) -> None:
    """Every rule that does not fit would stand below every failure."""
    lines = steps(tmp_path, RULES, "message: nothing", "expect: { sent: Hello }")
    assert [line.strip() for line in lines[1:]] == ['- sent: contains: ["Hello"]', "+ sent: none"]
