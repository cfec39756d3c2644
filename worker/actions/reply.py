"""`reply`: one message to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.actions.attachment import (
    Attachment,
    outgoing_of,
    place_problem,
    resolved,
    same_attachment,
)
from worker.actions.seat import conversation_of
from worker.actions.speech import SpeechPart
from worker.actions.wording import Wording, planned, said
from worker.conditions.keyed import complaint, complaint_at, raised
from worker.conditions.matcher import Duration, PositiveDuration
from worker.conditions.part import load_context
from worker.model.action import Desk, Performed
from worker.model.chat import Message
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.rule import Rule


class ReplyAction(SpeechPart):
    """One message to the customer: a text, a text with quick replies, or an image or file.

    A text is a string, or a mapping of languages chosen by the contact's language, then the
    message's script, then the first. Where the channel has no buttons, quick replies become
    numbered text, and a typed number, title or payload counts as the pick.
    """

    key: ClassVar[str] = "reply"
    examples: ClassVar[tuple[str, ...]] = (
        "reply: \"Hi {{ contact.first_name or 'there' }}!\"",
        "reply: {text: {en: Hello, zh-Hant: 你好, th: สวัสดี}}",
        "reply: {text: Choose, menu: topics, quick_replies: [Sales, {title: Help, payload: h}]}",
        "reply: {image: 'https://example.com/map.png', caption: How to find us, delay: 2s}",
    )

    expires: PositiveDuration | None = Field(
        default=None, description="How long a typed number or title still picks; for ever without."
    )
    image: Attachment | None = Field(
        default=None, description="An https:// URL, or a file beside the rule file."
    )
    file: Attachment | None = Field(
        default=None, description="An https:// URL, or a file beside the rule file."
    )
    caption: Wording | None = Field(default=None, description="Text under the image or file.")
    pause: Duration | None = Field(
        default=None, alias="delay", description="Wait this long before sending."
    )

    _folder: str = ""

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        lines = [
            complaint_at((key,), getattr(self, key), complaint("bad_reply", message, hint))
            for key, message, hint in self._misfits()
        ]
        self._folder = load_context(info).folder
        for key in ("image", "file"):
            problem = place_problem(getattr(self, key) or "", self._folder)
            if problem:
                error = complaint("bad_attachment", *problem)
                lines.append(complaint_at((key,), getattr(self, key), error))
        lines += self.same_twice()
        if lines:
            raise raised("reply", lines)
        if not (self.text or self.image or self.file):
            hint = "write a text, or an image or file"
            raise complaint("bad_reply", "this reply says nothing", hint)
        return self

    def _misfits(self) -> list[tuple[str, str, str]]:
        """Keys that do not go together, each with what is wrong and how to mend it."""
        attached = "image" if self.image else "file" if self.file else ""
        two = "write two steps: one reply is one message"
        misfits = []
        if self.image and self.file:
            misfits.append(("file", "a reply carries an image or a file, not both", two))
        if attached and self.text:
            misfits.append(
                ("text", f"the text of an {attached} is its caption", f"'caption', or {two}")
            )
        if attached and self.quick_replies:
            misfits.append(("quick_replies", f"an {attached} has no quick replies", two))
        if self.caption and not attached:
            misfits.append(("caption", "a caption needs an image or a file", "use 'text'"))
        if self.quick_replies and not self.text and not attached:
            misfits.append(("quick_replies", "quick replies need a text above them", "add 'text'"))
        misfits += [
            (key, f"'{key}' is for quick replies", "add them, or take it out")
            for key in ("menu", "expires")
            if getattr(self, key) is not None and not self.quick_replies
        ]
        return misfits

    @override
    def needs(self) -> frozenset[Capability]:
        attached = bool(self.image or self.file)
        return frozenset({Capability.SEND} | ({Capability.ATTACHMENTS} if attached else set()))

    @override
    def delay(self) -> timedelta:
        return self.pause or timedelta(0)

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        if self.image or self.file:
            return {
                "kind": "image" if self.image else "file",
                **resolved(self.image or self.file or "", self._folder, values),
                "caption": said(self.caption, values) if self.caption else "",
            }
        work = self.spoken(said(self.text or {}, values), values, rule.id)
        if self.quick_replies and self.expires:
            work["expires_s"] = self.expires.total_seconds()
        return work

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        if work["kind"] == "text":
            return await SpeechPart.perform(work, desk)
        state = conversation_of(desk)
        sent = await desk.gateway.send(state.conversation, await outgoing_of(work, desk))
        return Performed(result_id=sent.message_id)

    @staticmethod
    @override
    def recognises(work: Mapping[str, Any], message: Message) -> bool:
        if work["kind"] != "text":
            return same_attachment(work, message)
        return SpeechPart.recognises(work, message)
