"""dismiss: notifications leave the list."""

from __future__ import annotations

import pytest

from tests.unit.actions.desk import FakeDesk, done, told
from worker.errors import GatewayError
from worker.model.event import EventKind


@pytest.mark.parametrize(
    ("written", "call"),
    [
        ("dismiss: true", ("dismiss", ["noti_1"])),
        ("dismiss: {type: teams}", ("dismiss_all", "teams")),
        ("dismiss: {all: true}", ("dismiss_all", "")),
    ],
)
async def test_forms(written: str, call: tuple[object, ...]) -> None:
    """The list would fill up, or be emptied where one was meant."""
    desk = FakeDesk(notification="noti_1")
    await done(written, desk)
    assert desk.calls == [call]


async def test_without_a_notification_nothing_is_dismissed() -> None:
    """An empty list of ids could mean all of them."""
    desk = FakeDesk()
    with pytest.raises(GatewayError, match="no notification"):
        await done("dismiss: true", desk)
    assert desk.calls == []


def test_true_is_refused_under_other_events() -> None:
    """It would fail at every event, one by one."""
    kinds = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.NOTIFICATION_CREATED})
    complaint = told("dismiss: true", kinds=kinds)[0]
    assert complaint.message == "there is no notification under message.received"
    assert told("dismiss: {all: true}", kinds=kinds) == []
    assert told("dismiss: true", kinds=frozenset({EventKind.NOTIFICATION_CREATED})) == []


@pytest.mark.parametrize(
    "written",
    ["dismiss: false", "dismiss: {}", "dismiss: {type: x}", "dismiss: {all: true, type: teams}"],
)
def test_mistakes_are_told(written: str) -> None:
    """Dismissing cannot be undone."""
    assert told(written)
