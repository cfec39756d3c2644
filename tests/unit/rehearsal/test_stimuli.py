"""Every stimulus of tests reaches the worker as the platform would bring it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.rehearsals import GREETING, steps
from worker.errors import errors_among
from worker.ruleset.load import check_rules
from worker.ruleset.testing import STIMULI
from worker.ruleset.testing.expect import ExpectForm

EVERYTHING = """
phrases: { stop: [silence please] }
rules:
  - id: menu
    when: message.received
    if: [{ text: { equals: menu } }]
    do:
      - reply: { text: Choose, menu: m, quick_replies: [Prices, { title: Hours, payload: h }] }
  - id: hours
    when: { quick_reply.picked: { payload: h } }
    do: [{ reply: Nine to six }]
  - id: picture
    when: message.received
    if: [{ message_type: image }]
    do: [{ reply: "Nice {{ message.caption }}" }]
  - id: on-whatsapp
    priority: -1
    when: message.received
    if: [{ channel: whatsapp }, { text: hello }]
    do: [{ reply: Hello WhatsApp }]
  - id: vip
    when: message.received
    if: [{ contact: { remark: { contains: VIP } } }, { text: { starts_with: please } }]
    do: [{ reply: At once }]
  - id: tagged
    when: message.received
    if: [{ tag: known }, { text: who am I }]
    do: [{ reply: A friend }]
  - id: closing
    when: message.received
    if: [{ conversation: { team: Sales } }, { text: { equals: bye } }]
    do: [{ close: true }]
  - id: team-news
    when: notification.created
    if: [{ notification: { type: team_invite_approved, from: Mei } }]
    do: [{ dismiss: true }]
  - id: other-news
    when: notification.created
    if: [{ notification: { type: 204 } }]
    do: [{ mark_read: true }]
  - id: first
    when: conversation.opened
    do: [{ tag: opened }]
"""


def test_a_customer_writes_texts_and_other_things(tmp_path: Path) -> None:
    """Rules on pictures, captions and channels could not be tried."""
    wrong = steps(
        tmp_path,
        EVERYTHING,
        'message: { url: "https://example.com/cat.jpg", caption: cat }',
        "expect: { fired: [picture, first], sent: Nice cat }",
        "message: { channel: whatsapp, text: hello }",
        "expect: { fired: on-whatsapp, sent: Hello WhatsApp }",
        "message: hello",
        "expect: { fired: on-whatsapp }",
        "message: { channel: web, text: hello }",
        "expect: { sent: none }",
    )
    assert wrong == []


def test_several_texts_are_one_burst(tmp_path: Path) -> None:
    """A customer who presses Enter after each word would be answered after each word."""
    wrong = steps(
        tmp_path,
        GREETING,
        "message: { text: [well, hello, hello hello] }",
        "expect: { fired: greeting, sent: Hello yourself }",
    )
    assert wrong == []


def test_an_option_is_pressed_or_typed(tmp_path: Path) -> None:
    """Menus are half of what rules do."""
    wrong = steps(
        tmp_path,
        EVERYTHING,
        "message: menu",
        "expect: { sent: { type: response, quick_replies: [Prices, Hours] } }",
        "pick: 2",
        "expect: { fired: hours, sent: Nine to six }",
        "pick: h",
        "expect: { fired: hours }",
        "after: 11m",  # more would be above the shipped limit
        "pick: Hours",
        "expect: { fired: hours }",
        'message: "2"',
        "expect: { fired: hours, sent_total: 5 }",
    )
    assert wrong == []


def test_a_button_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A test that presses nothing would test nothing."""
    assert steps(tmp_path, GREETING, "pick: 1", "expect: { sent: none }") == [
        "rules.test.yaml:4:15: no button 1: there is no menu"
    ]


def test_people_and_bots_write(tmp_path: Path) -> None:
    """Silence after a colleague is the rule that is broken most visibly."""
    wrong = steps(
        tmp_path,
        GREETING,
        "agent_message: { to: c1, agent: Mei, text: I am here }",
        "message: hello",
        "expect: { not_fired: greeting, because: human, sent: none }",
        "after: 31m",
        "bot_message: { to: c1, text: beep }",
        "bot_message: { to: c1, text: beep, workflow: true }",
        "message: hello",
        "expect: { fired: greeting }",
        head="contacts: { c1: }",
    )
    assert wrong == []


def test_notifications_appear(tmp_path: Path) -> None:
    """Housekeeping rules could not be tried."""
    wrong = steps(
        tmp_path,
        EVERYTHING,
        "notification: { id: news, type: team_invite_approved, from: Mei }",
        "notification: { id: mine, type: 204, about: c1 }",
        "expect: { fired: [team-news, other-news], dismissed: news, read: mine }",
        "notification: { id: odd, type: 999, title: Odd, content: what, channel: web }",
        "expect: { dismissed: none, read: none }",
        head="contacts: { c1: }",
    )
    assert wrong == []


def test_contacts_are_known_changed_and_new(tmp_path: Path) -> None:
    """What rules look at must be what the test says."""
    wrong = steps(
        tmp_path,
        EVERYTHING,
        "message: { from: c1, text: who am I }",
        "expect: { fired: tagged, tags: { c1: [known, opened] } }",
        "contact: { c1: { remark: VIP } }",
        "after: 6m",
        "message: { from: c1, text: please help }",
        "expect: { fired: vip }",
        "contact: { c2: { remark: VIP, language: th, tags: [known] } }",
        "message: { from: c2, text: please help }",
        "expect: { fired: vip, contact: { c2: { language: th, remark: { contains: VIP } } } }",
        "message: { from: c3, text: who am I }",
        "expect: { not_fired: tagged, because: opted_out }",
        head="contacts: { c1: { tags: [known] }, c3: { opted_out: true, tags: [known] } }",
    )
    assert wrong == []


