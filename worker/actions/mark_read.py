"""`mark_read`: notifications are read, and stay in the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.notifications import NotificationAction, group_of
from worker.actions.seat import notification_of
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability
from worker.model.ids import NotificationId

_PAGE = 50
_MOST_PAGES = 40  # of unread notifications; a list longer than this is marked by the next event


class MarkReadAction(NotificationAction):
    """The notification is read: `true` for the event's own, `{type: …}` for all of a kind
    (`conversations`, `assigns`, `teams`), `{all: true}` for every one.
    """

    key: ClassVar[str] = "mark_read"
    examples: ClassVar[tuple[str, ...]] = (
        "mark_read: true",
        "mark_read: {type: teams}",
        "mark_read: {all: true}",
    )

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.MARK_READ})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        if work["this"]:
            await desk.gateway.mark_read([notification_of(desk)])
            return Performed()
        unread = await _unread(work["type"], desk)
        if unread:
            await desk.gateway.mark_read(unread)
        return Performed()


async def _unread(group: str, desk: Desk) -> list[NotificationId]:
    """Ids of unread notifications of the group ("": any), each once; rows may shift while read."""
    ids: dict[NotificationId, None] = {}
    skip: int | None = 0
    for _ in range(_MOST_PAGES):
        if skip is None:
            break
        page = await desk.gateway.notifications(skip, _PAGE)
        for row in page.rows:
            if not row.read and (not group or group_of(row.type) == group):
                ids[row.id] = None
        skip = page.skip
    return list(ids)
