"""tag: marks on the contact; the ledger is the truth, the remark a mirror."""

from __future__ import annotations

import pytest

from tests.build import CONTACT
from tests.unit.actions.desk import FakeDesk, FakeGateway, done, refusal, told
from worker.actions.remark import joined, retagged, rewritten, split
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.chat import Contact
from worker.model.gateway import Capability
from worker.model.state import ContactState


def desk_with(remark: str, *tags: str, **more: object) -> FakeDesk:
    """A desk with a contact of this remark and these tags."""
    gateway = FakeGateway(Contact(id=CONTACT, remark=remark))
    state = ContactState(id=CONTACT, tags=frozenset(tags))
    return FakeDesk(gateway, contact=state, **more)  # type: ignore[arg-type]


async def test_tags_are_kept_and_shown() -> None:
    """Rules ask the ledger, colleagues look at the remark."""
    desk = desk_with("called on Monday")
    performed = await done("tag: [vip, asked-price]", desk)
    assert performed.contact is not None
    assert performed.contact.tags == {"vip", "asked-price"}
    shown = "called on Monday #asked-price #vip"
    assert desk.calls == [("update_contact", CONTACT, {"remark": shown})]
    assert performed.contact.contact is not None
    assert performed.contact.contact.remark == shown


async def test_doing_it_twice_writes_once() -> None:
    """An unknown outcome is simply tried again: the remark would grow."""
    desk = desk_with("", "vip")
    await done("tag: asked", desk)
    desk.gateway.calls.clear()
    await done("tag: asked", desk)
    assert desk.calls == []


async def test_removing_leaves_what_people_wrote() -> None:
    """A colleague's own #word is not the worker's to take away."""
    desk = desk_with("VIP since 2020 #urgent #lead #new", "lead", "new")
    performed = await done("tag: {add: customer, remove: [lead, new]}", desk)
    assert performed.contact is not None
    assert performed.contact.tags == {"customer"}
    expected = {"remark": "VIP since 2020 #urgent #customer"}
    assert desk.calls == [("update_contact", CONTACT, expected)]


async def test_without_a_mirror_only_the_ledger_knows() -> None:
    """Teams that use remarks for something else could not use tags."""
    for desk in (
        desk_with("", tag_field="none"),
        FakeDesk(FakeGateway(capabilities=frozenset({Capability.SEND}))),
    ):
        performed = await done("tag: vip", desk)
        assert performed.contact is not None
        assert performed.contact.tags == {"vip"}
        assert desk.gateway.calls == []


async def test_a_mirror_that_is_refused_for_good_does_not_lose_the_tag() -> None:
    """A rule would answer a second time because a remark could not be written."""
    desk = desk_with("")
    desk.gateway.fails["update_contact"] = refusal(Fault.REJECTED)
    performed = await done("tag: vip", desk)
    assert performed.contact is not None
    assert performed.contact.tags == {"vip"}
    assert performed.error == "the tags are not shown to people: refused"


async def test_a_mirror_that_fails_for_now_is_tried_again() -> None:
    """The mirror would stay wrong until the next tag."""
    desk = desk_with("")
    lost = GatewayError(Fault.TIMEOUT, "no answer", took_effect=TookEffect.MAYBE)
    desk.gateway.fails["update_contact"] = lost
    with pytest.raises(GatewayError):
        await done("tag: vip", desk)


async def test_a_contact_not_met_before_gets_a_state() -> None:
    """The first message's tag would be lost."""
    performed = await done("tag: vip", FakeDesk(contact=None))
    assert performed.contact is not None
    assert performed.contact.id == CONTACT


@pytest.mark.parametrize(
    ("remark", "tags", "gone", "expected"),
    [
        ("", {"a"}, set(), "#a"),
        ("", set(), {"a"}, ""),
        ("text", {"a"}, set(), "text #a"),
        ("text ", set(), set(), "text "),
        ("text\n", set(), {"x"}, "text\n"),
        ("text #a", {"a"}, set(), "text #a"),
        ("text #b #a", {"a", "b"}, set(), "text #b #a"),
        ("text #a #a", {"a"}, set(), "text #a"),
        ("text #a", set(), {"a"}, "text"),
        ("#a text", {"a"}, set(), "#a text #a"),
        ("a#a", {"a"}, set(), "a#a #a"),
        ("two\nlines #a", {"a", "b"}, set(), "two\nlines #a #b"),
        ("text #own #a", {"b"}, {"a"}, "text #own #b"),
        ("text #a #own", {"b"}, {"a"}, "text #own #b"),
        ("ลูกค้า #ด่วน", {"ด่วน"}, set(), "ลูกค้า #ด่วน"),
    ],
)
def test_the_end_of_a_remark(remark: str, tags: set[str], gone: set[str], expected: str) -> None:
    """What people wrote is not the worker's, to the letter."""
    assert retagged(remark, tags, gone) == expected


def test_splitting_joining_and_rewriting() -> None:
    """`update_contact: {remark}` would lose the tags, or keep them twice."""
    assert split("text #a", {"a"}) == ("text", ("a",))
    assert joined("text", {"b", "a"}) == "text #a #b"
    assert rewritten("old #a", "new", {"a", "b"}) == "new #a"
    assert rewritten("old", "new", {"a"}) == "new"
    assert rewritten("old #a", "", {"a"}) == "#a"


def test_mistakes_are_told() -> None:
    """A tag that is no word cannot be shown as one."""
    assert told("tag: two words")[0].hint == "write two-words"
    assert told("tag: {add: a, remove: a}")[0].message == "'a' is both added and removed"
    assert told("tag: {}")[0].message == "no tag is named"
