"""Conditions: one file a kind, one line a kind in the registry."""

from __future__ import annotations

from worker.conditions.calendar import CalendarCondition
from worker.conditions.channel import ChannelCondition
from worker.conditions.contact import ContactCondition
from worker.conditions.conversation import ConversationCondition
from worker.conditions.expr import ExprCondition
from worker.conditions.extract import ExtractCondition
from worker.conditions.first_message import FirstMessageCondition
from worker.conditions.language import LanguageCondition
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.conditions.message_type import MessageTypeCondition
from worker.conditions.notification import NotificationCondition
from worker.conditions.part import (
    ANY_CONDITION,
    AnyCondition,
    ConditionPart,
    LoadContext,
    knowing,
)
from worker.conditions.payload import PayloadCondition
from worker.conditions.tag import TagCondition
from worker.conditions.text import TextCondition
from worker.conditions.time import TimeCondition

CONDITIONS: tuple[type[ConditionPart], ...] = (
    TextCondition,
    ChannelCondition,
    MessageTypeCondition,
    LanguageCondition,
    PayloadCondition,
    ContactCondition,
    TagCondition,
    ConversationCondition,
    NotificationCondition,
    FirstMessageCondition,
    TimeCondition,
    CalendarCondition,
    ExtractCondition,
    ExprCondition,
    AllCondition,
    AnyOfCondition,
    NotCondition,
)

ANY_CONDITION.open(CONDITIONS)

__all__ = ["CONDITIONS", "AnyCondition", "ConditionPart", "LoadContext", "knowing"]
