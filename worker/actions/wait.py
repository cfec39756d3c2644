"""`wait`: the rule goes on later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.conditions.calendar import CalendarName
from worker.conditions.keyed import OneOrMany, complaint, complaint_at, raised
from worker.conditions.matcher import Duration
from worker.conditions.part import load_context
from worker.model.action import Desk, Performed
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.flow import NOT_DONE, FlowOutcome
from worker.model.rule import Rule
from worker.text.offered import OneOf, Shape

NO_CONVERSATION = frozenset(
    {EventKind.SCHEDULE, EventKind.CONTACT_CREATED, EventKind.CONTACT_UPDATED}
)
"""Events that belong to no conversation."""

Until = Literal["agent.replied", "customer.replied", "conversation.closed"]


class WaitAction(ActionPart):
    """The steps after it are done later: when the time has passed, or at once when something of
    `until` happens. `steps.ID.outcome` then says which: `elapsed`, or its name.

    The rule that waits stands in the ledger: a restart, a reload or a change of the rule does not
    touch it. A person who writes, a closed conversation, a hand-over or an opt-out ends it where
    something customers see is still to come, unless `until` names what happened.
    """

    key: ClassVar[str] = "wait"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "for"
    inward: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        "wait: 15m",
        "wait: {for: 2h, until: agent.replied}",
        "wait: {for: 24h, until: [customer.replied, conversation.closed]}",
    )

    lasts: Duration = Field(alias="for", description="How long, at most.")
    calendar: CalendarName | None = Field(
        default=None, description="Count only the opening hours of this calendar."
    )
    until: OneOrMany[Until] | None = Field(
        default=None,
        description="What ends the waiting early: a colleague's message, the customer's next "
        "message, or the end of the conversation.",
    )

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        lines = []
        if not self.lasts:
            error = complaint("duration", "expected a duration longer than 0s", "write 15m")
            lines.append(complaint_at(("for",), self.lasts, error))
        context = load_context(info)
        if self.until and context.kinds and context.kinds <= NO_CONVERSATION:
            named = ", ".join(sorted(context.kinds))
            message = f"events of {named} belong to no conversation: this never happens"
            error = complaint("no_conversation", message, "take it out")
            lines.append(complaint_at(("until",), self.until, error))
        if lines:
            raise raised("wait", lines)
        return self

    @override
    def leaves(self) -> Mapping[str, Shape]:
        return {"outcome": OneOf((FlowOutcome.ELAPSED, *(self.until or ()), *NOT_DONE))}

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "for_s": self.lasts.total_seconds(),
            "calendar": self.calendar,
            "until": list(self.until or ()),
        }

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        return Performed()
