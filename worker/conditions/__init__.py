"""Conditions: one file a kind, one line a kind in the registry."""

from __future__ import annotations

from worker.conditions.channel import ChannelCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.conditions.part import ANY_CONDITION, AnyCondition, ConditionPart, LoadContext

CONDITIONS: tuple[type[ConditionPart], ...] = (
    ChannelCondition,
    AllCondition,
    AnyOfCondition,
    NotCondition,
)

ANY_CONDITION.open(CONDITIONS)

__all__ = ["CONDITIONS", "AnyCondition", "ConditionPart", "LoadContext"]
