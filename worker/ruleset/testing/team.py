"""`agent_message` and `bot_message`: what others than the customer write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from worker.ruleset.testing.part import Loc, StimulusPart
from worker.ruleset.testing.scene import Scene

_TO = "The contact; may be left out where there is one only."


class AgentMessageStep(StimulusPart):
    """A person of the team writes to a customer."""

    key: ClassVar[str] = "agent_message"
    root: ClassVar[str] = "text"
    examples: ClassVar[tuple[str, ...]] = (
        "agent_message: I will look into it.",
        "agent_message: {to: c1, agent: Mei, text: One moment please.}",
    )

    to: str = Field("", description=_TO)
    text: str = Field(description="What is written.")
    agent: str = Field("", description="The person's name, where there are several.")

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        yield ("to",), self.to

    @override
    async def play(self, scene: Scene) -> None:
        await scene.agent_says(self.to, self.text, self.agent)


class BotMessageStep(StimulusPart):
    """The platform's own bot, or one of its workflows, writes to a customer."""

    key: ClassVar[str] = "bot_message"
    root: ClassVar[str] = "text"
    examples: ClassVar[tuple[str, ...]] = (
        "bot_message: Hello, I am a robot.",
        'bot_message: {to: c1, workflow: true, text: \'{"route": "T1"}\'}',
    )

    to: str = Field("", description=_TO)
    text: str = Field(description="What is written.")
    workflow: bool = Field(
        False,  # noqa: FBT003 - the default, beside its name
        description="A workflow's publisher wrote it.",
    )

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        yield ("to",), self.to

    @override
    async def play(self, scene: Scene) -> None:
        await scene.bot_says(self.to, self.text, workflow=self.workflow)
