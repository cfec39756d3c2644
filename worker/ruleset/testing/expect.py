"""`expect`: what a test looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from worker.conditions.contact import ContactCondition
from worker.conditions.conversation import ConversationCondition
from worker.conditions.fields import CONTACT, CONVERSATION
from worker.conditions.keyed import OneOrMany, Part, complaint
from worker.conditions.language import LanguageTag
from worker.conditions.matcher import Matcher
from worker.conditions.pattern import Pattern
from worker.conditions.tag import TagName
from worker.model.verdict import Reason
from worker.ruleset.fields import ListOf
from worker.ruleset.testing.part import Loc
from worker.ruleset.testing.per_contact import ONLY, PerContact

NONE = "none"


class _OrNone:
    """Reads `none` as nothing, and anything else as usual."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, inner: () if value == NONE else inner(value), handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"const": NONE}, handler(schema)]}


def _names_fields(names: Mapping[str, Any]) -> Any:
    """Tells a mapping of fields from one of contacts: contacts are never called like a field."""

    def is_one(value: Mapping[Any, Any]) -> bool:
        if any(key in names or str(key).startswith("extra.") for key in value):
            return True
        inner = [one for one in value.values() if isinstance(one, Mapping)]
        matchers = any(key in Matcher.names() for one in inner for key in one)
        return len(inner) < len(value) or matchers

    return PerContact(is_one)


class SentForm(Part):
    """One message that a customer got. What is not said of it may be anything."""

    root: ClassVar[str] = "contains"

    to: str | None = Field(None, description="The contact who got it.")
    contains: OneOrMany[str] | None = Field(
        None, description="Words that stand in it exactly so; all of them."
    )
    equals: str | None = Field(None, description="The whole text.")
    matches: Pattern | None = Field(None, description="A pattern (RE2) that is found in it.")
    language: LanguageTag | None = Field(
        None, description="The language it was given in, as the reply's `text` names it."
    )
    quick_replies: ListOf[str] | None = Field(
        None, description="The titles it offers, in order; `[]`: none."
    )
    type: str | None = Field(None, description="`text`, `response` (with buttons), `image`, …")
    url: str | None = Field(None, description="The address of the image or file.")
    caption: str | None = Field(None, description="The words under it.")


_Count = Annotated[int, Field(ge=0)]
_Names = Annotated[OneOrMany[str], _OrNone()]


class ExpectForm(Part):
    """What is true now, and what happened since the `expect` before. Every key that is given must
    hold.
    """

    key: ClassVar[str] = "expect"
    examples: ClassVar[tuple[str, ...]] = (
        'expect: {fired: price-list, sent: {language: th, contains: "ราคา"}}',
        "expect: {not_fired: price-list, because: cooldown, sent: none}",
        "expect: {sent: [{to: c1, contains: Hello}, {to: c1, quick_replies: [Prices, Hours]}]}",
        "expect: {tags: {c1: [asked-price]}, contact: {email: mei@example.com}, handed_over: true}",
        "expect: {dismissed: [n1], read: none, sent_total: 2}",
    )

    fired: OneOrMany[str] | None = Field(None, description="Rules that acted.")
    not_fired: OneOrMany[str] | None = Field(None, description="Rules that did not act.")
    because: Reason | None = Field(
        None, strict=False, description="Why the rules of `not_fired` did not: a reason of theirs."
    )
    sent: Annotated[OneOrMany[SentForm], _OrNone()] | None = Field(
        None, description="Messages that customers got: `none`, or all of them in order."
    )
    sent_total: Annotated[dict[str, _Count], PerContact()] | None = Field(
        None, description="How many messages since the test began; by contact, or all together."
    )
    tags: Annotated[dict[str, ListOf[TagName]], PerContact()] | None = Field(
        None, description="The tags a contact has now, all of them; by contact."
    )
    contact: Annotated[dict[str, ContactCondition], _names_fields(CONTACT)] | None = Field(
        None, description="Fields of the contact and what they match; or so by contact."
    )
    conversation: (
        Annotated[dict[str, ConversationCondition], _names_fields(CONVERSATION)] | None
    ) = Field(None, description="The same of its newest conversation.")
    dismissed: _Names | None = Field(
        None,
        description="Notifications that were dismissed, by `id`: `none`, or all that have one.",
    )
    read: _Names | None = Field(None, description="The same of those that were marked read.")
    handed_over: Annotated[dict[str, bool], PerContact()] | None = Field(
        None, description="A rule handed the conversation over, and automation is silent."
    )
    notes: _Names | None = Field(
        None, description="Words of each internal note that was written, in order; or `none`."
    )
    webhooks: _Names | None = Field(
        None, description="Addresses that webhooks were posted to, in order; or `none`."
    )

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if not self.model_fields_set:
            raise complaint("empty_expect", "nothing is expected here", "for instance sent: none")
        if self.because is not None and self.not_fired is None:
            hint = "name the rules: not_fired: [...]"
            raise complaint("because_alone", "'because' needs 'not_fired'", hint)
        return self

    def mentions(self) -> Iterator[tuple[Loc, str]]:
        """Contacts that are named, each with where."""
        for position, one in enumerate(self.sent or ()):
            if one.to is not None:
                yield ("sent", position, "to"), one.to
        for key in ("sent_total", "tags", "contact", "conversation", "handed_over"):
            for name in getattr(self, key) or ():
                if name != ONLY or key != "sent_total":
                    yield (key, name), name

    def rules(self) -> Iterator[tuple[Loc, str]]:
        """Rules that are named, each with where."""
        for key in ("fired", "not_fired"):
            for position, name in enumerate(getattr(self, key) or ()):
                yield (key, position), name

    def notifications(self) -> Iterator[tuple[Loc, str]]:
        """Notifications that are named, each with where."""
        for key in ("dismissed", "read"):
            for position, name in enumerate(getattr(self, key) or ()):
                yield (key, position), name
