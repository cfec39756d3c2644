"""Which contacts are being written to: a read beside it says nothing."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.ledger.nouns import event, intent
from worker.model.ids import ContactId, IntentKey
from worker.sources.writing import ContactWrites

ONE = ContactId("con_1")
TAG = replace(intent(event(1), work={}), kind="tag", contact_id=ONE)


def test_a_contact_is_not_quiet_until_every_write_to_it_has_ended() -> None:
    """Of two writes at once, the second one's effect would be told as a colleague's."""
    writes = ContactWrites()
    other = replace(TAG, key=IntentKey("other"))
    writes.begun(TAG)
    writes.begun(other)
    writes.ended(TAG)
    assert not writes.quiet_since(ONE, writes.moment)
    writes.ended(other)
    assert writes.quiet_since(ONE, writes.moment)


def test_a_read_that_began_before_a_write_ended_is_not_believed() -> None:
    """A slow page shows the contact as it was: its old value would be told, then ours as new."""
    writes = ContactWrites()
    writes.begun(TAG)
    before = writes.moment
    writes.ended(TAG)
    assert not writes.quiet_since(ONE, before)
    assert writes.quiet_since(ONE, writes.moment)
    assert writes.quiet_since(ContactId("con_2"), before)


def test_only_what_writes_to_contacts_counts() -> None:
    """A webhook that is retried for minutes would hold back the contact's changes."""
    writes = ContactWrites()
    writes.begun(replace(TAG, kind="webhook"))
    assert writes.quiet_since(ONE, writes.moment)
