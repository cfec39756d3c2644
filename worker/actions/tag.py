"""`tag`: marks on the contact that rules can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.remark import retagged
from worker.actions.seat import contact_of, refused_for_good
from worker.conditions.keyed import OneOrMany, complaint
from worker.conditions.tag import TagName
from worker.errors import GatewayError
from worker.model.action import Desk, Performed, Wrote
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.rule import Rule
from worker.model.state import ContactState

REMARK = "remark"


class TagAction(ActionPart):
    """The contact has these tags, and not those of `remove`.

    Tags are kept by this worker. On a platform without tags they are also shown to people, as
    `#words` at the end of the contact's remark (setting `WORKER_TAG_FIELD`); what people wrote
    there stays.
    """

    key: ClassVar[str] = "tag"
    root: ClassVar[str] = "add"
    examples: ClassVar[tuple[str, ...]] = (
        "tag: asked-price",
        "tag: [asked-price, web]",
        "tag: {add: customer, remove: [lead, new]}",
    )

    add: OneOrMany[TagName] | None = Field(default=None, description="Tags it gets.")
    remove: OneOrMany[TagName] | None = Field(default=None, description="Tags it loses.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not (self.add or self.remove):
            raise complaint("no_operator", "no tag is named", "write a name, or add, remove")
        both = set(self.add or ()) & set(self.remove or ())
        if both:
            message = f"'{min(both)}' is both added and removed"
            raise complaint("contradiction", message, "take it out of one list")
        return self

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"add": list(self.add or ()), "remove": list(self.remove or ())}

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        state = _tagged(work, desk)
        tags, gone = state.tags, frozenset(work["remove"]) - state.tags
        if desk.tag_field != REMARK or Capability.UPDATE_CONTACT not in desk.gateway.capabilities:
            return Performed(contact=state)
        try:
            before = after = await desk.gateway.contact(state.id)
            remark = retagged(before.remark, tags, gone)
            if remark != before.remark:
                after = await desk.gateway.update_contact(state.id, {REMARK: remark})
        except GatewayError as error:
            if not refused_for_good(error):
                raise
            return Performed(contact=state, error=f"the tags are not shown to people: {error}")
        wrote = Wrote(before, after, frozenset({REMARK}), again=desk.intent.attempt > 1)
        return Performed(contact=replace(state, contact=after), wrote=wrote)

    @staticmethod
    @override
    def aftermath(work: Mapping[str, Any], desk: Desk) -> Performed:
        """The tags themselves: true here from the first attempt on, shown to people or not."""
        if desk.contact is None and desk.intent.contact_id is None:
            return Performed()
        return Performed(contact=_tagged(work, desk))


def _tagged(work: Mapping[str, Any], desk: Desk) -> ContactState:
    """The contact as tagged; later attempts only show what has become of its tags since."""
    state = contact_of(desk)
    if desk.intent.attempt > 1:
        return state
    tags = (state.tags | frozenset(work["add"])) - frozenset(work["remove"])
    return replace(state, tags=tags)
