"""`update_contact`: what is learned of the customer is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import (
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.remark import rewritten, split
from worker.actions.seat import contact_of
from worker.actions.wording import planned
from worker.conditions.fields import CONTACT, MEANT, WRITABLE
from worker.conditions.keyed import complaint, complaint_at, described, raised
from worker.conditions.offer import require_template
from worker.conditions.part import load_context
from worker.model.action import Desk, Performed, Wrote
from worker.model.chat import Contact
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.rule import Rule
from worker.text.names import did_you_mean
from worker.text.template import fill

_FIELDS_SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in sorted(WRITABLE)},
    "additionalProperties": False,
    "minProperties": 1,
}


class UpdateContactAction(ActionPart):
    """The named fields of the contact have these values; nothing else of it is changed.

    The contact is read first, and written only where something differs. With `only_if_empty` a
    field that has a value keeps it. Tag words at the end of `remark` stay.
    """

    key: ClassVar[str] = "update_contact"
    examples: ClassVar[tuple[str, ...]] = (
        "update_contact: {fields: {language: th}}",
        'update_contact: {fields: {remark: "{{ message.text }}"}, only_if_empty: true}',
    )

    fields: Annotated[dict[str, str], WithJsonSchema(_FIELDS_SCHEMA)] = Field(
        description="Templates by field name."
    )
    only_if_empty: bool = Field(default=False, description="Fields that have a value keep it.")

    @field_validator("fields", mode="wrap")
    @classmethod
    def _fields_exist(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> dict[str, str]:
        if not isinstance(raw, Mapping) or not raw:
            message = f"expected fields, found {described(raw) if raw else 'nothing'}"
            raise complaint("mapping_expected", message, f"for instance {cls.examples[0]}")
        lines: list[InitErrorDetails] = []
        for name, value in raw.items():
            try:
                _check_field(str(name), value, info)
            except PydanticCustomError as error:
                lines.append(complaint_at((str(name),), value, error))
        if lines:
            raise raised(cls.__name__, lines)
        return dict(raw)

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.UPDATE_CONTACT})

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        filled = {name: fill(source, values).strip() for name, source in self.fields.items()}
        return {"fields": filled, "only_if_empty": self.only_if_empty}

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        state = contact_of(desk)
        before = after = await desk.gateway.contact(state.id)
        changes = _changes(before, state.tags, work)
        if changes:
            after = await desk.gateway.update_contact(state.id, changes)
        wrote = Wrote(before, after, frozenset(work["fields"]), again=desk.intent.attempt > 1)
        return Performed(contact=replace(state, contact=after), wrote=wrote)


def _check_field(name: str, value: Any, info: ValidationInfo) -> None:
    if name not in WRITABLE:
        if name == "tags":
            hint = "use the action 'tag'"
        elif name in CONTACT:
            hint = "the platform keeps this field itself"
        else:
            hint = did_you_mean(name, WRITABLE, MEANT["contact"].get(name, ""))
        raise complaint("unknown_field", f"'{name}' is no field that can be changed", hint)
    if not isinstance(value, str):
        message = f"expected a text, found {described(value)}"
        raise complaint("bad_text", message, "quote numbers, true and false")
    require_template(value, load_context(info))


def _changes(contact: Contact, tags: frozenset[str], work: Mapping[str, Any]) -> dict[str, str]:
    """Fields that differ from what they should be, with their new values."""
    changes: dict[str, str] = {}
    for name, wanted in work["fields"].items():
        current = getattr(contact, name)
        written = split(current, tags)[0].strip() if name == "remark" else current
        if work["only_if_empty"] and written:
            continue
        value = rewritten(current, wanted, tags) if name == "remark" else wanted
        if value != current:
            changes[name] = value
    return changes
