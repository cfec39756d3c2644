"""A desk that keeps what actions do, and short ways to read and perform them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from pydantic import TypeAdapter

from tests.build import ACCOUNT, CONTACT, CONVERSATION, NOW, conversation_state, facts, message
from tests.unit.conditions.asking import Told, complaints
from worker.actions import ACTIONS_BY_KIND, AnyStep, StepPart
from worker.conditions import LoadContext
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import Guards, Intent, Performed
from worker.model.chat import Contact, Conversation, Message, Notification, Sender
from worker.model.facts import Facts
from worker.model.gateway import Capability, Identity, Outgoing, Page, Sent
from worker.model.ids import ContactId, EventId, IntentKey, MessageId, NotificationId, RuleId
from worker.model.rule import Rule
from worker.model.state import ContactState, ConversationState

STEP: TypeAdapter[Any] = TypeAdapter(AnyStep)
RULE = Rule(id=RuleId("my-rule"), order=0, triggers=(), conditions=(), steps=())


def refusal(fault: Fault = Fault.UNSUPPORTED) -> GatewayError:
    """A certain refusal."""
    return GatewayError(fault, "refused", took_effect=TookEffect.NO)


class FakeGateway:
    """Keeps every call; fails where it was told to.

    Args:
        fails: errors by the name of the call; for `send`, also by `send:TYPE`.
    """

    clock_offset_s = 0.0

    def __init__(
        self,
        contact: Contact | None = None,
        notifications: Sequence[Notification] = (),
        fails: Mapping[str, GatewayError] | None = None,
        capabilities: frozenset[Capability] = frozenset(Capability),
    ) -> None:
        self.capabilities = capabilities
        self.identity = Identity(ACCOUNT)
        self.stored = contact or Contact(id=CONTACT)
        self.listed = tuple(notifications)
        self.fails = dict(fails or {})
        self.calls: list[tuple[Any, ...]] = []

    def _call(self, name: str, *rest: Any) -> None:
        self.calls.append((name, *rest))
        if name in self.fails:
            raise self.fails[name]

    async def send(self, conversation: Conversation, outgoing: Outgoing) -> Sent:
        """Kept; refused where told."""
        self._call("send", conversation.id, outgoing)
        if f"send:{outgoing.type}" in self.fails:
            raise self.fails[f"send:{outgoing.type}"]
        return Sent(MessageId(f"msg_{len(self.calls)}"))

    async def upload(self, name: str, content: bytes, media_type: str) -> str:
        """An address of the name."""
        self._call("upload", name, content, media_type)
        return f"https://files.example.com/{name}"

    async def contact(self, contact_id: ContactId) -> Contact:
        """The stored one."""
        self._call("contact", contact_id)
        return self.stored

    async def update_contact(self, contact_id: ContactId, fields: Mapping[str, str]) -> Contact:
        """The stored one, changed."""
        self._call("update_contact", contact_id, dict(fields))
        changes: Any = fields
        self.stored = replace(self.stored, **changes)
        return self.stored

    async def notifications(self, skip: int = 0, limit: int = 50) -> Page[Notification]:
        """Part of the list."""
        rows = self.listed[skip : skip + limit]
        return Page(rows, skip + limit if skip + limit < len(self.listed) else None)

    async def mark_read(self, notifications: Sequence[NotificationId]) -> None:
        """Kept."""
        self._call("mark_read", list(notifications))

    async def dismiss(self, notifications: Sequence[NotificationId]) -> None:
        """Kept."""
        self._call("dismiss", list(notifications))

    async def dismiss_all(self, kind: str = "") -> None:
        """Kept."""
        self._call("dismiss_all", kind)

    async def join(self, conversation: Conversation) -> None:
        """Kept."""
        self._call("join", conversation.id)

    async def leave(self, conversation: Conversation) -> None:
        """Kept."""
        self._call("leave", conversation.id)

    async def set_status(self, conversation: Conversation, status: str) -> None:
        """Kept."""
        self._call("set_status", conversation.id, status)

    async def assign(self, conversation: Conversation, team: str, user: str) -> None:
        """Kept."""
        self._call("assign", conversation.id, team, user)

    async def note(self, conversation: Conversation, message_id: MessageId, text: str) -> None:
        """Kept."""
        self._call("note", conversation.id, message_id, text)


@dataclass
class FakeDesk:
    """What an action is given."""

    gateway: Any = field(default_factory=FakeGateway)
    conversation: ConversationState | None = field(default_factory=conversation_state)
    contact: ContactState | None = field(default_factory=lambda: ContactState(id=CONTACT))
    tag_field: str = "remark"
    quick_replies: str = "auto"
    memos: dict[str, str] = field(default_factory=dict)
    posts: list[tuple[str, bytes, dict[str, str], float]] = field(default_factory=list)
    notification: str = ""
    intent: Intent = field(init=False)
    now = NOW

    def __post_init__(self) -> None:
        notification = NotificationId(self.notification) if self.notification else None
        self.intent = Intent(
            key=IntentKey("key-1"),
            account=ACCOUNT,
            lane=CONVERSATION,
            event_id=EventId("message:msg_1"),
            rule_id=RULE.id,
            position=0,
            kind="",
            visible=True,
            work={},
            guards=Guards(human_quiet=RULE.human_quiet),
            event_at=NOW,
            expires_at=NOW,
            created_at=NOW,
            conversation_id=CONVERSATION,
            contact_id=CONTACT,
            notification_id=notification,
        )

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        """What was asked of the platform, without reads."""
        return [one for one in self.gateway.calls if one[0] != "contact"]

    @property
    def sent(self) -> list[Outgoing]:
        """The messages that were tried."""
        return [one[2] for one in self.gateway.calls if one[0] == "send"]

    def memo(self, name: str) -> str:
        """What was put there."""
        return self.memos.get(name, "")

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        """Kept."""
        self.posts.append((url, body, dict(headers), timeout_s))


def read(text: str, **context: Any) -> StepPart:
    """The step that this YAML item is."""
    step: StepPart = STEP.validate_python(yaml.safe_load(text), context=LoadContext(**context))
    return step


def told(text: str, **context: Any) -> list[Told]:
    """Every complaint about this YAML item."""
    return complaints(STEP, text, **context)


def work(text: str, about: Facts | None = None, *, rule: Rule = RULE, **found: Any) -> Any:
    """The work that the step plans; what it is stored as, plain JSON."""
    return read(text).action.render(about or facts(), rule, found)


async def done(
    text: str, desk: FakeDesk, about: Facts | None = None, *, rule: Rule = RULE, **found: Any
) -> Performed:
    """The step, planned and performed."""
    action = ACTIONS_BY_KIND[read(text).action.kind]
    return await action.perform(work(text, about, rule=rule, **found), desk)


def our(text: str = "", **more: Any) -> Message:
    """A message as it is read back."""
    return message(text, sender=Sender.TEAM, sender_id="u_1", **more)
