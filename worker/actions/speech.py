"""What an action says to the customer: a text, and what can be chosen from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints
from pydantic_core import InitErrorDetails
from typing_extensions import override

from worker.actions.menu import numbered, same_words
from worker.actions.part import STEP_KEYS, ActionPart
from worker.actions.seat import conversation_of
from worker.actions.wording import Wording, said
from worker.conditions.fields import View
from worker.conditions.keyed import Part, complaint, complaint_at
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import Desk, Performed, RenderError
from worker.model.chat import Message, QuickReply
from worker.model.gateway import Capability, Outgoing
from worker.model.state import ConversationState, Menu

_MOST_OPTIONS = 30  # a numbered menu longer than a screen is read by nobody
_MENU_NAME = r"^[a-z][a-z0-9_-]{0,63}$"
"""Like ids: the name is compared in `quick_reply.picked`."""

_LANGUAGE = re.compile(r"[A-Za-z]{2}([-_][A-Za-z0-9]{2,8})*")

NUMBERED = "numbered"
BUTTONS = "buttons"


class Option(Part):
    """One quick reply; the payload is what rules see, the title what the customer reads."""

    root: ClassVar[str] = "title"

    @classmethod
    @override
    def hint_for(cls, key: str) -> str:
        return languages_below("title", key) or super().hint_for(key)

    title: Wording = Field(description="What the customer reads; a text or texts by language.")
    payload: str | None = Field(
        default=None, min_length=1, description="What rules see; the title without it."
    )


class SpeechPart(ActionPart):
    """A message to the customer: sent once, found again by its words."""

    root: ClassVar[str] = "text"
    visible: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    readable: ClassVar[bool] = True

    text: Wording | None = Field(default=None, description="What is said.")
    quick_replies: tuple[Option, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=_MOST_OPTIONS,
        strict=False,
        description="Titles, or {title, payload}: what the customer can choose from.",
    )
    menu: Annotated[str, StringConstraints(pattern=_MENU_NAME)] | None = Field(
        default=None,
        description="Name of the menu, for `quick_reply.picked`; the rule's id without.",
    )

    @classmethod
    @override
    def hint_for(cls, key: str) -> str:
        if key == "id":  # Indonesian, too
            return f"a step's name stands beside '{cls.kind}', a language below 'text'"
        return (key not in STEP_KEYS and languages_below("text", key)) or super().hint_for(key)

    def same_twice(self) -> list[InitErrorDetails]:
        """Options that a pick could not tell apart."""
        lines = []
        seen: set[str] = set()
        for number, option in enumerate(self.quick_replies or ()):
            keys = {option.payload} if option.payload else set(option.title.values())
            if keys & seen:
                message = f"'{min(keys & seen)}' stands here twice"
                error = complaint("bad_reply", message, "give each option its own payload")
                lines.append(complaint_at(("quick_replies", number), option, error))
            seen |= keys
        return lines

    def spoken(self, text: str, values: View, menu: str) -> dict[str, Any]:
        """The work that sends this text, with the options to choose from.

        Args:
            menu: the menu's name where none is written.

        Raises:
            RenderError: an option's title cannot be filled, or two came out the same.
        """
        work: dict[str, Any] = {"kind": "text", "text": text}
        if self.quick_replies:
            options = [_option(option, values) for option in self.quick_replies]
            if len({option["payload"] for option in options}) < len(options):
                raise RenderError("two quick replies came out the same")
            work |= {"quick_replies": options, "menu": self.menu or menu, "expires_s": None}
        return work

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        state = conversation_of(desk)
        options = _options(work)
        if not options:
            sent = await desk.gateway.send(state.conversation, Outgoing(text=work["text"]))
            return Performed(result_id=sent.message_id)
        return await _send_menu(work, options, desk, state)

    @staticmethod
    @override
    def aftermath(work: Mapping[str, Any], desk: Desk) -> Performed:
        if desk.conversation is None or not _options(work):
            return Performed()
        return Performed(conversation=_with_menu(work, desk, desk.conversation))

    @staticmethod
    @override
    def recognises(work: Mapping[str, Any], message: Message) -> bool:
        options = _options(work)
        if message.quick_replies:
            shown = tuple(_words(option.title) for option in message.quick_replies)
            same = shown == tuple(_words(option.title) for option in options)
            return same and same_words(message.text, work["text"])
        if message.type == "response" and options:
            return same_words(message.text, work["text"])
        return message.type in {"text", "response"} and same_words(
            message.text, numbered(work["text"], options)
        )


async def _send_menu(
    work: Mapping[str, Any], options: tuple[QuickReply, ...], desk: Desk, state: ConversationState
) -> Performed:
    """The menu is sent with buttons, or as numbered text where buttons are refused."""
    conversation = state.conversation
    remembered = f"quick_replies:{conversation.channel}"
    left = _with_menu(work, desk, state)
    memo: dict[str, str] = {}
    if _buttons_may_work(desk, remembered):
        menu = Outgoing(type="response", text=work["text"], quick_replies=options)
        try:
            sent = await desk.gateway.send(conversation, menu)
        except GatewayError as error:
            certain = error.fault is Fault.UNSUPPORTED and error.took_effect is TookEffect.NO
            if not certain or desk.quick_replies == BUTTONS:
                raise
            memo[remembered] = NUMBERED
        else:
            return Performed(result_id=sent.message_id, conversation=left)
    text = Outgoing(text=numbered(work["text"], options))
    sent = await desk.gateway.send(conversation, text)
    return Performed(result_id=sent.message_id, conversation=left, memo=memo)


def _buttons_may_work(desk: Desk, remembered: str) -> bool:
    if desk.quick_replies != "auto":
        return desk.quick_replies == BUTTONS
    able = Capability.QUICK_REPLIES in desk.gateway.capabilities
    return able and desk.memo(remembered) != NUMBERED


def _with_menu(work: Mapping[str, Any], desk: Desk, state: ConversationState) -> ConversationState:
    lasts_s = work.get("expires_s")
    menu = Menu(
        name=work["menu"],
        options=_options(work),
        sent_at=desk.now,
        expires_at=None if lasts_s is None else desk.now + timedelta(seconds=lasts_s),
    )
    return replace(state, menu=menu)


def _option(option: Option, values: View) -> dict[str, str]:
    title = " ".join(said(option.title, values).split())
    return {"title": title, "payload": option.payload or title}


def _options(work: Mapping[str, Any]) -> tuple[QuickReply, ...]:
    written = work.get("quick_replies") or ()
    return tuple(QuickReply(option["title"], option["payload"]) for option in written)


def languages_below(field: str, key: str) -> str:
    """The hint for a language where a key was expected; "" where it is none."""
    if not _LANGUAGE.fullmatch(key):
        return ""
    return f"languages stand below '{field}': {field}: {{ {key}: … }}"


def _words(text: str) -> str:
    return " ".join(text.split())
