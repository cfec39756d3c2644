"""`contact`: who the customer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from worker.conditions.fielded import FieldedCondition
from worker.conditions.fields import CONTACT, contact_values
from worker.model.facts import Facts
from worker.text.offered import Shape


class ContactCondition(FieldedCondition):
    """Holds when every named field of the contact matches.

    A field that only this platform has is `extra.NAME`. Empty texts and unknown times are empty.
    """

    key: ClassVar[str] = "contact"
    shapes: ClassVar[Mapping[str, Shape]] = CONTACT
    elsewhere: ClassVar[Mapping[str, str]] = {"tags": "ask with the condition 'tag'"}
    examples: ClassVar[tuple[str, ...]] = (
        "contact: {language: [th, vi]}",
        "contact: {email: {ends_with: '@example.com'}, created_at: {newer_than: 7d}}",
        "contact: {phone_number: {empty: true}, extra.member_level: {gte: 3}}",
    )

    @override
    def values(self, facts: Facts) -> Mapping[str, Any] | None:
        return contact_values(facts.contact, facts.tags) if facts.contact else None
