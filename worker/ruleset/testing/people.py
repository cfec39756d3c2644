"""Contacts and conversations as tests write them, at the start and when somebody changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

from worker.conditions.fields import CONTACT, CONVERSATION, WRITABLE
from worker.conditions.keyed import Part, complaint
from worker.conditions.tag import TagName
from worker.ruleset.fields import ListOf

Mode = Literal["automation", "manual", "hybrid"]

CUSTOMER = "customer"
"""The contact of a test that declares none."""


def _no_field(name: str) -> str:
    if name in CONTACT or name in CONVERSATION:
        hint = "give the customer another short name, such as c1"
        raise complaint("contact_name", f"'{name}' is the name of a field", hint)
    return name


ContactName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$"), AfterValidator(_no_field)
]
"""How a test calls a customer; never the name of a field, so that both can stand in one place."""


class _Person(Part):
    """What may be named without a word about it: `c1:`."""

    @classmethod
    @override
    def widened(cls, value: Any) -> Any:
        return {} if value is None else value

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = super().__get_pydantic_json_schema__(schema, handler)
        said = made.pop("description", "")
        return {"description": said, "anyOf": [made, {"enum": [None]}]}


class ContactForm(_Person):
    """A customer: any field of contacts, and what the worker knows of them."""

    channel: str | None = Field(None, description="Where the customer writes. Default: `web`.")
    display_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    area_code: str | None = None
    language: str | None = None
    gender: str | None = None
    remark: str | None = None
    avatar_url: str | None = None
    time_zone: str | None = None
    company_name: str | None = None
    location: str | None = None
    title: str | None = None
    birthday: str | None = None
    extra: dict[str, str] = Field(
        default_factory=dict, description="Fields without a neutral name, as the platform has them."
    )
    tags: ListOf[TagName] | None = Field(None, description="Tags the contact has.")
    opted_out: bool | None = Field(None, description="The contact has asked for silence.")

    def texts(self) -> Mapping[str, str]:
        """The fields that are given, by their names."""
        given = {name: getattr(self, name) for name in sorted(WRITABLE)}
        return {name: value for name, value in given.items() if value is not None} | self.extra


class ConversationForm(_Person):
    """A conversation of a contact."""

    new: bool = Field(
        False,  # noqa: FBT003 - the default, beside its name
        description="One more conversation; later messages of the contact are written there.",
    )
    status: str | None = Field(None, description="`active`, `closed`, `pending`, `spam`, …")
    mode: Mode | None = Field(None, description="Who answers: `automation` is the vendor's bot.")
    team: str | None = Field(None, description="The team it belongs to, by its id.")
    assigned_to: str | None = Field(None, description="The person responsible for it, by name.")
