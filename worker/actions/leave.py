"""`leave`: the worker's own account no longer takes part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.seat import conversation_of
from worker.actions.switch import SwitchAction
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability


class LeaveAction(SwitchAction):
    """The worker's account has left the conversation."""

    key: ClassVar[str] = "leave"
    examples: ClassVar[tuple[str, ...]] = ("leave: true",)

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.LEAVE})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        await desk.gateway.leave(conversation_of(desk).conversation)
        return Performed()
