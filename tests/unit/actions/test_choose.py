"""choose: one of several ways to go on."""

from __future__ import annotations

from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.actions.choose import ChooseAction
from worker.model.action import Performed

TWO = (
    "choose: {cases: [{if: {tag: vip}, do: [{ask: Name, id: who}]},"
    " {if: [{channel: web}], do: [{tag: web}]}], otherwise: [{reply: '{{ steps.who.answer }}'}]}"
)


async def test_it_is_decided_and_never_done() -> None:
    """It is no action of its own: only the steps inside it are."""
    assert await done("choose: {cases: [{if: {tag: x}, do: [{tag: y}]}]}", FakeDesk()) == (
        Performed()
    )


def test_the_steps_inside_it_are_in_written_order() -> None:
    """What later steps may name is gathered from all ways through it."""
    step = read(
        "choose: {cases: [{if: {tag: x}, do: [{tag: a}, {tag: b}]}], otherwise: [{tag: c}]}"
    )
    action = step.action
    assert isinstance(action, ChooseAction)
    assert [inner.action.key for inner in action.inner()] == ["tag", "tag", "tag"]


def test_one_way_knows_nothing_of_another() -> None:
    """Only one of them is ever gone: the other one's answers are not there."""
    (problem,) = told(TWO)
    assert problem.loc == ("choose", "otherwise", 0, "reply")


def test_what_a_case_finds_is_known_behind_it() -> None:
    """`extract` in a case is how an answer is taken apart."""
    case = "{if: {extract: {order: {matches: '[0-9]+'}}}, do: [{reply: '{{ found.order }}'}]}"
    assert told(f"choose: {{cases: [{case}]}}") == []
