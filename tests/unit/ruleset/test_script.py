"""A rule that waits, written down and read again when its file has changed or gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from worker.actions import ActionPart
from worker.conditions.part import LoadContext
from worker.model.rule import Rule, places
from worker.ruleset.load import load_rules
from worker.ruleset.script import ScriptError, read_script, secrets_of

SECRET = "never a real secret at all"
RULES = f"""
vars: {{ shop: Tea House }}
phrases: {{ yes: [yes, 係], unused: [nobody] }}
calendars: {{ hours: {{ timezone: Asia/Hong_Kong, open: {{ mon-fri: ["09:00-18:00"] }} }} }}
rules:
  - id: flow
    description: asks and tells
    priority: 3
    when: message.received
    vars: {{ who: you }}
    limits: [{{ max: 2, within: 10m, per: conversation }}]
    human_quiet: 1h
    expires_after: 10m
    do:
      - ask: {{ text: "{{{{ vars.shop }}}}: sure?", quick_replies: [Yes, No] }}
        id: sure
      - choose:
          cases:
            - if: [{{ text: "@yes" }}, {{ calendar: {{ open: hours }} }}]
              do:
                - webhook: {{ url: "https://example.com/x", secret: "{SECRET}" }}
                - wait: {{ for: 1h, calendar: hours }}
          otherwise:
            - reply: "{{{{ steps.sure.answer }}}} by {{{{ vars.who }}}}"
              if: {{ not: {{ tag: x }} }}
  - id: plain
    when: message.received
    do: [{{ reply: hi }}]
"""


@pytest.fixture
def rules(tmp_path: Path) -> dict[str, Rule]:
    """The loaded rules by id."""
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    return {str(rule.id): rule for rule in load_rules(tmp_path).rules}


def _written(rule: Rule) -> list[Any]:
    """Every step as its author wrote it; what was compiled of it is compared by nobody."""
    return [cast("ActionPart", step.action).model_dump() for _, step in places(rule.steps)]


def test_it_is_read_again_as_it_was_without_its_files(rules: dict[str, Rule]) -> None:
    """The customer goes on in the conversation that was begun, guards and all."""
    written = rules["flow"]
    assert written.script is not None
    again = read_script(written.script.name, written.script.body, LoadContext(), [SECRET])
    assert _written(again) == _written(written)
    assert [step.asked for _, step in places(again.steps)] == [
        step.asked for _, step in places(written.steps)
    ]
    assert again.vars == {"shop": "Tea House", "who": "you"}
    for name in ("id", "priority", "description", "limits", "human_quiet", "expires_after"):
        assert getattr(again, name) == getattr(written, name)
    assert "nobody" not in written.script.body


def test_rules_that_never_wait_are_not_written_down(rules: dict[str, Rule]) -> None:
    """Ten thousand of them would be kept in memory twice."""
    assert rules["plain"].script is None


def test_a_secret_is_not_written_down(rules: dict[str, Rule]) -> None:
    """Whoever reads the database must not be able to sign as this worker."""
    script = rules["flow"].script
    assert script is not None
    assert SECRET not in script.body
    assert list(secrets_of(rules.values())) == [SECRET]
    with pytest.raises(ScriptError, match="secret of its webhook is in no rule"):
        read_script(script.name, script.body, LoadContext(), ["another one, long enough"])


def test_the_same_rule_has_the_same_name(rules: dict[str, Rule], tmp_path: Path) -> None:
    """A reload that changes nothing must not keep a second copy."""
    first = rules["flow"].script
    again = {str(rule.id): rule for rule in load_rules(tmp_path).rules}["flow"].script
    (tmp_path / "rules.yaml").write_text(RULES.replace("sure?", "certain?"), "utf-8")
    changed = {str(rule.id): rule for rule in load_rules(tmp_path).rules}["flow"].script
    assert first is not None
    assert again is not None
    assert changed is not None
    assert first.name == again.name != changed.name
