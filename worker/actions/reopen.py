"""`reopen`: a closed conversation is active again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.seat import conversation_of
from worker.actions.switch import SwitchAction
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability


class ReopenAction(SwitchAction):
    """The conversation is active on the platform."""

    key: ClassVar[str] = "reopen"
    examples: ClassVar[tuple[str, ...]] = ("reopen: true",)

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.REOPEN})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        await desk.gateway.set_status(conversation_of(desk).conversation, "active")
        return Performed()
