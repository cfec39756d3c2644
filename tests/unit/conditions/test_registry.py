"""Every registered condition has a manual, examples that are valid, tests, and a schema."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.unit.conditions.asking import CONDITION, told
from worker.conditions import CONDITIONS, ConditionPart

SCHEMA = CONDITION.json_schema()
KINDS = pytest.mark.parametrize("kind", CONDITIONS, ids=lambda kind: str(kind.key))
LOGIC = {"all", "any", "not"}


@KINDS
def test_it_has_a_manual(kind: type[ConditionPart]) -> None:
    """The reference for authors is made of it."""
    assert kind.__doc__
    assert kind.__doc__.strip().split("\n")[0].rstrip()
    assert kind.__doc__ != ConditionPart.__doc__


@KINDS
def test_its_examples_are_valid_for_the_loader_and_for_editors(kind: type[ConditionPart]) -> None:
    """An example that does not load is worse than none."""
    assert kind.examples
    for example in kind.examples:
        assert told(example) == [], example
        jsonschema.validate(yaml.safe_load(example), SCHEMA)
        assert next(iter(yaml.safe_load(example))) == kind.key


@KINDS
def test_it_has_a_file_and_a_test_of_its_own(kind: type[ConditionPart]) -> None:
    """What has no test file is changed without anybody noticing."""
    name = "logic" if kind.key in LOGIC else kind.key
    assert kind.__module__ == f"worker.conditions.{name}"
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_kinds_are_unique() -> None:
    """The later of two would silently replace the former."""
    assert len({kind.key for kind in CONDITIONS}) == len(CONDITIONS)


@pytest.mark.parametrize(
    "wrong",
    [
        "chanel: web",
        "{channel: web, tag: vip}",
        "contact: {lang: th}",
        "text: {mention: x}",
        "first_message: maybe",
        "not: {any: [{chanel: web}]}",
    ],
)
def test_an_editor_sees_the_same_mistakes(wrong: str) -> None:
    """A schema that takes everything completes nothing."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(wrong), SCHEMA)
    assert told(wrong)
