"""`conversation`: somebody of the team changes conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from worker.ruleset.testing.part import Loc, StimulusPart
from worker.ruleset.testing.people import ContactName, ConversationForm
from worker.ruleset.testing.scene import Scene


class ConversationStep(StimulusPart):
    """Conversations, named by their contact, are changed by somebody of the team, or opened."""

    key: ClassVar[str] = "conversation"
    root: ClassVar[str] = "conversations"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "conversation: {c1: {status: closed}}",
        "conversation: {c1: {mode: manual, assigned_to: Mei}}",
        "conversation: {c1: {new: true}}",
    )

    conversations: dict[ContactName, ConversationForm]

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        return (((name,), name) for name in self.conversations)

    @override
    async def play(self, scene: Scene) -> None:
        for name, form in self.conversations.items():
            await scene.set_conversation(name, form)
