"""`hand_over`: people take the conversation, and automation falls silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.seat import conversation_of, message_id_in, refused_for_good
from worker.actions.wording import Told, planned
from worker.conditions.matcher import PositiveDuration
from worker.errors import GatewayError, TookEffect
from worker.model.action import Desk, Performed
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.ids import MessageId
from worker.model.rule import Rule
from worker.model.state import ConversationState
from worker.text.template import fill


class HandOverAction(ActionPart):
    """Automation stays silent in this conversation for `for`, or until it is closed; steps that
    wait are cancelled. With `team` or `user` it is assigned, with `note` colleagues are told.

    Silence comes first: it holds even where the platform refuses the assignment.
    """

    key: ClassVar[str] = "hand_over"
    examples: ClassVar[tuple[str, ...]] = (
        "hand_over: true",
        "hand_over: {for: 2h}",
        'hand_over: {team: t_1234, note: "Wants a person: {{ message.text }}"}',
    )

    team: Told | None = Field(default=None, description="Id of the team it is assigned to.")
    user: Told | None = Field(default=None, description="Id of the user it is assigned to.")
    note: Told | None = Field(default=None, description="An internal note at the message.")
    lasts: PositiveDuration | None = Field(
        default=None, alias="for", description="How long; until it is closed without."
    )

    @classmethod
    @override
    def widened(cls, value: Any) -> Any:
        return {} if value is True else value

    @override
    def needs(self) -> frozenset[Capability]:
        needed: set[Capability] = set()
        if self.team or self.user:
            needed.add(Capability.ASSIGN)
        if self.note:
            needed.add(Capability.NOTE)
        return frozenset(needed)

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        note = fill(self.note or "", values).strip()
        return {
            "team": fill(self.team or "", values).strip(),
            "user": fill(self.user or "", values).strip(),
            "note": note,
            "message_id": message_id_in(facts) if note else "",
            "for_s": None if self.lasts is None else self.lasts.total_seconds(),
        }

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        state = conversation_of(desk)
        refused: list[str] = []
        conversation = state.conversation
        if work["team"] or work["user"]:
            try:
                await desk.gateway.assign(conversation, work["team"], work["user"])
            except GatewayError as error:
                _keep_silence(error, refused, "not assigned")
        if work["note"]:
            try:
                message_id = MessageId(work["message_id"])
                await desk.gateway.note(conversation, message_id, work["note"])
            except GatewayError as error:
                if error.took_effect is TookEffect.MAYBE:
                    # nobody can look for a note: rather none than two
                    refused.append(f"nobody knows whether the note arrived: {error}")
                else:
                    _keep_silence(error, refused, "no note")
        silent = HandOverAction.aftermath(work, desk) if desk.intent.attempt <= 1 else Performed()
        return replace(silent, error="; ".join(refused))

    @staticmethod
    @override
    def aftermath(work: Mapping[str, Any], desk: Desk) -> Performed:
        """The silence, from the first attempt on: it may have ended since, by a closing."""
        if desk.conversation is None:
            return Performed()
        return Performed(conversation=_silent(desk.conversation, work, desk))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = super().__get_pydantic_json_schema__(schema, handler)
        told: JsonSchemaValue = {"description": made.pop("description")}
        return {**told, "anyOf": [{"const": True}, made]}


def _keep_silence(error: GatewayError, refused: list[str], what: str) -> None:
    if not refused_for_good(error):
        raise error
    refused.append(f"{what}: {error}")


def _silent(state: ConversationState, work: Mapping[str, Any], desk: Desk) -> ConversationState:
    """A longer silence that holds already is not made shorter."""
    if work["for_s"] is None:
        return replace(state, silent_until_closed=True)
    until = desk.now + timedelta(seconds=work["for_s"])
    if state.silent_until is not None:
        until = max(until, state.silent_until)
    return replace(state, silent_until=until)
