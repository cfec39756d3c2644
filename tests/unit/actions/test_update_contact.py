"""update_contact: what is learned of the customer is written down."""

from __future__ import annotations

import pytest

from tests.build import CONTACT, facts
from tests.unit.actions.desk import FakeDesk, FakeGateway, done, told, work
from tests.unit.conditions.asking import Told
from worker.model.action import RenderError
from worker.model.chat import Contact
from worker.model.state import ContactState


def desk_with(*tags: str, **fields: str) -> FakeDesk:
    """A desk with this contact."""
    contact = Contact(id=CONTACT, **fields)  # type: ignore[arg-type]
    return FakeDesk(FakeGateway(contact), contact=ContactState(id=CONTACT, tags=frozenset(tags)))


async def test_only_what_differs_is_written() -> None:
    """A colleague's change of another field would be undone."""
    desk = desk_with(email="a@b.c", language="en")
    written = "update_contact: {fields: {email: a@b.c, language: '{{ message.language }}'}}"
    performed = await done(written, desk, facts("สวัสดีค่ะ"))
    assert desk.calls == [("update_contact", CONTACT, {"language": "th"})]
    assert performed.contact is not None
    assert performed.contact.contact is not None
    assert performed.contact.contact.language == "th"


async def test_nothing_is_written_where_nothing_differs() -> None:
    """Every message of a customer would be a write."""
    desk = desk_with(email="a@b.c")
    await done("update_contact: {fields: {email: a@b.c}}", desk)
    assert desk.calls == []


async def test_only_if_empty_keeps_what_is_there() -> None:
    """An address typed for a friend would replace the customer's own."""
    desk = desk_with(email="own@b.c")
    fields = "{email: '{{ found.email }}', phone_number: '1'}"
    written = f"update_contact: {{fields: {fields}, only_if_empty: true}}"
    await done(written, desk, email="new@b.c")
    assert desk.calls == [("update_contact", CONTACT, {"phone_number": "1"})]


async def test_the_remark_keeps_its_tag_words() -> None:
    """Tags would vanish from where colleagues see them."""
    desk = desk_with("vip", remark="old words #vip")
    await done("update_contact: {fields: {remark: new words}}", desk)
    assert desk.calls == [("update_contact", CONTACT, {"remark": "new words #vip"})]
    tags_only = desk_with("vip", remark="#vip")
    await done("update_contact: {fields: {remark: first}, only_if_empty: true}", tags_only)
    assert tags_only.calls == [("update_contact", CONTACT, {"remark": "first #vip"})]


def test_a_value_that_is_missing_stops_it() -> None:
    """An empty field would be written over a full one."""
    with pytest.raises(RenderError):
        work("update_contact: {fields: {email: '{{ found.email }}'}}")


def test_mistakes_are_told_all_at_once() -> None:
    """A field that cannot be written would be found out with a customer."""
    written = (
        "update_contact: {fields: {emial: x, tags: y, created_at: z, email: 3, title: '{{ x }}'}}"
    )
    assert told(written) == [
        Told(
            ("update_contact", "fields", "emial"),
            "'emial' is no field that can be changed",
            "did you mean 'email'?",
        ),
        Told(
            ("update_contact", "fields", "tags"),
            "'tags' is no field that can be changed",
            "use the action 'tag'",
        ),
        Told(
            ("update_contact", "fields", "created_at"),
            "'created_at' is no field that can be changed",
            "the platform keeps this field itself",
        ),
        Told(
            ("update_contact", "fields", "email"),
            "expected a text, found a number",
            "quote numbers, true and false",
        ),
        Told(
            ("update_contact", "fields", "title"),
            "unknown name 'x'",
            told("reply: '{{ x }}'")[0].hint,
            3,
        ),
    ]
