"""`contact`: somebody edits contacts, or a new one appears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from worker.ruleset.testing.part import StimulusPart
from worker.ruleset.testing.people import ContactForm, ContactName
from worker.ruleset.testing.scene import Scene


class ContactStep(StimulusPart):
    """Contacts are changed by somebody of the team; a name that is new is a new customer."""

    key: ClassVar[str] = "contact"
    root: ClassVar[str] = "contacts"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "contact: {c1: {remark: VIP}}",
        "contact: {newcomer: {language: th, channel: whatsapp}}",
    )

    contacts: dict[ContactName, ContactForm]

    @override
    def introduces(self) -> Iterator[str]:
        return iter(self.contacts)

    @override
    async def play(self, scene: Scene) -> None:
        for name, form in self.contacts.items():
            await scene.set_contact(name, form)
