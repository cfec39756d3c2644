"""What counts as a change of a contact, and whose change it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.model.action import Wrote
from worker.model.chat import CONTACT_TEXTS, Contact
from worker.model.ids import ContactId
from worker.sources.imprint import accounted, changes, imprint_of, read_imprint

ANN = Contact(id=ContactId("con_1"), first_name="Ann", display_name="Ann", remark="vip")


def wrote(after: Contact, *fields: str, before: Contact = ANN, again: bool = False) -> Wrote:
    """An action changed the contact so."""
    return Wrote(before, after, frozenset(fields), again=again)


def test_a_mark_is_read_back_as_it_was_written() -> None:
    """After a restart every contact would look changed."""
    imprint = imprint_of(ANN, told=7)
    assert read_imprint(str(imprint)) == imprint
    assert read_imprint("") is None


def test_a_mark_made_of_other_fields_keeps_its_count() -> None:
    """A version that knows one more field would tell every contact, or use an id twice."""
    imprint = read_imprint(str(imprint_of(ANN, told=7))[:-8])
    assert imprint is not None
    assert imprint.told == 7
    assert changes(imprint, replace(ANN, remark="")) == ()


@pytest.mark.parametrize("name", CONTACT_TEXTS)
def test_every_text_of_a_contact_counts(name: str) -> None:
    """A rule on changes would be blind to one of the fields that it can ask for."""
    assert changes(imprint_of(ANN), replace(ANN, **{name: "other"})) == (name,)  # type: ignore[arg-type]


def test_being_seen_is_no_change() -> None:
    """Every message of a customer moves `last_seen`: each would be told as a changed contact."""
    seen = datetime(2026, 10, 5, tzinfo=UTC)
    moved = replace(ANN, last_seen=seen, updated_at=seen, extra={"position": "chief"})
    assert changes(imprint_of(ANN), moved) == ()


def test_what_the_worker_wrote_is_no_news() -> None:
    """A rule on changes would answer its own update for ever."""
    after = replace(ANN, remark="vip #new")
    imprint = read_imprint(accounted(str(imprint_of(ANN, told=2)), wrote(after, "remark")))
    assert imprint == imprint_of(after, told=2)


def test_what_the_platform_makes_of_it_is_no_news_either() -> None:
    """A new first name changes the display name too: that would look like a colleague's edit."""
    after = replace(ANN, first_name="Bea", display_name="Bea")
    once = accounted(str(imprint_of(ANN)), wrote(after, "first_name"))
    again = accounted(str(imprint_of(ANN)), wrote(after, "first_name", before=after, again=True))
    assert once == again == str(imprint_of(after))


def test_what_a_colleague_changed_before_the_write_is_still_news() -> None:
    """Their change would be taken for ours, with the record that was read for writing."""
    before = replace(ANN, email="a@example.com")
    after = replace(before, remark="vip #new")
    imprint = read_imprint(accounted(str(imprint_of(ANN)), wrote(after, "remark", before=before)))
    assert imprint is not None
    assert changes(imprint, after) == ("email",)


def test_a_first_attempt_takes_nothing_it_found_for_its_own() -> None:
    """A value that a colleague wrote before us, the same as ours, would never be told."""
    after = replace(ANN, remark="vip #new")
    imprint = read_imprint(accounted(str(imprint_of(ANN)), wrote(after, "remark", before=after)))
    assert imprint is not None
    assert changes(imprint, after) == ("remark",)


def test_without_a_mark_nothing_is_accounted() -> None:
    """Accounts without rules on contacts would begin to remember them at the first tag."""
    assert accounted("", wrote(replace(ANN, remark=""), "remark")) == ""
