"""conversation: its state on the platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.build import NOW, conversation_state, facts
from tests.unit.conditions.asking import answer, holds, told
from worker.model.facts import Facts
from worker.model.verdict import Answer


def about(**fields: object) -> Facts:
    """Facts of this conversation."""
    conversation = conversation_state().conversation
    return facts(conversation=replace(conversation, **fields))  # type: ignore[arg-type]


def test_fields_are_compared() -> None:
    """Rules could not keep out of conversations of a mode or team."""
    assert holds("conversation: {status: active, mode: [manual, hybrid]}", about(mode="manual"))
    assert not holds("conversation: {mode: [manual, hybrid]}", about(mode="automation"))
    assert holds("conversation: {assigned_to: {empty: true}}", about())


def test_age_is_the_time_since_it_was_created() -> None:
    """A welcome would also go to a conversation of last year."""
    young = about(created_at=NOW - timedelta(minutes=5))
    assert holds("conversation: {age: {lt: 10m}}", young)
    assert holds("conversation: {age: {newer_than: 10m}}", young)
    assert not holds("conversation: {age: {gte: 10m}}", young)
    assert not holds("conversation: {age: {lt: 10m}}", about())


def test_an_unknown_conversation_is_undecided() -> None:
    """A conversation that could not be read would count as unassigned."""
    assert answer("conversation: {status: active}", facts(conversation=None)) is Answer.UNDECIDED


def test_an_age_is_compared_with_durations_only() -> None:
    """`age: {gt: 10}` says nothing about the unit."""
    assert told("conversation: {age: {gt: 10}}")[0].loc == ("conversation", "age", "gt")
    assert told("conversation: {stauts: x}")[0].hint == "did you mean 'status'?"
