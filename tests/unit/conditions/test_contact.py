"""contact: who the customer is."""

from __future__ import annotations

from datetime import timedelta

from tests.build import CONTACT, NOW, facts
from tests.unit.conditions.asking import Told, answer, holds, read, told
from worker.model.chat import Contact
from worker.model.facts import Facts
from worker.model.verdict import Answer


def about(**fields: object) -> Facts:
    """Facts of this contact."""
    return facts(contact=Contact(id=CONTACT, **fields))  # type: ignore[arg-type]


def test_every_named_field_must_match() -> None:
    """A rule for Thai customers without e-mail would fire on either."""
    rule = "contact: {language: th, email: {empty: true}}"
    assert holds(rule, about(language="th"))
    assert not holds(rule, about(language="th", email="a@b.c"))
    assert not holds(rule, about(language="vi"))


def test_times_and_own_fields_of_the_platform() -> None:
    """What a platform has beyond the neutral names could not be asked for."""
    new = about(created_at=NOW - timedelta(hours=1), extra={"level": 4})
    assert holds("contact: {created_at: {newer_than: 1d}, extra.level: {gte: 4}}", new)
    assert not holds("contact: {extra.level: {gte: 5}}", new)
    assert holds("contact: {extra.other: {empty: true}}", new)


def test_an_unknown_contact_is_undecided() -> None:
    """`email: {empty: true}` would fire because the contact could not be read."""
    assert answer("contact: {email: {empty: true}}", facts(contact=None)) is Answer.UNDECIDED


def test_a_value_of_another_type_is_undecided_and_says_so() -> None:
    """A trace would say no where nothing was compared."""
    verdict = read("contact: {extra.level: {gt: 3}}").decide(about(extra={"level": "four"}))
    assert verdict.answer is Answer.UNDECIDED
    assert verdict.because == "extra.level: it is a text and cannot be compared with 3"


def test_a_field_that_says_no_decides_over_one_that_cannot_be_compared() -> None:
    """Three-valued logic inside one condition is the same as between conditions."""
    verdict = read("contact: {extra.level: {gt: 3}, language: th}").decide(
        about(extra={"level": "four"}, language="vi")
    )
    assert verdict.answer is Answer.NO


def test_all_mistakes_are_told_at_once() -> None:
    """An author would mend them one run at a time."""
    written = (
        "contact: {phone: x, lang: th, email: {ends_wiht: x}, phone_number: 123, tags: vip, "
        "created_at: x}"
    )
    assert told(written) == [
        Told(
            ("contact", "phone"),
            "'phone' is no field of a contact",
            "did you mean 'phone_number'?",
        ),
        Told(("contact", "lang"), "'lang' is no field of a contact", "did you mean 'language'?"),
        Told(
            ("contact", "email", "ends_wiht"),
            "unknown key 'ends_wiht'",
            "did you mean 'ends_with'?",
        ),
        Told(("contact", "phone_number"), "expected a text (quote it), found a number"),
        Told(
            ("contact", "tags"), "'tags' is no field of a contact", "ask with the condition 'tag'"
        ),
        Told(
            ("contact", "created_at"),
            "'equals' does not fit a time field",
            "known: after, before, empty, newer_than, older_than",
        ),
    ]


def test_it_needs_fields() -> None:
    """An empty condition would hold for everybody."""
    assert told("contact: {}")[0].message == "expected a mapping of fields, found nothing"
    assert told("contact: vip")[0].message == "expected a mapping of fields, found a text"
