"""The working copy: what two lanes change at once is both kept."""

from __future__ import annotations

from dataclasses import replace

from tests.build import CONVERSATION
from tests.unit.ledger.nouns import ACCOUNT
from worker.ledger.memory import MemoryLedger
from worker.model.chat import Conversation
from worker.model.ids import ContactId, MessageId
from worker.model.state import ContactState, ConversationState
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


def test_the_list_vouches_only_for_what_was_read() -> None:
    """A person's message that nobody has read would be thought not to be there."""
    memory = Memory(MemoryLedger(), ACCOUNT)
    state = ConversationState(conversation=Conversation(id=CONVERSATION))
    memory.put(state)
    memory.list_read_at = 100.0
    assert memory.age_s(CONVERSATION, 101.0) == float("inf")
    memory.put(replace(state, recent=(MessageId("msg_1"),)))
    assert memory.age_s(CONVERSATION, 101.0) == 1.0
    memory.unsettled.add(CONVERSATION)
    memory.readings.read(CONVERSATION, 98.0)
    assert memory.age_s(CONVERSATION, 101.0) == 3.0
    memory.readings.outdated(CONVERSATION, 101.0)
    assert memory.age_s(CONVERSATION, 101.0) == float("inf")
