"""`dismiss`: notifications leave the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.notifications import NotificationAction
from worker.actions.seat import notification_of
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability


class DismissAction(NotificationAction):
    """The notification is out of the list: `true` for the event's own, `{type: …}` for all of a
    kind (`conversations`, `assigns`, `teams`), `{all: true}` for every one.
    """

    key: ClassVar[str] = "dismiss"
    examples: ClassVar[tuple[str, ...]] = (
        "dismiss: true",
        "dismiss: {type: conversations}",
        "dismiss: {all: true}",
    )

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.DISMISS})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        if work["this"]:
            await desk.gateway.dismiss([notification_of(desk)])
        else:
            await desk.gateway.dismiss_all(work["type"])
        return Performed()
