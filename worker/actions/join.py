"""`join`: the worker's own account takes part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.actions.seat import conversation_of
from worker.actions.switch import SwitchAction
from worker.model.action import Desk, Performed
from worker.model.gateway import Capability


class JoinAction(SwitchAction):
    """The worker's account has joined the conversation; some platforms ask that before writing."""

    key: ClassVar[str] = "join"
    examples: ClassVar[tuple[str, ...]] = ("join: true",)

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.JOIN})

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        await desk.gateway.join(conversation_of(desk).conversation)
        return Performed()
