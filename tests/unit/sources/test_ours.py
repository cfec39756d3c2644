"""Whose message is it: this worker's own, also while it is being settled."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

from tests.clocks import HandClock
from tests.unit.ledger.nouns import ACCOUNT, event, intent
from worker.ledger.memory import MemoryLedger
from worker.model.chat import Message, Sender
from worker.model.gateway import Gateway
from worker.model.ids import AccountId, MessageId
from worker.sources.memory import Memory
from worker.sources.reader import ConversationReader
from worker.sources.start import Start

SENT = intent(event(1), work={"kind": "text", "text": "hello"})
OURS = MessageId("msg_ours")
GATEWAY = cast("Gateway", SimpleNamespace(identity=SimpleNamespace(user_id="")))


class SettledMeanwhile(MemoryLedger):
    """While it looks for what is settled, the intent under way is settled."""

    memory: Memory

    async def accounted(self, account: AccountId, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        """What was known when it was asked."""
        self.memory.ended(SENT, OURS)
        return frozenset()


async def test_a_message_settled_while_it_is_asked_for_is_still_ours() -> None:
    """After a crash our own message, just found, would pass for a person's: 30 min of silence."""
    ledger = SettledMeanwhile()
    memory = ledger.memory = Memory(ledger, ACCOUNT)
    reader = ConversationReader(GATEWAY, ledger, memory, HandClock(), Start("now"))
    memory.begun(SENT)
    assert SENT.conversation_id is not None
    ours = Message(id=OURS, conversation_id=SENT.conversation_id, sender=Sender.TEAM, text="hello")
    other = Message(
        id=MessageId("msg_2"), conversation_id=SENT.conversation_id, sender=Sender.TEAM, text="I am"
    )
    assert await reader._ours([ours, other]) == {OURS}
