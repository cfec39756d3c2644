"""Who writes what in the demo, and what each of them must get: written before anything runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Customer:
    """One scripted customer.

    Args:
        answers: how many answers the customer must get over the whole demo, no more and no fewer.
        speaks: the language every answer must be in, by its script.
        tag: a tag the contact must bear at the end.
        menu: one of the answers must be a menu with quick replies.
    """

    name: str
    channel: str
    language: str
    answers: int
    speaks: str
    tag: str = ""
    menu: bool = False


EMMA = Customer("Emma", "web", "en", 1, "en", tag="asked-price")
MING = Customer("阿明", "whatsapp", "zh-HK", 1, "zh-Hant", tag="asked-price")
LI = Customer("小李", "wechat", "zh-CN", 1, "zh-Hans", tag="asked-price")
LAN = Customer("Lan", "facebook", "vi", 1, "vi", tag="asked-price")
SOMCHAI = Customer("สมชาย", "line", "th", 1, "th", tag="asked-price")
NOAH = Customer("Noah", "web", "en", 2, "en", menu=True)
GRACE = Customer("Grace", "whatsapp", "en", 0, "en")
HANA = Customer("Hana", "web", "en", 1, "en", tag="asked-price")

CUSTOMERS = (EMMA, MING, LI, LAN, SOMCHAI, NOAH, GRACE, HANA)


@dataclass(frozen=True, slots=True)
class Line:
    """A customer writes."""

    who: Customer
    text: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A customer taps the option with this number, from 1."""

    who: Customer
    number: int


@dataclass(frozen=True, slots=True)
class AgentLine:
    """A person of the team writes in a customer's conversation."""

    who: Customer
    text: str


@dataclass(frozen=True, slots=True)
class Crash:
    """The gateway stores the next message, never says so, and is gone for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Await:
    """Goes on when these customers have so many answers, or after some seconds."""

    answers: tuple[tuple[Customer, int], ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody writes for some seconds: an answer that must not come would come now."""

    seconds: float


Beat = Line | Pick | AgentLine | Crash | Await | Silence


@dataclass(frozen=True, slots=True)
class Scene:
    """A few beats under one heading."""

    title: str
    beats: tuple[Beat, ...]


SCENES = (
    Scene(
        "Five customers ask the same in five languages",
        (
            Line(EMMA, "Hi! How much is it?"),
            Line(MING, "你好，想問下幾錢呀？"),
            Line(LI, "请问多少钱？"),
            Line(LAN, "Cho mình hỏi gia bao nhieu vay?"),
            Line(SOMCHAI, "อยากทราบราคาครับ"),
            Await(((EMMA, 1), (MING, 1), (LI, 1), (LAN, 1), (SOMCHAI, 1))),
        ),
    ),
    Scene(
        "A menu of quick replies, and a pick",
        (
            Line(NOAH, "menu please"),
            Await(((NOAH, 1),)),
            Pick(NOAH, 1),
            Await(((NOAH, 2),)),
        ),
    ),
    Scene(
        "A person takes over: the worker falls silent",
        (
            AgentLine(GRACE, "Hello Grace, this is Peter from the team."),
            Silence(1.5),
            Line(GRACE, "Great, how much is it?"),
            Silence(6.0),
        ),
    ),
    Scene(
        "The gateway crashes while an answer is on its way",
        (
            Crash(5.0),
            Line(HANA, "What is the price?"),
            Await(((HANA, 1),)),
            Silence(3.0),
        ),
    ),
)