def test_tags_of_a_known_contact_are_the_workers_to_change(tmp_path: Path) -> None:
    """The platform has no tags that people could change."""
    wrong = steps(tmp_path, GREETING, "contact: { customer: { tags: [vip] } }")
    assert wrong == [
        "rules.test.yaml:4:18: tags and opt-outs are the worker's own; give them in 'contacts'"
    ]


def test_conversations_stand_and_change(tmp_path: Path) -> None:
    """The guards on closed conversations and on the vendor's bot could not be tried."""
    wrong = steps(
        tmp_path,
        EVERYTHING + GREETING.removeprefix("\nrules:\n"),
        "message: { from: c1, text: hello }",
        "expect: { not_fired: greeting, because: vendor_bot }",
        "conversation: { c1: { mode: manual, status: closed } }",
        "message: { from: c1, text: hello }",
        "expect: { not_fired: greeting, because: closed }",
        "conversation: { c1: { new: true, team: Sales, assigned_to: Mei } }",
        "message: { from: c1, text: bye }",
        "expect: { fired: closing, conversation: { c1: { status: closed, assigned_to: Mei } } }",
        "message: { from: c2, text: hello }",
        "expect: { fired: greeting, sent: { to: c2, contains: Hello } }",
        head="conversations: { c1: { mode: automation }, c2: { status: active } }",
    )
    assert wrong == []


def test_the_platform_fails_and_works_again(tmp_path: Path) -> None:
    """What a customer sees when the platform stumbles is part of what a rule does."""
    wrong = steps(
        tmp_path,
        GREETING,
        'fault: "POST conversation_messages: 503-after count=1"',
        "message: hello",
        "expect: { fired: greeting, sent: Hello yourself, sent_total: 1 }",
        'fault: ["*: refuse"]',
        "message: hello",
        "expect: { sent: none }",
        "fault: none",
        "after: 3m",
        "expect: { fired: greeting, sent: Hello yourself }",
    )
    assert wrong == []


def test_a_fault_that_does_not_read_is_told(tmp_path: Path) -> None:
    """A misspelt fault would never be played."""
    (line,) = steps(tmp_path, GREETING, 'fault: "list_messages: 5003"')
    assert line.startswith("rules.test.yaml:4:16: fault 'list_messages: 5003': no kind '5003'")


@pytest.mark.parametrize("restart", ["true", "{ kill: true }", "{ kill: true, away: 5m }"])
def test_a_restart_forgets_nothing(tmp_path: Path, restart: str) -> None:
    """A cooldown that ends with the process lets customers be answered twice."""
    rules = GREETING + "    cooldown: { for: 1h, per: contact }\n"
    wrong = steps(
        tmp_path,
        rules,
        "message: hello",
        "expect: { fired: greeting, sent: Hello yourself }",
        f"restart: {restart}",
        "message: hello",
        "after: 6m",
        "expect: { not_fired: greeting, because: cooldown, sent: none, sent_total: 1 }",
    )
    assert wrong == []


def test_a_worker_that_is_killed_while_it_answers_answers_once(tmp_path: Path) -> None:
    """Killed between sending and writing down is the moment that doubles answers elsewhere."""
    wrong = steps(
        tmp_path,
        GREETING,
        'fault: "POST conversation_messages: stall-after seconds=30 count=1"',
        "message: hello",
        "after: 5s",
        "restart: { kill: true }",
        "after: 2m",
        "expect: { fired: greeting, sent: Hello yourself, sent_total: 1 }",
    )
    assert wrong == []


def test_what_is_older_than_a_rule_allows_is_not_answered_after_a_stop(tmp_path: Path) -> None:
    """A worker that was away overnight would answer yesterday's questions."""
    wrong = steps(
        tmp_path,
        GREETING,
        "restart: { away: 20m }",
        "message: hello",
        "after: 21m",
        "expect: { not_fired: greeting, because: stale, sent: none }",
    )
    assert wrong == []


def test_rules_are_loaded_again(tmp_path: Path) -> None:
    """Rule files outlive releases; what a change of them does must be tried too."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "rules.yaml").write_text(GREETING.replace("yourself", "again"), "utf-8")
    (tmp_path / "broken.txt").write_text("rules: 7", "utf-8")
    wrong = steps(
        tmp_path / "here",
        GREETING,
        "reload: true",
        "message: hello",
        "expect: { sent: Hello yourself }",
        "reload: { rules: ../other }",
        "message: hello",
        "expect: { sent: Hello again }",
        "reload: { rules: ../broken.txt }",
        "message: hello",
        "expect: { sent: Hello again }",
    )
    assert wrong == []


def test_a_reload_of_nothing_is_told(tmp_path: Path) -> None:
    """The test would go on with the rules before."""
    (line,) = steps(tmp_path, GREETING, "reload: { rules: nowhere }")
    assert line == "rules.test.yaml:4:17: there is no file or directory nowhere"


@pytest.mark.parametrize("part", [*STIMULI, ExpectForm], ids=lambda part: part.key)
def test_examples_in_the_manual_can_be_read(tmp_path: Path, part: type[ExpectForm]) -> None:
    """A manual that is wrong is worse than none."""
    assert part.examples
    known = "notification: {id: n1, type: 201}"
    for number, example in enumerate(part.examples):
        assert list(yaml.safe_load(example)) == [part.key]
        path = tmp_path / f"{number}.yaml"
        path.write_text(
            "rules: [{id: price-list, when: message.received, do: [{stop: true}]}]\n"
            f"tests:\n  - name: shown\n    contacts: {{c1: }}\n    steps:\n"
            f"      - {known}\n      - {example}\n",
            "utf-8",
        )
        assert errors_among(check_rules(path)[1]) == ()
