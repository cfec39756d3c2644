"""`notification`: the account is notified of something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema
from typing_extensions import override

from worker.conditions.fields import NOTIFICATION_TYPES
from worker.conditions.keyed import complaint, described
from worker.ruleset.testing.part import Loc, StimulusPart
from worker.ruleset.testing.scene import Scene
from worker.text.names import did_you_mean


def _code(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        message = f"expected a type's name or code, found {described(value)}"
        raise complaint("notification_type", message)
    if value not in NOTIFICATION_TYPES:
        hint = did_you_mean(value, NOTIFICATION_TYPES)
        raise complaint("notification_type", f"unknown notification type '{value}'", hint)
    return NOTIFICATION_TYPES[value]


class NotificationStep(StimulusPart):
    """A notification appears in the account's list. Its `id` is how `expect` calls it."""

    key: ClassVar[str] = "notification"
    examples: ClassVar[tuple[str, ...]] = (
        "notification: {id: n1, type: team_invite_approved, title: Sales}",
        "notification: {type: conversation_assigned, about: c1}",
    )

    id: str = Field("", description="How `dismissed` and `read` call it.")
    type: Annotated[
        int,
        BeforeValidator(_code),
        WithJsonSchema({"anyOf": [{"type": "integer"}, {"enum": sorted(NOTIFICATION_TYPES)}]}),
    ] = Field(description="The code, or its name.")
    title: str | None = Field(None, description="What it is called.")
    content: str | None = Field(None, description="What it says.")
    sender: str | None = Field(None, alias="from", description="Who caused it.")
    channel: str | None = Field(None, description="The channel it is about.")
    about: str | None = Field(None, description="The contact whose conversation it is about.")

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        if self.about is not None:
            yield ("about",), self.about

    @override
    async def play(self, scene: Scene) -> None:
        given = {
            "title": self.title,
            "content": self.content,
            "from": self.sender,
            "channel": self.channel,
        }
        texts = {key: said for key, said in given.items() if said is not None}
        await scene.notify(self.id, self.type, texts, self.about or "")
