"""`stop`: no later rule sees this event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from typing_extensions import override

from worker.actions.part import ActionPart
from worker.model.action import Desk, Performed


class StopAction(ActionPart):
    """No later rule sees this event. Actions after it in the same rule still run.

    The engine stops when it plans; performing it does nothing.
    """

    key: ClassVar[str] = "stop"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "stop"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("stop: true",)

    stop: Literal[True]

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        return Performed()
