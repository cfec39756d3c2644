"""note: a word for colleagues."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.build import CONVERSATION, facts
from tests.unit.actions.desk import FakeDesk, done, our, read, told, work
from worker.actions import ACTIONS_BY_KIND
from worker.model.action import RenderError
from worker.model.event import EventKind
from worker.model.gateway import Capability


async def test_it_stands_at_the_customers_message() -> None:
    """Colleagues would read it beside another question."""
    desk = FakeDesk()
    await done('note: "Said: {{ message.text }}"', desk, facts("refund"))
    assert desk.calls == [("note", CONVERSATION, "msg_1", "Said: refund")]
    assert read("note: x").action.needs() == {Capability.NOTE}


def test_it_is_never_repeated_blindly_nor_recognised() -> None:
    """A note cannot be looked for: repeated, it stands there twice."""
    note = ACTIONS_BY_KIND["note"]
    assert not note.repeatable
    assert not note.readable
    assert not note.recognises(work("note: x"), our("x"))


@pytest.mark.parametrize("text", [" ", "\\u200b", " \\ufeff "])
def test_a_note_that_nobody_sees_is_refused(text: str) -> None:
    """A colleague would find an empty bubble, or the step would fail each time."""
    for written in (f'note: "{text}"', f'hand_over: {{note: "{text}"}}'):
        (complaint,) = told(written)
        assert complaint.message == "this text is empty: nothing of it is seen"
        assert complaint.hint == "write at least one visible character"
    with pytest.raises(RenderError, match="came out empty"):
        work('note: "{{ message.text }}"', facts("\u200b"))


def test_without_a_message_there_is_nowhere_to_put_it() -> None:
    """The platform attaches notes to messages only."""
    with pytest.raises(RenderError):
        work("note: x", replace(facts(), message=None))
    kinds = frozenset({EventKind.NOTIFICATION_CREATED})
    assert told("note: x", kinds=kinds)[0].message == (
        "there is no message under notification.created"
    )
