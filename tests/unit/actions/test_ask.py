"""ask: a question to the customer."""

from __future__ import annotations

from tests.build import facts
from tests.unit.actions.desk import RULE, FakeDesk, done, our, read, told, work
from worker.actions import ACTIONS_BY_KIND
from worker.actions.ask import AskAction
from worker.model.chat import QuickReply
from worker.model.gateway import Outgoing

MENU = "ask: {text: Where to, again: Choose one, quick_replies: [{title: HK, payload: hk}, Hanoi]}"


async def test_it_is_sent_as_a_reply_is() -> None:
    """A question without its buttons, or without its menu, has no answers to pick."""
    desk = FakeDesk()
    performed = await done(MENU, desk)
    options = (QuickReply("HK", "hk"), QuickReply("Hanoi", "Hanoi"))
    assert desk.sent == [Outgoing(type="response", text="Where to", quick_replies=options)]
    assert performed.conversation is not None
    assert performed.conversation.menu is not None
    assert performed.conversation.menu.name == "my-rule"


def test_it_is_found_again_by_its_words() -> None:
    """After a crash the conversation tells whether it was asked."""
    ask = ACTIONS_BY_KIND["ask"]
    assert ask.recognises(work("ask: Your name?"), our("Your name?"))
    assert not ask.recognises(work("ask: Your name?"), our("Your number?"))


def test_it_is_asked_again_in_other_words() -> None:
    """The same question twice tells nobody what was wrong with the answer."""
    action = read(MENU).action
    assert isinstance(action, AskAction)
    assert action.once_more(facts(), RULE, {})["text"] == "Choose one"
    plain = read("ask: {text: Number, extract: {email: true}}").action
    assert isinstance(plain, AskAction)
    assert plain.once_more(facts(), RULE, {})["text"] == "Number"
    assert plain.finds() == {"email"}


def test_mistakes_are_told() -> None:
    """Keys that do nothing are keys that were meant to do something."""
    assert told("ask: {text: Well, again: Sorry}")
    assert told("ask: {text: Well, menu: main}")
    assert told("ask: {text: Well, timeout: 0s}")
    assert told("ask: {text: Well, quick_replies: [A, A]}")
