"""Schema and reference come from the classes, and agree with what is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from worker.actions import ACTIONS
from worker.conditions import CONDITIONS
from worker.ruleset.document import read_document
from worker.ruleset.forms import RuleForm
from worker.ruleset.reference import reference
from worker.ruleset.schema import rule_schema, schema_text
from worker.ruleset.triggers import KINDS

SHIPPED = sorted((Path(__file__).parents[3] / "rules").glob("**/*.yaml"))
VALIDATOR: Any = jsonschema.Draft7Validator(rule_schema())
PARTS: tuple[type[Any], ...] = (*CONDITIONS, *ACTIONS)


def test_it_is_a_schema() -> None:
    """Editors drop a schema with one wrong keyword without a word."""
    jsonschema.Draft7Validator.check_schema(rule_schema())
    assert json.loads(schema_text()) == rule_schema()


def test_it_is_the_same_every_time() -> None:
    """The committed copy is compared with it."""
    assert schema_text() == schema_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_rules_pass_it(path: Path) -> None:
    """Red lines under the examples would teach authors to ignore red lines."""
    VALIDATOR.validate(read_document(str(path), path.read_bytes()).value)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.key)
def test_examples_of_every_part_pass_it(part: type[Any]) -> None:
    """The manual's own examples, as an editor sees them."""
    for example in part.examples:
        item = yaml.safe_load(example)
        rule: dict[str, Any] = {"id": "a", "when": "message.received", "do": [{"stop": True}]}
        rule |= {"do": [item]} if part in ACTIONS else {"if": [item]}
        VALIDATOR.validate({"rules": [rule]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"ruls": []},
        {"rules": [{"id": "a"}]},
        {"rules": [{"id": "A", "when": "message.received", "do": [{"stop": True}]}]},
        {"rules": [{"id": "a", "when": "mesage.received", "do": [{"stop": True}]}]},
        {"rules": [{"id": "a", "when": "message.received", "do": []}]},
        {"rules": [{"id": "a", "when": "message.received", "do": [{"replay": "hi"}]}]},
        {"rules": [{"id": "a", "when": "message.received", "do": [{"reply": "x"}], "x": 1}]},
        {"phrases": {"price": []}},
        {"defaults": {"state": "lve"}},
        {"defaults": {"human_quiet": "soon"}},
    ],
)
def test_it_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    """Completion is half of an editor's help; the red line is the other half."""
    assert not VALIDATOR.is_valid(wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"phrases": {"stop": ["bye"], "stop_confirmation": ""}},
        {"phrases": {"stop_confirmation": {"en": "Bye", "th": "ลาก่อน"}}},
        {"phrases": {"price": {"en": ["price"], "th": "ราคา"}}},
        {"rules": None},
    ],
)
def test_it_accepts_what_the_reader_accepts(right: dict[str, Any]) -> None:
    """A false alarm costs more trust than a missed one."""
    assert VALIDATOR.is_valid({key: value for key, value in right.items() if value is not None})


def test_every_key_is_explained() -> None:
    """An editor shows the description beside the key."""
    rule = rule_schema()["$defs"]["RuleForm"]
    assert all("description" in inner for inner in rule["properties"].values())
    assert all(field.description for field in RuleForm.model_fields.values())


def test_the_reference_names_everything() -> None:
    """A part that is in no manual does not exist for authors."""
    text = reference()
    for part in PARTS:
        assert f"#### `{part.key}`" in text
    for kind in KINDS:
        assert f"`{kind}`" in text
    for name, field in RuleForm.model_fields.items():
        assert f"| `{field.alias or name}` |" in text
