"""`assign`: the conversation is somebody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.seat import conversation_of
from worker.actions.wording import Told, planned
from worker.conditions.keyed import complaint
from worker.model.action import Desk, Performed
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.rule import Rule
from worker.text.template import fill


class AssignAction(ActionPart):
    """The conversation is assigned to a team, a user, or a user of a team; by their ids."""

    key: ClassVar[str] = "assign"
    examples: ClassVar[tuple[str, ...]] = (
        "assign: {team: t_1234}",
        'assign: {team: "{{ conversation.team }}", user: u_5678}',
    )

    team: Told | None = Field(default=None, description="Id of the team.")
    user: Told | None = Field(default=None, description="Id of the user.")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.team or self.user):
            raise complaint("no_operator", "nobody is named", "give team, user, or both")
        return self

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.ASSIGN})

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        return {
            "team": fill(self.team or "", values).strip(),
            "user": fill(self.user or "", values).strip(),
        }

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        conversation = conversation_of(desk).conversation
        await desk.gateway.assign(conversation, work["team"], work["user"])
        return Performed()
