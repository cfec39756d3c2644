"""wait: the rule goes on later."""

from __future__ import annotations

from tests.unit.actions.desk import FakeDesk, done, read, told, work
from tests.unit.conditions.asking import Told
from worker.model.action import Performed


async def test_it_touches_nothing_outside() -> None:
    """The row it leaves is the ledger's; the platform hears nothing of it."""
    desk = FakeDesk()
    assert await done("wait: 15m", desk) == Performed()
    assert desk.gateway.calls == []
    assert read("wait: 15m").action.inward


def test_what_it_waits_for_is_written_down() -> None:
    """The row is made of this, also by a worker that never saw the rule."""
    assert work("wait: 15m") == {"for_s": 900.0, "calendar": None, "until": []}
    assert work("wait: {for: 1h, until: agent.replied}")["until"] == ["agent.replied"]


def test_mistakes_are_told() -> None:
    """A wait that never ends would be found by the customer."""
    assert told("wait: {for: 0s}") == [
        Told(("wait", "for"), "expected a duration longer than 0s", "write 15m")
    ]
    assert told("wait: {for: 1h, until: [agent.answered]}")[0].loc == ("wait", "until", 0)
