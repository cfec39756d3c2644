"""The working copy: what two lanes change at once is both kept."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.ledger.nouns import ACCOUNT
from worker.ledger.memory import MemoryLedger
from worker.model.ids import ContactId
from worker.model.state import ContactState
from worker.sources.memory import Memory


def test_tags_that_two_lanes_set_at_once_are_both_kept() -> None:
    """A contact with two conversations would lose the tag that was shown first."""
    memory = Memory(MemoryLedger(), ACCOUNT)
    before = ContactState(id=ContactId("con_1"), tags=frozenset({"lead"}))
    memory.put_contacts(before)
    memory.merge_contact(before, replace(before, tags=frozenset({"lead", "asked-price"})))
    memory.merge_contact(before, replace(before, tags=frozenset({"customer"})))
    now = memory.remembered_contact(before.id)
    assert now is not None
    assert now.tags == {"customer", "asked-price"}
