"""mark_read: notifications are read, and stay in the list."""

from __future__ import annotations

from tests.unit.actions.desk import FakeDesk, FakeGateway, done, told
from worker.actions.notifications import group_of
from worker.model.chat import Notification
from worker.model.event import EventKind
from worker.model.ids import NotificationId


def listed(*types: int, read: bool = False) -> list[Notification]:
    """Notifications of these types."""
    return [
        Notification(id=NotificationId(f"n{number}_{kind}"), type=kind, read=read)
        for number, kind in enumerate(types)
    ]


async def test_this_one() -> None:
    """The form that nearly every rule uses."""
    desk = FakeDesk(notification="noti_1")
    await done("mark_read: true", desk)
    assert desk.calls == [("mark_read", ["noti_1"])]


async def test_all_of_a_kind_over_all_pages_and_only_unread_ones() -> None:
    """The platform reads by id only: the rest of the list would stay unread."""
    rows = listed(*[204] * 60, 301, 101)
    desk = FakeDesk(FakeGateway(notifications=[*rows, *listed(201, read=True)]))
    await done("mark_read: {type: conversations}", desk)
    ((_, ids),) = desk.calls
    assert ids == [row.id for row in rows[:60]]


async def test_everything_and_nothing() -> None:
    """A call with no ids could mean all of them."""
    desk = FakeDesk(FakeGateway(notifications=listed(204, 301, 999)))
    await done("mark_read: {all: true}", desk)
    assert desk.calls == [("mark_read", ["n0_204", "n1_301", "n2_999"])]
    empty = FakeDesk()
    await done("mark_read: {all: true}", empty)
    assert empty.calls == []


def test_groups_and_refusals() -> None:
    """A code of tomorrow belongs to no group, and is not an error."""
    assert [group_of(code) for code in (101, 204, 305, 999, 0)] == [
        "assigns",
        "conversations",
        "teams",
        "",
        "",
    ]
    kinds = frozenset({EventKind.MESSAGE_RECEIVED})
    assert told("mark_read: true", kinds=kinds)
