"""`payload`: which option of a menu was picked."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.fielded import shown
from worker.conditions.keyed import raised
from worker.conditions.matcher import Matcher
from worker.conditions.near import SITUATION
from worker.conditions.offer import require_message
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict


class PayloadCondition(ConditionPart):
    """Holds when the picked quick reply has this payload: a text, a list, or a value matcher.

    A typed number or title counts as its option's payload.
    """

    key: ClassVar[str] = "payload"
    root: ClassVar[str] = "matcher"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "payload: sales",
        "payload: [sales, support]",
        "payload: {starts_with: plan-}",
    )

    matcher: Matcher

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        require_message(info)
        problems = self.matcher.problems("text")
        if problems:
            raise raised("payload", problems)
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        if facts.message is None and facts.pick is None:
            return self.undecided("the event has no message")
        payload = facts.pick.payload if facts.pick else ""
        if not payload and facts.message is not None:
            payload = facts.message.payload
        holds = self.matcher.holds(payload, facts.now)
        return self.answer(holds=holds, because=f"the payload is {shown(payload)}")

    @override
    def near(self, facts: Facts) -> Near:
        return Near(f"it wants {self.matcher.wants()}", SITUATION)
