"""Whole ledger cycles a second: receive, plan, claim, settle, each durable before the next.

Run: python -m benchmarks.ledger_cycles [--seconds 3] [--callers 64] [--rounds 3]

Both ways do the same calls from the same number of callers on the same disk, taken in turns:
`grouped` is the ledger as it runs; `one by one` gives every call a transaction of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from worker.clock import SystemClock
from worker.ledger.calls import Call
from worker.ledger.group import Outcome
from worker.ledger.sqlite import SqliteLedger
from worker.ledger.writer import Writer
from worker.model.action import Guards, Intent, IntentState
from worker.model.chat import Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.ids import (
    AccountId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
    RuleId,
)
from worker.model.ledger import Firing, Planned, Receipt, Settlement
from worker.model.state import ConversationState
from worker.model.verdict import Answer, Reason, RuleTrace, Trace, Verdict

CLOCK = SystemClock()
ACCOUNT = AccountId("acc_benchmark")
NOW = datetime(2025, 1, 1, tzinfo=UTC)
RULE = RuleId("opening-hours")
TRACE = Trace((RuleTrace(RULE, Reason.MATCHED, "", (Verdict(Answer.YES, "text", "'open' at 8"),)),))
CONTEXT = {"kinds": ["message.received"], "text": "are you open today?", "tags": ["vip"]}


class OneByOne(Writer):
    """Every call its own transaction, as a ledger without group commit would do it."""

    def commit(self, calls: Sequence[Call]) -> Sequence[Outcome]:
        """Each call is durable before the next is begun."""
        return [outcome for call in calls for outcome in super(OneByOne, self).commit([call])]


def _event(name: str, conversation_id: ConversationId) -> Event:
    message = Message(
        id=MessageId(f"msg_{name}"),
        conversation_id=conversation_id,
        sender=Sender.CUSTOMER,
        text="Hello, are you open today?",
        created_at=NOW,
    )
    return Event(
        id=EventId(f"message:{message.id}"),
        account=ACCOUNT,
        kind=EventKind.MESSAGE_RECEIVED,
        at=NOW,
        conversation_id=conversation_id,
        message=message,
    )


def _planned(event: Event, key: IntentKey, conversation_id: ConversationId) -> Planned:
    intent = Intent(
        key=key,
        account=ACCOUNT,
        lane=conversation_id,
        event_id=event.id,
        rule_id=RULE,
        position=0,
        kind="reply",
        visible=True,
        work={"text": "Yes, until 18:00.", "quick_replies": []},
        guards=Guards(human_quiet=timedelta(minutes=30)),
        event_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        created_at=NOW,
        conversation_id=conversation_id,
    )
    return Planned(
        account=ACCOUNT,
        events=(event.id,),
        at=NOW,
        trace=TRACE,
        intents=(intent,),
        firings=(Firing(RULE, NOW, conversation_id),),
        context=CONTEXT,
    )


async def _caller(ledger: SqliteLedger, number: int, until: float) -> int:
    conversation_id = ConversationId(f"conv_{number}")
    state = ConversationState(conversation=Conversation(id=conversation_id), last_customer_at=NOW)
    cycles = 0
    while CLOCK.monotonic() < until:
        name = f"{number}_{cycles}"
        event = _event(name, conversation_id)
        key = IntentKey(f"{hash(name) & 0xFFFFFFFFFFFFFFFF:016x}{name}")
        await ledger.receive(Receipt(account=ACCOUNT, events=(event,), conversations=(state,)))
        await ledger.plan([_planned(event, key, conversation_id)])
        await ledger.claim([key], NOW)
        result_id = MessageId(f"msg_r{name}")
        await ledger.settle(
            [Settlement(key=key, state=IntentState.DONE, at=NOW, result_id=result_id)]
        )
        cycles += 1
    return cycles


async def _rate(directory: Path, writer: type[Writer], callers: int, seconds: float) -> float:
    ledger = SqliteLedger(directory / f"{writer.__name__}.db", writer=writer)
    await ledger.open()
    began = CLOCK.monotonic()
    counts = await asyncio.gather(
        *(_caller(ledger, number, began + seconds) for number in range(callers))
    )
    rate = sum(counts) / (CLOCK.monotonic() - began)
    await ledger.close()
    return rate


def main() -> None:
    """The rates of both ways and their ratio are printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--callers", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    ways: dict[str, type[Writer]] = {"grouped": Writer, "one by one": OneByOne}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(chosen.rounds):
        for name, writer in ways.items():
            # Not in /tmp's memory file system: a sync that costs nothing would prove nothing.
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
                rate = uvloop.run(_rate(Path(directory), writer, chosen.callers, chosen.seconds))
            rates[name].append(rate)
            print(f"{name:>10}: {rate:8,.0f} cycles/s")
    middle = {name: statistics.median(found) for name, found in rates.items()}
    for name, rate in middle.items():
        print(f"{name:>10}: {rate:8,.0f} cycles/s, median of {chosen.rounds}")
    print(f"group commit is {middle['grouped'] / middle['one by one']:.1f} times as fast")


if __name__ == "__main__":
    main()
