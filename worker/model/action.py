"""Actions and intents: what a rule wants done, and the row that tracks one doing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import msgspec

from worker.model.flow import Known
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
    NotificationId,
    RuleId,
)
from worker.model.limit import Limit
from worker.model.noun import Noun
from worker.model.state import ContactState, ConversationState, Menu
from worker.model.verdict import Reason

if TYPE_CHECKING:
    from worker.model.chat import Contact, Message
    from worker.model.facts import Facts
    from worker.model.gateway import Capability, Gateway
    from worker.model.rule import Rule


class IntentState(StrEnum):
    """`pending → sending → done | retrying | unknown | dead | in_doubt`,
    `retrying → sending | skipped`, `unknown → done | pending | in_doubt`,
    `pending → skipped` (guard, stale, cancelled), and by hand
    `dead, in_doubt → pending | done | skipped`.

    `sending → in_doubt`: an action nobody can read back. `retrying` is certainly not done, so what
    withholds a pending one withholds it too.
    """

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    UNKNOWN = "unknown"
    DONE = "done"
    SKIPPED = "skipped"
    DEAD = "dead"
    IN_DOUBT = "in_doubt"

    @property
    def open(self) -> bool:
        """The worker still has something to do about it by itself."""
        return self in _OPEN


_OPEN = frozenset(
    {IntentState.PENDING, IntentState.SENDING, IntentState.RETRYING, IntentState.UNKNOWN}
)


class Reached(Noun, frozen=True, kw_only=True):
    """What a step's own conditions are asked with: what was known when the step was planned.

    Args:
        found, steps: see `model.flow.Flow`.
        script: where the conditions are found when the rules have changed; "": nowhere.
    """

    found: Mapping[str, Any] = msgspec.field(default_factory=dict)
    steps: Known = msgspec.field(default_factory=dict)
    script: str = ""


class Guards(Noun, frozen=True, kw_only=True):
    """The rule's guards as they were when planned; asked again just before sending.

    Args:
        unanswered_since: done only while the customer who wrote then waits for a person.
        despite_opt_out: the one message that confirms an opt-out.
        asked: what the step's own conditions are known by; "" where it has none; `reached`: what
            they are asked with.
        own_doing: reasons that earlier steps of the same rule bring about (`hand_over`, `close`):
            they are about later rules and events, not about this step.
    """

    human_quiet: timedelta
    continue_on_error: bool = False
    limits: tuple[Limit, ...] = ()
    unanswered_since: datetime | None = None
    despite_opt_out: bool = False
    own_doing: tuple[Reason, ...] = ()
    asked: str = ""
    reached: Reached | None = None


class Intent(Noun, frozen=True, kw_only=True):
    """One planned doing of an action: a row.

    Args:
        key: derived from account, event, rule and position; planning twice changes nothing.
        lane: intents of one lane are done in order of `(event order, position)`, one at a time; the
            conversation id, or the event's id outside any conversation.
        kind: the action's key ("reply", "tag", …).
        work: everything the doing needs, rendered, as plain JSON values.
        position: the step's place in `do`, from 0.
        event_at: the event's platform time; `expires_at` the platform time after which it is stale.
        not_before: platform time before which it is not begun; None: at once.
        attempt: how often a call was begun.
        claimed_at: platform time of the last claim, for reading back.
        result_id: the message id the platform gave, when done.
        error: the last failure in one line.
        reason: why it was skipped (a `Reason`, or `by_hand`), else "".
    """

    key: IntentKey
    account: AccountId
    lane: str
    event_id: EventId
    rule_id: RuleId
    position: int
    kind: str
    visible: bool
    work: Mapping[str, Any]
    guards: Guards
    event_at: datetime
    expires_at: datetime
    created_at: datetime
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None
    notification_id: NotificationId | None = None
    not_before: datetime | None = None
    state: IntentState = IntentState.PENDING
    attempt: int = 0
    claimed_at: datetime | None = None
    settled_at: datetime | None = None
    result_id: MessageId | None = None
    error: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wrote:
    """What an action changed of the contact itself, so that its own change is no news to rules.

    Args:
        fields: those the action is about, changed or not.
        again: an earlier attempt may have changed them already.
    """

    before: Contact
    after: Contact
    fields: frozenset[str]
    again: bool = False


class Performed(Noun, frozen=True, kw_only=True):
    """What a finished call left behind; stored in the same transaction as the outcome.

    Args:
        result_id: id of the message that was sent.
        conversation, contact: new durable state; None: unchanged.
        memo: small facts about the account to remember, by name (see `Ledger.remember`).
        error: a part of it that the platform refused for good, in one line; the rest is done.
        wrote: what was written to the contact at the platform; None: nothing.
    """

    result_id: MessageId | None = None
    conversation: ConversationState | None = None
    contact: ContactState | None = None
    memo: Mapping[str, str] = msgspec.field(default_factory=dict)
    error: str = ""
    wrote: Wrote | None = None


class Desk(Protocol):
    """What an action may touch while it is performed: the platform, and what is known of the lane.

    Attributes:
        attempt: 1 for the first call, more after certain failures.
        conversation, contact: durable state, read anew before the call; None where there is none.
        now: platform time.
    """

    @property
    def gateway(self) -> Gateway:
        """The platform."""
        ...

    @property
    def intent(self) -> Intent:
        """What is being done."""
        ...

    @property
    def conversation(self) -> ConversationState | None:
        """The lane's conversation."""
        ...

    @property
    def contact(self) -> ContactState | None:
        """Its contact."""
        ...

    @property
    def now(self) -> datetime:
        """Platform time."""
        ...

    @property
    def tag_field(self) -> str:
        """`WORKER_TAG_FIELD`."""
        ...

    @property
    def quick_replies(self) -> str:
        """`WORKER_QUICK_REPLIES`."""
        ...

    def memo(self, name: str) -> str:
        """A remembered fact about the account, "" if none."""
        ...

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        """The body was accepted by an address outside the platform.

        Raises:
            GatewayError: it was not, or nobody knows.
        """
        ...


class Action(Protocol):
    """One item of `do`: frozen parameters, a pure rendering, and the doing."""

    kind: ClassVar[str]
    visible: ClassVar[bool]
    repeatable: ClassVar[bool]
    """Doing it twice is as doing it once: an unknown outcome is simply tried again."""
    readable: ClassVar[bool]
    """`recognises` can find it: an unknown outcome is read back; otherwise a person must decide."""

    def needs(self) -> frozenset[Capability]:
        """What the platform must be able to do."""
        ...

    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The work, as plain JSON values.

        Raises:
            RenderError: a template failed on these facts; nothing may be sent then.
        """
        ...

    def delay(self) -> timedelta:
        """Time between planning and the first attempt; zero for most."""
        ...

    @staticmethod
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        """The work is done on the platform.

        Raises:
            GatewayError: with what may have happened.
        """
        ...

    @staticmethod
    def aftermath(work: Mapping[str, Any], desk: Desk) -> Performed:
        """What a doing leaves behind besides its message (a menu that waits for its pick); used
        when reading back shows that an unknown call was done, and when the first attempt at a
        repeatable action failed: what is true here (a tag, silence) does not wait for the platform.
        """
        ...

    @staticmethod
    def recognises(work: Mapping[str, Any], message: Message) -> bool:
        """This message of ours has the content that `work` sends, in any of the ways it is sent."""
        ...


class RenderError(Exception):
    """A template could not be filled from these facts; the text says which name, for the trace."""


__all__ = [
    "Action",
    "Desk",
    "Guards",
    "Intent",
    "IntentState",
    "Menu",
    "Performed",
    "RenderError",
    "Wrote",
]
