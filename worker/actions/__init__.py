"""Actions: one file a kind, one line a kind in the registry."""

from __future__ import annotations

from worker.actions.part import ANY_ACTION, ActionPart, AnyStep, StepPart
from worker.actions.stop import StopAction

ACTIONS: tuple[type[ActionPart], ...] = (StopAction,)

ANY_ACTION.open(ACTIONS)

__all__ = ["ACTIONS", "ActionPart", "AnyStep", "StepPart"]
