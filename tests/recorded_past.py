"""A past for tests: a ledger as a worker with some rules would have left it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.clock import SystemClock
from worker.engine.history import History
from worker.engine.plan import decide
from worker.engine.recorded import Seen, facts_of
from worker.engine.standing import Standing
from worker.ledger.sqlite import SqliteLedger
from worker.model.action import Intent, IntentState
from worker.model.chat import Contact, Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ContactId, ConversationId, EventId, MessageId
from worker.model.ledger import Planned, Receipt, Settlement, visible_send
from worker.model.rule import RuleSet
from worker.model.state import ContactState, ConversationState
from worker.ruleset.load import load_rules

ACCOUNT = AccountId("imbrace")
DATABASE = Path("data/worker.db")
"""Where the default setting looks, from the working directory."""


@dataclass(frozen=True, slots=True)
class Said:
    """A customer's message, so many minutes after the first one."""

    who: str
    text: str
    minutes: float = 0.0


def record(rules: Path, *said: Said, file: Path = DATABASE) -> None:
    """The ledger holds these messages, decided by these rules, and every answer was sent.

    The first was an hour ago.
    """
    asyncio.run(_record(rules, said, file))


async def _record(rules: Path, said: Sequence[Said], file: Path) -> None:
    ruleset, history = load_rules(rules), History()
    begin = (SystemClock().now() - timedelta(hours=1)).replace(microsecond=0)
    ledger = SqliteLedger(file)
    await ledger.open()
    tags: dict[str, frozenset[str]] = {}
    for number, one in enumerate(said):
        seen = _seen(one, number, begin.astimezone(UTC), tags.get(one.who, frozenset()))
        planned = _decided(seen, ruleset, history)
        await ledger.receive(Receipt(account=ACCOUNT, events=seen.events))
        await ledger.plan([planned])
        await ledger.claim([intent.key for intent in planned.intents], planned.at)
        await ledger.settle([_done(intent) for intent in planned.intents])
        added = {tag for made in planned.intents if made.kind == "tag" for tag in made.work["add"]}
        tags[one.who] = tags.get(one.who, frozenset()) | added
    await ledger.close()


def _seen(one: Said, number: int, begin: datetime, tags: frozenset[str]) -> Seen:
    at = begin + timedelta(minutes=one.minutes)
    conversation, contact = ConversationId(f"conv_{one.who}"), ContactId(f"con_{one.who}")
    message = Message(
        id=MessageId(f"msg_{number}"),
        conversation_id=conversation,
        sender=Sender.CUSTOMER,
        sender_id=contact,
        text=one.text,
        created_at=at,
    )
    event = Event(
        id=EventId(f"message:{message.id}"),
        account=ACCOUNT,
        kind=EventKind.MESSAGE_RECEIVED,
        at=at,
        conversation_id=conversation,
        contact_id=contact,
        message=message,
    )
    chat = Conversation(id=conversation, contact_id=contact, status="active", channel="web")
    return Seen(
        event=event,
        events=(event,),
        at=at + timedelta(seconds=2),
        conversation=ConversationState(conversation=chat, opened=True),
        contact=ContactState(
            id=contact, contact=Contact(id=contact, display_name=one.who), tags=tags
        ),
        first_message=False,
    )


def _decided(seen: Seen, ruleset: RuleSet, history: History) -> Planned:
    standing = Standing(conversation=seen.conversation, contact=seen.contact, history=history)
    facts = facts_of(seen, ruleset.names)
    planned = decide(facts, [seen.event.id], ruleset.rules, ruleset, standing)
    history.fired(planned.firings)
    history.sending(visible_send(one, one.created_at) for one in planned.intents if one.visible)
    return planned


def _done(intent: Intent) -> Settlement:
    result = MessageId(f"sent_{intent.key}") if intent.visible else None
    at = intent.created_at + timedelta(seconds=1)
    return Settlement(key=intent.key, state=IntentState.DONE, at=at, result_id=result)
