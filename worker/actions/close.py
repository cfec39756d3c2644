"""`close`: the conversation is done with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.seat import conversation_of
from worker.actions.switch import SwitchAction
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability


class CloseAction(SwitchAction):
    """The conversation is closed on the platform. Later actions of the same rule still run."""

    key: ClassVar[str] = "close"
    examples: ClassVar[tuple[str, ...]] = ("close: true",)

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.CLOSE})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        await desk.gateway.set_status(conversation_of(desk).conversation, "closed")
        return Performed()
