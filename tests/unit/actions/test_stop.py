"""stop: no later rule sees the event."""

from __future__ import annotations

from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.model.action import Performed


async def test_it_does_nothing_itself() -> None:
    """The engine stops when it plans; a row of it left by an older version must not fail."""
    desk = FakeDesk()
    assert await done("stop: true", desk) == Performed()
    assert desk.gateway.calls == []
    assert read("stop: true").action.kind == "stop"


def test_it_is_only_on() -> None:
    """`stop: false` says nothing anybody means."""
    assert told("stop: false")
