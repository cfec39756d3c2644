"""`first_message`: a stranger."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from worker.conditions.near import SITUATION
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict


class FirstMessageCondition(ConditionPart):
    """Holds when this is the contact's first message ever seen; with `false`, when it is not."""

    key: ClassVar[str] = "first_message"
    root: ClassVar[str] = "wanted"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("first_message: true", "first_message: false")

    wanted: bool

    @override
    def decide(self, facts: Facts) -> Verdict:
        first = facts.first_message
        if first is None:
            return self.undecided("it is not known whether the contact wrote before")
        seen = "the first message" if first else "not the first message"
        return self.answer(holds=first is self.wanted, because=f"it is {seen} of the contact")

    @override
    def near(self, facts: Facts) -> Near:
        return Near(f"it holds when that is {str(self.wanted).lower()}", SITUATION)
