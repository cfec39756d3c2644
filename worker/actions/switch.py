"""Operations on the conversation that take nothing but `true`: close, reopen, join, leave."""

from __future__ import annotations

from typing import ClassVar, Literal

from worker.actions.part import ActionPart


class SwitchAction(ActionPart):
    """An action that is only on."""

    root: ClassVar[str] = "on"
    mapping: ClassVar[bool] = False

    on: Literal[True]
