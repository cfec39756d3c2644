"""`tag`: what the contact was tagged with."""

from __future__ import annotations

import unicodedata
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from worker.conditions.keyed import OneOrMany, complaint
from worker.conditions.near import SITUATION, listed
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict

_LONGEST = 64


def _tag_name(text: str) -> str:
    """The tag, in the one form that is stored and compared.

    A tag is mirrored on the platform as a `#word`, so it must be one.
    """
    name = unicodedata.normalize("NFC", text)
    if name.startswith("#"):
        raise complaint("bad_tag", "a tag is written without #", f"write {name.lstrip('#')}")
    if "{{" in name:
        raise complaint("bad_tag", "a tag is a plain name, not a template", "one tag per case")
    whole = name and "#" not in name and not any(map(_breaks, name))
    if not whole or len(name) > _LONGEST:
        message = f"'{text}' is no tag: one word of 1 to {_LONGEST} characters, without #"
        raise complaint("bad_tag", message, f"write {'-'.join(name.replace('#', ' ').split())}")
    return name


def _breaks(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


TagName = Annotated[str, AfterValidator(_tag_name)]


class TagCondition(ConditionPart):
    """Holds when the contact has the tag, or one of a list; or by `any`, `all` and `none`.

    Tags are compared exactly. They are this worker's own, whatever people write on the platform.
    """

    key: ClassVar[str] = "tag"
    root: ClassVar[str] = "any"
    examples: ClassVar[tuple[str, ...]] = (
        "tag: vip",
        "tag: [vip, partner]",
        "tag: {all: [vip, asked-price], none: blocked}",
    )

    any_: OneOrMany[TagName] | None = Field(
        default=None, alias="any", description="At least one of these."
    )
    all_: OneOrMany[TagName] | None = Field(
        default=None, alias="all", description="Every one of these."
    )
    none: OneOrMany[TagName] | None = Field(default=None, description="Not one of these.")

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not (self.any_ or self.all_ or self.none):
            raise complaint("no_operator", "no tag is named", "write a name, or any, all, none")
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        tags = facts.tags
        if tags is None:
            return self.undecided("the contact's tags are not known")
        holds = (
            (not self.any_ or not tags.isdisjoint(self.any_))
            and (not self.all_ or tags.issuperset(self.all_))
            and (not self.none or tags.isdisjoint(self.none))
        )
        listed = ", ".join(sorted(tags)) or "none"
        return self.answer(holds=holds, because=f"the tags are {listed}")

    @override
    def near(self, facts: Facts) -> Near:
        asked = (("any of", self.any_), ("all of", self.all_), ("none of", self.none))
        wants = "; ".join(f"{how} {listed(names)}" for how, names in asked if names)
        return Near(f"it wants {wants}", SITUATION)
