"""`message_type`: what kind of message it is."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.channel import ChannelName
from worker.conditions.keyed import OneOrMany
from worker.conditions.near import SITUATION, listed
from worker.conditions.offer import require_message
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Near, Verdict


class MessageTypeCondition(ConditionPart):
    """Holds when the message is of one of these types, e.g. `text`, `image`, `file`, `quick_reply`.

    Types are named as the platform names them; one that nobody documented can be named too.
    """

    key: ClassVar[str] = "message_type"
    root: ClassVar[str] = "types"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("message_type: image", "message_type: [file, pdf]")

    types: OneOrMany[ChannelName]

    @model_validator(mode="after")
    def _has_message(self, info: ValidationInfo) -> Self:
        require_message(info)
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        if facts.message is None:
            return self.undecided("the event has no message")
        kind = facts.message.type.lower()
        return self.answer(holds=kind in self.types, because=f"the message type is {kind}")

    @override
    def near(self, facts: Facts) -> Near:
        return Near(f"it holds for {listed(self.types)}", SITUATION)

    @override
    def touch(self) -> Touch | None:
        return Touch(types=frozenset(self.types))
