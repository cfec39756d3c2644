"""`message` and `pick`: what customers do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator
from typing_extensions import override

from worker.conditions.keyed import OneOrMany, complaint
from worker.ruleset.testing.part import Loc, StimulusPart
from worker.ruleset.testing.scene import Scene

_FROM = "The contact; may be left out where there is one only."


class MessageStep(StimulusPart):
    """A customer writes, or sends something else than text. Several texts are several messages,
    one right after the other. The first message of a customer opens a conversation.
    """

    key: ClassVar[str] = "message"
    root: ClassVar[str] = "text"
    examples: ClassVar[tuple[str, ...]] = (
        "message: How much is it?",
        'message: {from: c1, channel: whatsapp, text: "2"}',
        'message: {from: c1, text: [Hi, "are you open?"]}',
        'message: {from: c1, url: "https://example.com/a.jpg", caption: This one}',
    )

    sender: str = Field("", alias="from", description=_FROM)
    channel: str | None = Field(
        None, description="Where it is written. Default: where the contact is."
    )
    text: OneOrMany[str] | None = Field(None, description="The text, or several.")
    type: str | None = Field(
        None, description="The message's type. Default: `text`, with `url`: `image`."
    )
    url: str | None = Field(None, description="Where the image or file is.")
    caption: str | None = Field(None, description="The words under it.")
    title: str | None = Field(None, description="The title of a `quick_reply`.")
    payload: str | None = Field(None, description="The payload of a `quick_reply`.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.type is None and self.url is None:
            raise complaint("empty_message", "this message says nothing", "add 'text' or 'url'")
        if self.text is not None and self.url is not None:
            hint = "the words of an image or a file are its 'caption'"
            raise complaint("text_and_url", "a message has a text or a url", hint)
        return self

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        yield ("from",), self.sender

    @override
    async def play(self, scene: Scene) -> None:
        given = {
            "url": self.url,
            "caption": self.caption,
            "title": self.title,
            "payload": self.payload,
        }
        content: dict[str, Any] = {key: said for key, said in given.items() if said is not None}
        kind = self.type or ("image" if self.url is not None else "text")
        if self.text is None:
            await scene.customer_sends(self.sender, self.channel, kind, content)
        for text in self.text or ():
            await scene.customer_sends(self.sender, self.channel, kind, {**content, "text": text})


class PickStep(StimulusPart):
    """A customer presses a button of the newest menu: its number, title or payload."""

    key: ClassVar[str] = "pick"
    root: ClassVar[str] = "option"
    examples: ClassVar[tuple[str, ...]] = ("pick: 2", "pick: {from: c1, option: Opening hours}")

    sender: str = Field("", alias="from", description=_FROM)
    option: int | str = Field(description="Its number from 1, its title or its payload.")

    @override
    def mentions(self) -> Iterator[tuple[Loc, str]]:
        yield ("from",), self.sender

    @override
    async def play(self, scene: Scene) -> None:
        await scene.customer_picks(self.sender, self.option)
