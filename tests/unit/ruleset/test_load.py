"""From files to a rule set: order, defaults, guards, names over files, opting out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from worker.errors import RulesError, errors_among
from worker.model.event import EventKind
from worker.model.gateway import Capability
from worker.model.limit import Limit
from worker.model.rule import Cooldown, Place, Rule, RuleSet
from worker.ruleset.load import check_rules, load_rules
from worker.ruleset.opting import DEFAULT_PHRASES, STOP
from worker.ruleset.safety import SHIPPED_LIMITS

RULE = "rules:\n  - id: a\n    when: message.received\n    do: [{reply: hi}]\n"


def loaded(folder: Path, **files: str) -> RuleSet:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_rules(folder)


def one(folder: Path, keys: str, **files: str) -> Rule:
    (rule,) = loaded(folder, rule=f"{RULE}    {keys}\n", **files).rules
    return rule


def test_a_rule_has_what_it_says_and_defaults_for_the_rest(tmp_path: Path) -> None:
    """These defaults are the contract that keeps customers safe when an author says nothing."""
    rule = one(tmp_path, "if: [{channel: web}]")
    assert (rule.id, rule.order, rule.state, rule.priority) == ("a", 0, "live", 0)
    assert [trigger.kind for trigger in rule.triggers] == [EventKind.MESSAGE_RECEIVED]
    assert [condition.decide for condition in rule.conditions]
    assert [step.action.kind for step in rule.steps] == ["reply"]
    assert rule.visible
    assert not rule.also
    assert rule.cooldown is None
    assert rule.limits == SHIPPED_LIMITS
    assert rule.expires_after == timedelta(minutes=15)
    assert rule.human_quiet == timedelta(minutes=30)
    assert rule.settle == timedelta(seconds=2)
    assert rule.place == Place(str(tmp_path / "rule.yaml"), 2, 5)
    assert rule.steps[0].place == Place(str(tmp_path / "rule.yaml"), 4, 10)


def test_rules_are_asked_by_priority_then_file_order(tmp_path: Path) -> None:
    """One answer per event: who is first decides what the customer reads."""
    rules = "rules:\n" + "".join(
        f"  - {{id: {name}, priority: {priority}, when: message.received, do: [{{stop: true}}]}}\n"
        for name, priority in (("low", -1), ("x", 0), ("high", 5), ("y", 0))
    )
    later = RULE.replace("id: a", "id: z")
    ruleset = loaded(tmp_path, a=rules, b=later)
    assert [rule.id for rule in ruleset.rules] == ["high", "x", "y", "z", "low"]
    assert [rule.order for rule in ruleset.rules] == [2, 1, 3, 4, 0]


def test_names_are_known_over_all_files(tmp_path: Path) -> None:
    """Phrases live in one file and rules in others, also in files read before."""
    ruleset = loaded(
        tmp_path,
        a="rules:\n  - id: a\n    when: message.received\n    if: [{text: '@price'}]\n"
        '    do: [{reply: "{{ vars.url }}"}]\n',
        z="phrases: {price: {en: [price], th: ราคา, vi: [giá, price]}}\nvars: {url: x}\n",
    )
    assert ruleset.vars == {"url": "x"}
    assert ruleset.files == (str(tmp_path / "a.yaml"), str(tmp_path / "z.yaml"))


def test_what_conditions_find_is_known_to_templates(tmp_path: Path) -> None:
    """`found.order` is checked when loaded, not in front of a customer."""
    found = "if: [{text: {matches: '(?P<order>[a-z]+)'}}]\n    description: x"
    (tmp_path / "a.yaml").write_text(
        RULE.replace("reply: hi", 'reply: "{{ found.order }} {{ found.other }}"')
        + f"    {found}\n",
        encoding="utf-8",
    )
    _, problems = check_rules(tmp_path)
    assert [problem.message for problem in errors_among(problems)] == ["unknown name 'found.other'"]


def test_defaults_are_under_every_rule(tmp_path: Path) -> None:
    """One place for a house style; what a rule says itself stands."""
    defaults = (
        "defaults:\n  priority: 3\n  cooldown: {for: 1h, per: rule}\n  settle: 5s\n"
        "  vars: {a: 1, b: 1}\n  human_quiet: 1h\n"
    )
    rule = one(tmp_path, "vars: {b: 2}\n    human_quiet: 2h", defaults=defaults)
    assert rule.priority == 3
    assert rule.cooldown == Cooldown(timedelta(hours=1), "rule")
    assert rule.settle == timedelta(seconds=5)
    assert rule.vars == {"a": 1, "b": 2}
    assert rule.human_quiet == timedelta(hours=2)
    assert load_rules(tmp_path).settle == timedelta(seconds=5)


def test_limits_of_others_stay_where_only_one_is_named(tmp_path: Path) -> None:
    """Who bounds a conversation more tightly does not mean to unbound the contact."""
    tight = Limit(1, timedelta(hours=1), "conversation")
    rule = one(tmp_path, "limits: [{max: 1, within: 1h, per: conversation}]")
    assert rule.limits == (tight, SHIPPED_LIMITS[1])
    ruleset = loaded(
        tmp_path, d="defaults: {limits: [{max: 5, within: 24h, per: contact}]}", rule=RULE
    )
    day = Limit(5, timedelta(days=1), "contact")
    assert ruleset.limits == (day, SHIPPED_LIMITS[0])
    assert ruleset.rules[0].limits == ruleset.limits


@pytest.mark.parametrize(
    ("keys", "unsafe"),
    [
        ("human_quiet: 30m", False),
        ("human_quiet: 29m", True),
        ("expires_after: 15m", False),
        ("expires_after: 16m", True),
        ("settle: 0s", False),
        ("limits: [{max: 3, within: 10m, per: conversation}]", False),
        ("limits: [{max: 3, within: 20m, per: conversation}]", False),
        ("limits: [{max: 1, within: 5m, per: conversation}]", False),
        ("limits: [{max: 2, within: 5m, per: conversation}]", True),
        ("limits: [{max: 4, within: 10m, per: conversation}]", True),
        ("limits: [{max: 21, within: 24h, per: contact}]", True),
        ("limits: [{max: 2, within: 1h, per: rule}]", False),
        ("limits: []", True),
    ],
)
def test_only_loosening_a_shipped_guard_needs_a_word(
    tmp_path: Path, keys: str, *, unsafe: bool
) -> None:
    """Too strict, and all write allow_unsafe by habit; too lax, and a customer is spammed."""
    (tmp_path / "a.yaml").write_text(f"{RULE}    {keys}\n", encoding="utf-8")
    ruleset, problems = check_rules(tmp_path)
    assert (ruleset is None) is unsafe
    assert any("allow_unsafe" in problem.hint for problem in problems) is unsafe
    for said in ("allow_unsafe: true", "do: [{tag: seen}]"):
        text = RULE if said.startswith("allow") else RULE.replace("do: [{reply: hi}]", said)
        extra = f"    {said}\n" if said.startswith("allow") else ""
        (tmp_path / "a.yaml").write_text(f"{text}{extra}    {keys}\n", encoding="utf-8")
        assert load_rules(tmp_path).rules


def test_customers_can_opt_out_without_the_author_thinking_of_it(tmp_path: Path) -> None:
    """Opting out is the law in some places; forgetting it must not be possible."""
    ruleset = loaded(tmp_path, a=RULE)
    assert ruleset.stop_phrases is not None
    touched = ruleset.stop_phrases.touch()
    assert touched is not None
    assert len(touched.phrases) == len(DEFAULT_PHRASES[STOP])
    assert ruleset.stop_confirmation is not None
    assert ruleset.stop_confirmation.visible


def test_an_author_words_the_opt_out(tmp_path: Path) -> None:
    """A list of one's own replaces the shipped one, and an empty confirmation is none."""
    phrases = "phrases: {stop: [begone], stop_confirmation: ''}\n"
    ruleset = loaded(tmp_path, a=phrases + RULE)
    assert ruleset.stop_phrases is not None
    touched = ruleset.stop_phrases.touch()
    assert touched is not None
    assert touched.phrases == {"begone"}
    assert ruleset.stop_confirmation is None


