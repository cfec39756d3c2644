"""Nouns to fill ledgers with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.model.action import Guards, Intent, IntentState
from worker.model.chat import Contact, Conversation, Message, QuickReply, Sender
from worker.model.event import Event, EventKind
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
    RuleId,
)
from worker.model.ledger import Firing, Planned, Receipt, Settlement
from worker.model.state import ContactState, ConversationState, Menu
from worker.model.verdict import Answer, Reason, RuleTrace, Trace, Verdict

ACCOUNT = AccountId("acc_1")
OTHER = AccountId("acc_2")
START = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
TRACE = Trace(
    (RuleTrace("greet", Reason.MATCHED, "", (Verdict(Answer.YES, "text", "saw 'hi'"),)),),
    note="one rule asked",
)


def at(seconds: float) -> datetime:
    """A platform time, so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def own_message(number: int) -> Event:
    """A message of our own side."""
    said = event(number)
    return replace(said, kind=EventKind.MESSAGE_SENT, ours=True)


def event(
    number: int,
    *,
    account: AccountId = ACCOUNT,
    conversation: str = "conv_1",
    history: bool = False,
    text: str = "hi",
) -> Event:
    """A customer's message."""
    conversation_id = ConversationId(conversation)
    return Event(
        id=EventId(f"message:msg_{number}"),
        account=account,
        kind=EventKind.MESSAGE_RECEIVED,
        at=at(number),
        conversation_id=conversation_id,
        contact_id=ContactId("con_1"),
        message=Message(
            id=MessageId(f"msg_{number}"),
            conversation_id=conversation_id,
            sender=Sender.CUSTOMER,
            text=text,
            quick_replies=(QuickReply("Yes", "yes"),),
            created_at=at(number),
        ),
        history=history,
    )


def receipt(*events: Event, **more: Any) -> Receipt:
    """A receipt of the events' account."""
    account = events[0].account if events else ACCOUNT
    return Receipt(account=account, events=events, **more)


def intent(of: Event, position: int = 0, **more: Any) -> Intent:
    """A reply planned on the event; its key says which."""
    fields: dict[str, Any] = {
        "key": IntentKey(f"{of.account}|{of.id}|{position}"),
        "account": of.account,
        "lane": of.conversation_id or "account",
        "event_id": of.id,
        "rule_id": RuleId("greet"),
        "position": position,
        "kind": "reply",
        "visible": True,
        "work": {"text": "hello", "options": [1, None, {"deep": True}]},
        "guards": Guards(human_quiet=timedelta(minutes=30)),
        "event_at": of.at,
        "expires_at": of.at + timedelta(hours=1),
        "created_at": of.at,
        "conversation_id": of.conversation_id,
        "contact_id": of.contact_id,
    }
    return Intent(**{**fields, **more})


def planned(*events: Event, intents: tuple[Intent, ...] = (), **more: Any) -> Planned:
    """A decision on the events."""
    fields: dict[str, Any] = {
        "account": events[0].account,
        "events": tuple(seen.id for seen in events),
        "at": events[-1].at,
        "trace": TRACE,
        "context": {"text": "hi", "numbers": [1, 2.5]},
        "intents": intents,
    }
    return Planned(**{**fields, **more})


def settlement(of: Intent, state: IntentState, seconds: float = 100, **more: Any) -> Settlement:
    """The intent becomes `state`."""
    return Settlement(key=of.key, state=state, at=at(seconds), **more)


def conversation_state(name: str = "conv_1", **more: Any) -> ConversationState:
    """A conversation with a menu."""
    fields: dict[str, Any] = {
        "conversation": Conversation(
            id=ConversationId(name), status="open", created_at=START, extra={"lane": [1]}
        ),
        "recent": (MessageId("msg_9"), MessageId("msg_8")),
        "menu": Menu(name="main", options=(QuickReply("Yes", "yes"),), sent_at=START),
    }
    return ConversationState(**{**fields, **more})


def contact_state(name: str = "con_1", **more: Any) -> ContactState:
    """A contact with tags."""
    fields: dict[str, Any] = {
        "id": ContactId(name),
        "contact": Contact(id=ContactId(name), display_name="陳大文"),
        "tags": frozenset({"vip", "lead"}),
    }
    return ContactState(**{**fields, **more})


def firing(seconds: float, rule: str = "greet", **more: Any) -> Firing:
    """The rule acted then."""
    return Firing(RuleId(rule), at(seconds), ConversationId("conv_1"), ContactId("con_1"), **more)
