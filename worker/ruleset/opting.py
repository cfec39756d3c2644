"""Opting out and coming back: the phrases that say so, and the one message that confirms it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from worker.actions import ACTIONS
from worker.conditions.part import LoadContext
from worker.errors import Problem
from worker.model.action import Action
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Answer, Verdict
from worker.ruleset.document import Document
from worker.ruleset.wording import problems_of
from worker.text.wish import WishMatcher

STOP = "stop"
START = "start"
STOP_CONFIRMATION = "stop_confirmation"
START_CONFIRMATION = "start_confirmation"
CONFIRMATIONS = (STOP_CONFIRMATION, START_CONFIRMATION)

DEFAULT_PHRASES: Mapping[str, tuple[str, ...]] = {
    STOP: ("stop", "unsubscribe", "停止", "退訂", "dừng", "หยุด"),
    START: ("start", "unstop", "resubscribe", "恢復", "重新訂閱", "bắt đầu lại", "เริ่มใหม่"),
}
"""`phrases.stop` and `phrases.start` where no file gives them. Simplified 退订 is found by 退訂."""

_STOPPED: Mapping[str, str] = {
    "en": (
        "You will get no more automatic messages from us here. Our team still reads what you write."
    ),
    "zh-Hant": "您不會再在這裡收到我們的自動訊息。您寫的訊息，我們的同事仍會看到。",
    "zh-Hans": "您不会再在这里收到我们的自动消息。您写的消息，我们的同事仍会看到。",
    "vi": (
        "Bạn sẽ không nhận thêm tin nhắn tự động nào từ chúng tôi tại đây."
        " Nhân viên của chúng tôi vẫn đọc tin nhắn của bạn."
    ),
    "th": "คุณจะไม่ได้รับข้อความอัตโนมัติจากเราที่นี่อีก ทีมงานของเรายังคงอ่านข้อความของคุณอยู่",
}
_WAY_BACK: Mapping[str, str] = {
    "en": " To get them again, write START.",
    "zh-Hant": "如要再次接收，請回覆「恢復」。",
    "zh-Hans": "如要再次接收，请回复“恢复”。",
    "vi": " Để nhận lại, hãy nhắn: BẮT ĐẦU LẠI.",
    "th": " หากต้องการรับอีกครั้ง พิมพ์ว่า เริ่มใหม่",
}
"""Only where `phrases.start` is the shipped one: these words must be among it."""

_STARTED: Mapping[str, str] = {
    "en": "You will get our automatic messages here again. Good to have you back.",
    "zh-Hant": "您會再次在這裡收到我們的自動訊息，歡迎回來。",
    "zh-Hans": "您会再次在这里收到我们的自动消息，欢迎回来。",
    "vi": "Bạn sẽ nhận lại tin nhắn tự động của chúng tôi tại đây. Chào mừng bạn trở lại.",
    "th": "คุณจะได้รับข้อความอัตโนมัติจากเราที่นี่อีกครั้ง ยินดีต้อนรับกลับมา",
}


def default_texts(name: str, phrases: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """`phrases.stop_confirmation` or `phrases.start_confirmation` where no file gives it."""
    if name == START_CONFIRMATION:
        return _STARTED
    if phrases[START] != DEFAULT_PHRASES[START]:
        return _STOPPED
    return {language: text + _WAY_BACK[language] for language, text in _STOPPED.items()}


class Wish:
    """A condition: the message says one of these phrases as `worker.text.wish` understands it."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._matcher = WishMatcher(tuple(phrases))

    def decide(self, facts: Facts) -> Verdict:
        """The verdict."""
        if facts.text is None:
            return Verdict(Answer.UNDECIDED, "text", "the event has no message")
        because = self._matcher.search(facts.text)
        if because:
            return Verdict(Answer.YES, "text", because)
        return Verdict(Answer.NO, "text", f"says none of {len(self._matcher.phrases)} phrases")

    def touch(self) -> Touch | None:
        """The phrases themselves."""
        return Touch(phrases=self._matcher.folded_keys())


def confirmation_of(
    raw: Any,
    place: tuple[Document, tuple[int | str, ...]] | None,
    context: LoadContext,
    problems: list[Problem],
) -> Action | None:
    """The reply that confirms; None where the author wants none, or after complaints.

    Args:
        place: where the author wrote it; None: nowhere, it is the shipped one.
    """
    if raw == "":
        return None
    reply: Any = next(action for action in ACTIONS if action.key == "reply")
    try:
        confirmation: Action = reply.model_validate({"text": raw}, context=context)
    except ValidationError as error:
        if place is not None:
            document, loc = place
            problems += problems_of(error, _below_text(document, loc))
        return None
    return confirmation


def _below_text(document: Document, within: tuple[int | str, ...]) -> Any:
    def locate(loc: tuple[int | str, ...], **options: Any) -> Any:
        return document.place(within + loc[1:], **options)

    return locate
