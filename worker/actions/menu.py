"""Menus: numbered text for channels without buttons, and what a customer's message picks."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from worker.model.chat import Message, QuickReply
from worker.model.facts import Pick
from worker.model.state import Menu
from worker.text.normalise import normalise

# A number by itself, as people type it: 2, 2. 2) (2) 2、 #2
_NUMBER = re.compile(r"[(#\[]?\s?(\d{1,3})\s?[).\]、:,。]?")


def pick(menu: Menu | None, message: Message, now: datetime) -> Pick | None:
    """The option that `message` chooses; None where it chooses none.

    A `quick_reply` message is a pick by itself, whoever's menu it was; a typed number, title or
    payload is one only of the last menu this worker sent, until that expires.

    Args:
        menu: the last one sent in the conversation.
        now: platform time.
    """
    if menu is not None and menu.expires_at is not None and now >= menu.expires_at:
        menu = None
    if message.type == "quick_reply":
        return _pressed(menu, message)
    if menu is None or message.type != "text":
        return None
    option = _typed(menu, message.text)
    return Pick(menu.name, option.title, option.payload) if option else None


def _pressed(menu: Menu | None, message: Message) -> Pick:
    title = message.title or message.text
    for option in menu.options if menu else ():
        same_payload = bool(message.payload) and message.payload == option.payload
        same_title = not message.payload and _plain(title) == _plain(option.title)
        if menu is not None and (same_payload or same_title):
            return Pick(menu.name, title or option.title, option.payload)
    return Pick("", title, message.payload)


def _typed(menu: Menu, text: str) -> QuickReply | None:
    """The option of that title or payload, else of that number: a title may itself be a number."""
    typed = _plain(text)
    if not typed:
        return None
    for option in menu.options:
        if typed in {_plain(option.title), _plain(option.payload)}:
            return option
    number = _NUMBER.fullmatch(typed)
    if number and 1 <= int(number[1]) <= len(menu.options):
        return menu.options[int(number[1]) - 1]
    return None


def _plain(text: str) -> str:
    return normalise(text).plain


def numbered(text: str, options: tuple[QuickReply, ...]) -> str:
    """The menu as text, an option a line; every channel can carry it."""
    lines = [f"{number}. {option.title}" for number, option in enumerate(options, start=1)]
    return "\n".join([text, *lines] if text else lines)


def same_words(one: str, other: str) -> bool:
    """Two texts are one message: platforms change Unicode forms and white space on the way."""
    return _squeezed(one) == _squeezed(other)


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
