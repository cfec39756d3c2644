"""Every registered action has a manual, examples that are valid, tests, and a schema."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.unit.actions.desk import STEP, read, told
from tests.unit.conditions.asking import Told
from worker.actions import ACTIONS, ACTIONS_BY_KIND, ActionPart
from worker.actions.part import StepPart
from worker.model.gateway import Capability

SCHEMA = STEP.json_schema()
KINDS = pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: str(kind.key))


@KINDS
def test_it_has_a_manual(kind: type[ActionPart]) -> None:
    """The reference for authors is made of it."""
    assert kind.__doc__
    assert kind.__doc__ != ActionPart.__doc__


@KINDS
def test_its_examples_are_valid_for_the_loader_and_for_editors(kind: type[ActionPart]) -> None:
    """An example that does not load is worse than none."""
    assert kind.examples
    for example in kind.examples:
        assert told(example) == [], example
        jsonschema.validate(yaml.safe_load(example), SCHEMA)
        assert next(iter(yaml.safe_load(example))) == kind.key


@KINDS
def test_it_has_a_file_and_a_test_of_its_own(kind: type[ActionPart]) -> None:
    """What has no test file is changed without anybody noticing."""
    assert kind.__module__ == f"worker.actions.{kind.key}"
    assert (Path(__file__).parent / f"test_{kind.key}.py").is_file()


@KINDS
def test_what_is_visible_can_be_read_back_or_repeated(kind: type[ActionPart]) -> None:
    """An unknown outcome that a customer may have seen would wait for a person each time."""
    assert kind.kind == kind.key
    assert not kind.visible or kind.readable or kind.repeatable


def test_the_table_by_kind_is_whole() -> None:
    """A stored row of a kind that is missing cannot be done."""
    assert set(ACTIONS_BY_KIND.values()) == set(ACTIONS)
    assert len(ACTIONS_BY_KIND) == len(ACTIONS)


def test_a_step_has_an_id_and_conditions() -> None:
    """`if` on a step is the author's way to say it in one rule."""
    step = read("{reply: hi, id: hello, if: {channel: web}}")
    assert isinstance(step, StepPart)
    assert step.id == "hello"
    assert [part.key for part in step.conditions] == ["channel"]
    assert len(read("{tag: x, if: [{channel: web}, {tag: y}]}").conditions) == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "{replay: hi}",
            Told(("replay",), "unknown action 'replay'", "did you mean 'reply'?"),
        ),
        (
            "{reply: hi, tag: x}",
            Told(
                (),
                "expected exactly one action here, found reply, tag",
                "put each in a list item of its own",
            ),
        ),
        (
            "{reply: hi, iff: {channel: web}}",
            Told(("iff",), "unknown action 'iff'", ""),
        ),
        (
            "{tag: x, id: My Step}",
            Told(("id",), "an id is a text of small letters, digits, - and _, a letter first", ""),
        ),
        (
            "{tag: x, if: {chanel: web}}",
            Told(("if", "chanel"), "unknown condition 'chanel'", "did you mean 'channel'?"),
        ),
        (
            "{tag: x, if: [{tag: y}, {chanel: web}]}",
            Told(("if", 1, "chanel"), "unknown condition 'chanel'", "did you mean 'channel'?"),
        ),
        (
            "{id: x}",
            Told(
                (),
                "expected exactly one action here, found none",
                "put each in a list item of its own",
            ),
        ),
        ("reply", Told((), "expected a mapping with one action, found a text", "write - reply: …")),
    ],
)
def test_mistakes_are_told(written: str, expected: Told) -> None:
    """An author would be told that something is invalid somewhere."""
    complaints = told(written)
    assert (expected.loc, expected.message) in [(one.loc, one.message) for one in complaints]
    if expected.hint:
        assert expected.hint in [one.hint for one in complaints]


def test_what_the_platform_cannot_do_is_told_by_check() -> None:
    """It would be found out at midnight."""
    able = frozenset({Capability.SEND})
    assert told("close: true", platform="chatbotx", capabilities=able) == [
        Told(
            ("close",),
            "chatbotx cannot do 'close' (it lacks close)",
            "take it out, or configure another platform",
        )
    ]
    assert told("reply: hi", capabilities=able) == []


@pytest.mark.parametrize(
    "wrong", ["replay: hi", "{reply: hi, iff: 1}", "{tag: x, id: My Step}", "{reply: {txt: hi}}"]
)
def test_an_editor_sees_the_same_mistakes(wrong: str) -> None:
    """A schema that takes everything completes nothing."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(wrong), SCHEMA)
