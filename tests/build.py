"""Short ways to make the model's nouns in tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from worker.engine.history import History
from worker.engine.standing import Standing
from worker.model.action import Desk, Performed, RenderError
from worker.model.chat import Contact, Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.ids import AccountId, ContactId, ConversationId, EventId, MessageId, RuleId
from worker.model.limit import Limit
from worker.model.rule import Condition, Rule, RuleSet, Step, Touch, Trigger
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Answer, Verdict
from worker.text.normalise import normalise

NOW = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
ACCOUNT = AccountId("acct")
CONVERSATION = ConversationId("conv_1")
CONTACT = ContactId("con_1")
LIMITS = (
    Limit(3, timedelta(minutes=10), "conversation"),
    Limit(20, timedelta(hours=24), "contact"),
)


@dataclass(frozen=True, slots=True)
class Says:
    """A condition that holds when the message contains a word; `answer` fixes it."""

    word: str = ""
    answer: Answer | None = None

    def decide(self, facts: Facts) -> Verdict:
        """The verdict."""
        if self.answer is not None:
            return Verdict(self.answer, "says")
        held = facts.text is not None and self.word in facts.text.plain
        return Verdict(Answer.YES if held else Answer.NO, "says", f"looked for {self.word}")

    def touch(self) -> Touch | None:
        """Always asked."""
        return None


@dataclass(frozen=True, slots=True)
class Sends:
    """A visible action of fixed text; fails to render where told so."""

    kind: ClassVar[str] = "reply"
    repeatable: ClassVar[bool] = False
    readable: ClassVar[bool] = True
    text: str = "hello"
    fails: bool = False
    visible: bool = True
    pause: timedelta = timedelta(0)

    def needs(self) -> frozenset[Capability]:
        """Nothing."""
        return frozenset()

    def render(self, _facts: Facts, _rule: Rule, _found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The text as it is."""
        if self.fails:
            raise RenderError("'price' is not defined")
        return {"text": self.text}

    def delay(self) -> timedelta:
        """As given."""
        return self.pause

    @staticmethod
    async def perform(_work: Mapping[str, Any], _desk: Desk) -> Performed:
        """Nothing happens."""
        return Performed()

    @staticmethod
    def aftermath(_work: Mapping[str, Any], _desk: Desk) -> Performed:
        """Nothing is left."""
        return Performed()

    @staticmethod
    def recognises(_work: Mapping[str, Any], _message: Message) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class Notes(Sends):
    """An action the customer does not see."""

    kind: ClassVar[str] = "tag"
    visible: bool = False


@dataclass(frozen=True, slots=True)
class Stops(Notes):
    """No later rule sees the event."""

    kind: ClassVar[str] = "stop"


_ORDER = iter(range(10_000_000))


def rule(
    name: str,
    *conditions: Condition,
    does: tuple[Any, ...] = (Sends(),),
    when: EventKind = EventKind.MESSAGE_RECEIVED,
    **more: Any,
) -> Rule:
    """A rule that answers messages."""
    more.setdefault("limits", LIMITS)
    return Rule(
        id=RuleId(name),
        order=next(_ORDER),
        triggers=(Trigger(when),),
        conditions=conditions,
        steps=tuple(Step(one) for one in does),
        **more,
    )


def rule_set(*rules: Rule, **more: Any) -> RuleSet:
    """A rule set in asking order."""
    ordered = tuple(sorted(rules, key=lambda one: (-one.priority, one.order)))
    return RuleSet(rules=ordered, version="test", limits=LIMITS, settle=timedelta(0), **more)


def message(text: str = "hello", *, name: str = "msg_1", **more: Any) -> Message:
    """A customer's message."""
    more.setdefault("created_at", NOW)
    more.setdefault("sender", Sender.CUSTOMER)
    more.setdefault("sender_id", str(CONTACT))
    return Message(id=MessageId(name), conversation_id=CONVERSATION, text=text, **more)


def event(said: Message, **more: Any) -> Event:
    """A message event."""
    return Event(
        id=EventId(f"message:{said.id}"),
        account=ACCOUNT,
        kind=EventKind.MESSAGE_RECEIVED,
        at=said.created_at or NOW,
        conversation_id=CONVERSATION,
        contact_id=CONTACT,
        message=said,
        **more,
    )


def conversation_state(**more: Any) -> ConversationState:
    """An open conversation, or one with these fields."""
    names = {one for one in ("status", "mode", "channel") if one in more}
    chat = Conversation(
        id=CONVERSATION,
        contact_id=CONTACT,
        **{"status": "active", "channel": "web"} | {one: more.pop(one) for one in names},
    )
    return replace(ConversationState(conversation=chat, opened=True), **more)


def facts(text: str = "hello", *, at: datetime = NOW, **more: Any) -> Facts:
    """Facts on one message."""
    said = message(text, created_at=at)
    more.setdefault("contact", Contact(id=CONTACT, first_name="Mei"))
    more.setdefault("conversation", conversation_state().conversation)
    more.setdefault("tags", frozenset())
    more.setdefault("now", NOW)
    return Facts(
        event=event(said),
        kinds=frozenset({EventKind.MESSAGE_RECEIVED}),
        message=said,
        messages=(said,),
        text=normalise(text),
        **more,
    )


@dataclass(slots=True)
class World:
    """A standing that tests change as they go."""

    conversation: ConversationState | None = field(default_factory=conversation_state)
    contact: ContactState | None = field(default_factory=lambda: ContactState(id=CONTACT))
    history: History = field(default_factory=History)

    @property
    def standing(self) -> Standing:
        """As it is now."""
        return Standing(conversation=self.conversation, contact=self.contact, history=self.history)
