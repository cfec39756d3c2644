"""`conversation`: its state on the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.conditions.fielded import FieldedCondition
from worker.conditions.fields import CONVERSATION, conversation_values
from worker.model.facts import Facts
from worker.text.offered import Shape


class ConversationCondition(FieldedCondition):
    """Holds when every named field of the conversation matches.

    `age` is the time since it was created. A field that only this platform has is `extra.NAME`.
    """

    key: ClassVar[str] = "conversation"
    shapes: ClassVar[Mapping[str, Shape]] = {**CONVERSATION, "age": "age"}
    examples: ClassVar[tuple[str, ...]] = (
        "conversation: {status: active, mode: [manual, hybrid]}",
        "conversation: {assigned_to: {empty: true}, age: {lt: 24h}}",
    )

    @override
    def values(self, facts: Facts) -> Mapping[str, Any] | None:
        conversation = facts.conversation
        if conversation is None:
            return None
        created = conversation.created_at
        age = facts.now - created if created else None
        return {**conversation_values(conversation), "age": age}
