"""Menus: what a customer's message picks, and how a menu looks without buttons."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.build import NOW, message
from worker.actions.menu import numbered, pick
from worker.model.chat import QuickReply
from worker.model.facts import Pick
from worker.model.state import Menu

OPTIONS = (
    QuickReply("Prices", "price"),
    QuickReply("營業時間", "opening"),
    QuickReply("7", "seven"),
)
MENU = Menu(name="main", options=OPTIONS, sent_at=NOW)


@pytest.mark.parametrize(
    ("typed", "payload"),
    [
        ("1", "price"),
        ("2", "opening"),
        ("２", "opening"),
        ("๒", "opening"),
        ("٢", "opening"),
        ("2.", "opening"),
        ("2)", "opening"),
        ("(2)", "opening"),
        (" 2 。", "opening"),
        ("2、", "opening"),
        ("#2", "opening"),
        ("prices", "price"),
        ("PRICES", "price"),
        ("營業時間", "opening"),
        ("营业时间", "opening"),
        ("opening", "opening"),
        ("7", "seven"),
        ("0", None),
        ("4", None),
        ("22", None),
        ("2 please", None),
        ("prices please", None),
        ("", None),
    ],
)
def test_typed_numbers_titles_and_payloads_pick(typed: str, payload: str | None) -> None:
    """On channels without buttons people type what they see, in their own script."""
    picked = pick(MENU, message(typed), NOW)
    assert (picked.payload if picked else None) == payload
    assert picked is None or picked.menu == "main"


def test_a_pressed_button_picks_whoevers_menu_it_was() -> None:
    """Menus of the vendor's own bot, and buttons of last week, are pressed too."""
    pressed = message("", type="quick_reply", title="Prices", payload="price")
    assert pick(MENU, pressed, NOW) == Pick("main", "Prices", "price")
    foreign = message("", type="quick_reply", title="Red", payload="0_demo")
    assert pick(MENU, foreign, NOW) == Pick("", "Red", "0_demo")
    assert pick(None, foreign, NOW) == Pick("", "Red", "0_demo")


def test_a_button_without_payload_picks_by_its_title() -> None:
    """Some channels send back only what was written on the button."""
    pressed = message("", type="quick_reply", title="prices")
    assert pick(MENU, pressed, NOW) == Pick("main", "prices", "price")


def test_an_expired_menu_is_not_picked_from_by_typing() -> None:
    """A "2" of next month is a quantity."""
    old = Menu(name="main", options=OPTIONS, sent_at=NOW, expires_at=NOW + timedelta(minutes=10))
    assert pick(old, message("2"), NOW + timedelta(minutes=9)) is not None
    assert pick(old, message("2"), NOW + timedelta(minutes=10)) is None


def test_without_a_menu_a_number_is_a_number() -> None:
    """Every "2" would be a pick."""
    assert pick(None, message("2"), NOW) is None
    assert pick(MENU, message("2", type="image"), NOW) is None


def test_a_menu_as_text_numbers_its_options() -> None:
    """The customer must see what to type."""
    assert numbered("Which?", OPTIONS[:2]) == "Which?\n1. Prices\n2. 營業時間"