def test_the_version_is_of_names_and_content(tmp_path: Path) -> None:
    """Replicas compare it to agree on rules; tests of rules change nothing for customers."""
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        folder.mkdir()
        (folder / "a.yaml").write_text(RULE, encoding="utf-8")
    version = load_rules(first).version
    assert version == load_rules(second).version
    (second / "a.test.yaml").write_text("tests: []\n", encoding="utf-8")
    assert version == load_rules(second).version
    (second / "a.yaml").rename(second / "b.yaml")
    assert version != load_rules(second).version


def test_what_the_platform_cannot_do_is_an_error_with_a_place(tmp_path: Path) -> None:
    """At check time, not at midnight."""
    path = tmp_path / "a.yaml"
    path.write_text(RULE.replace("{reply: hi}", "{reply: hi}, {close: true}"), encoding="utf-8")
    able = frozenset({Capability.SEND})
    ruleset, problems = check_rules(path, platform="chatbotx", capabilities=able)
    assert ruleset is None
    assert [(p.line, p.column) for p in problems] == [(4, 24)]
    assert "chatbotx cannot do 'close'" in problems[0].message
    assert load_rules(path, capabilities=able | {Capability.CLOSE}).rules


def test_a_wrong_set_is_refused_whole_with_every_error(tmp_path: Path) -> None:
    """Half a rule set is a different one; and nobody wants to mend errors one run at a time."""
    (tmp_path / "a.yaml").write_text("rules: 5\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(RULE + "    stat: live\n", encoding="utf-8")
    with pytest.raises(RulesError) as raised:
        load_rules(tmp_path)
    assert [Path(p.path).name for p in raised.value.problems] == ["a.yaml", "b.yaml"]
    assert str(raised.value).count("\n") == 1


@pytest.mark.parametrize(
    ("when", "kinds", "parameters"),
    [
        ("message.received", ["message.received"], [{}]),
        ("[conversation.opened, notification.created]", None, [{}, {}]),
        ("{quick_reply.picked: {menu: main}}", ["quick_reply.picked"], [{"menu": "main"}]),
        (
            "[message.received, {quick_reply.picked: {payload: [a, b]}}]",
            None,
            [{}, {"payload": ["a", "b"]}],
        ),
        ("{quick_reply.picked: }", ["quick_reply.picked"], [{}]),
    ],
)
def test_each_form_of_when_becomes_triggers(
    tmp_path: Path, when: str, kinds: list[str] | None, parameters: list[dict[str, object]]
) -> None:
    """The three forms of the contract mean the same thing in the engine."""
    text = f"rules:\n  - id: a\n    when: {when}\n    do: [{{tag: x}}]\n"
    (rule,) = loaded(tmp_path, a=text).rules
    assert [dict(trigger.parameters) for trigger in rule.triggers] == parameters
    if kinds is not None:
        assert [trigger.kind.value for trigger in rule.triggers] == kinds


def test_files_for_tests_hold_tests(tmp_path: Path) -> None:
    """They stand beside the rules and never change them."""
    (tmp_path / "a.test.yaml").write_text(
        "tests:\n  - name: it works\n    steps: [{after: 5m}]\n",
        encoding="utf-8",
    )
    assert len(loaded(tmp_path, a=RULE).rules) == 1


def test_sections_may_be_left_empty(tmp_path: Path) -> None:
    """Everything below a key commented out is a way of working."""
    assert loaded(tmp_path, a="rules:\nphrases:\nvars:\ndefaults:\ntests:\n", b=RULE).rules
