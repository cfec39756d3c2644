"""`note`: a word for colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, model_validator
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.seat import conversation_of, message_id_in
from worker.actions.wording import Told, has_words, planned
from worker.conditions.offer import require_message
from worker.model.action import Desk, Performed, RenderError
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.ids import MessageId
from worker.model.rule import Rule
from worker.text.template import fill


class NoteAction(ActionPart):
    """An internal note stands at the customer's message; the customer does not see it.

    The platform gives no way to look for a note: if it is not known whether one arrived, it is not
    written again by itself, but held for a person.
    """

    key: ClassVar[str] = "note"
    root: ClassVar[str] = "text"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ('note: "Asked for a refund: {{ message.text }}"',)
    repeatable: ClassVar[bool] = False

    text: Told

    @model_validator(mode="after")
    def _has_message(self, info: ValidationInfo) -> Self:
        require_message(info)
        return self

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.NOTE})

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        text = fill(self.text, planned(facts, rule, found)).strip()
        if not has_words(text):
            raise RenderError("the note came out empty")
        return {"text": text, "message_id": message_id_in(facts)}

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        conversation = conversation_of(desk).conversation
        await desk.gateway.note(conversation, MessageId(work["message_id"]), work["text"])
        return Performed()
