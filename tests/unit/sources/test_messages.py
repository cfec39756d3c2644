"""Which of the conversations that moved are read now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from tests.build import CONVERSATION
from tests.clocks import HandClock
from tests.unit.ledger.nouns import ACCOUNT, event, intent
from worker.ledger.memory import MemoryLedger
from worker.model.chat import Conversation
from worker.model.ids import MessageId
from worker.sources.memory import Memory
from worker.sources.messages import OWN_WAIT_S, MessageSource
from worker.sources.start import Start

OURS, THEIRS = MessageId("msg_ours"), MessageId("msg_theirs")
MOVED = Conversation(id=CONVERSATION, latest_message_id=OURS)


def source(clock: HandClock, *, answering: bool) -> MessageSource:
    """A source whose conversation was just read; its newest message is known to be ours."""
    memory = Memory(MemoryLedger(), ACCOUNT)
    memory.ended(intent(event(1)), OURS)
    memory.readings.read(CONVERSATION, clock.monotonic())
    made = MessageSource(cast("Any", None), MemoryLedger(), memory, clock, Start("now"))
    made.is_answering = lambda _one: answering
    return made


def test_our_own_answer_is_no_reason_to_read_while_the_next_one_waits() -> None:
    """Each answer moves its conversation: a long queue would cost a page for each answer in it."""
    clock = HandClock()
    made = source(clock, answering=True)
    assert not made._is_worth(MOVED)
    clock.pass_by(OWN_WAIT_S)
    assert made._is_worth(MOVED)


def test_what_anybody_else_wrote_is_read_at_once() -> None:
    """A person who takes over, or a customer who writes again, would be seen two seconds late."""
    made = source(HandClock(), answering=True)
    assert made._is_worth(replace(MOVED, latest_message_id=THEIRS))
    assert made._is_worth(replace(MOVED, latest_message_id=None))


def test_the_last_answer_is_followed_by_a_read() -> None:
    """Nothing else would move the conversation again, and what stands above it be never seen."""
    assert source(HandClock(), answering=False)._is_worth(MOVED)
