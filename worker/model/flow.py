"""What a rule does over time: the step that waits, its row, and what lets it go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from worker.model.ids import AccountId, ContactId, ConversationId, EventId, IntentKey, RuleId
from worker.model.noun import Noun
from worker.model.verdict import Reason

WAIT: Literal["wait"] = "wait"
ASK: Literal["ask"] = "ask"
SUSPENDING = frozenset({WAIT, ASK})
"""Kinds of steps behind which a rule goes on later."""

CHOOSE = "choose"
"""The kind of step that is decided when it is planned, and is no intent itself."""


class FlowOutcome(StrEnum):
    """How a step that waited ended: `steps.ID.outcome` in templates."""

    ELAPSED = "elapsed"
    AGENT_REPLIED = "agent.replied"
    CUSTOMER_REPLIED = "customer.replied"
    CONVERSATION_CLOSED = "conversation.closed"
    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    GAVE_UP = "gave_up"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    FAILED = "failed"


NOT_DONE = (FlowOutcome.SKIPPED, FlowOutcome.FAILED)
"""How any step ends that was left out or failed, and the rule went on."""

Known = Mapping[str, Mapping[str, str]]
"""What `steps.ID` tells of each step that has ended: `outcome`, for a question also `answer` and
`payload`."""


class Flow(Noun, frozen=True, kw_only=True):
    """Where a rule stands that waits: with its script, all it needs to go on.

    Args:
        script: name of the rule as it was when it began (`Ledger.script`).
        about: the event whose message and notification the remaining steps speak of.
        step: id of the step that waits, "" without one; `position` its place over the whole tree.
        rest: places of the steps that are still to come, in order.
        found, steps: what templates and conditions of these know.
        until: what may happen instead of the time passing.
        wait_s: how long; counted in the opening hours of `calendar`, if that is not "".
        visible: something that customers see may still come.
        person_ends: a person's message in the conversation ends it.
        own_doing: reasons that its own steps brought about (`hand_over`, `close`).
        asked_at: when the question was asked last, platform time; `wrong`: answers that were none.
        outcome: known when the row is stored: the step was not done, the rest is.
    """

    script: str
    rule_id: RuleId
    about: EventId
    position: int
    rest: tuple[int, ...]
    step: str = ""
    found: Mapping[str, str] = msgspec.field(default_factory=dict)
    steps: Known = msgspec.field(default_factory=dict)
    until: tuple[str, ...] = ()
    wait_s: float = 0.0
    calendar: str = ""
    visible: bool = True
    person_ends: bool = True
    own_doing: tuple[Reason, ...] = ()
    asked_at: datetime | None = None
    wrong: int = 0
    outcome: FlowOutcome | None = None


class Timer(Noun, frozen=True, kw_only=True):
    """One row: a flow that waits.

    Args:
        key: of the intent that suspended the rule.
        due_at: platform time; None: it has fired, and its event waits for a decision.
    """

    key: IntentKey
    account: AccountId
    kind: Literal["wait", "ask"]
    due_at: datetime | None
    flow: Flow
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None

    @property
    def lane(self) -> str:
        """Where what comes of it is done, as `Intent.lane`."""
        return self.conversation_id or self.flow.about

    @property
    def event_id(self) -> EventId:
        """The id of the event it becomes, once."""
        return EventId(f"timer:{self.key}")


class FlowMark(Noun, frozen=True, kw_only=True):
    """That a flow waits in a conversation; stands in its state as long as it does."""

    key: IntentKey
    rule_id: RuleId
    kind: Literal["wait", "ask"]
    about: EventId
    step: str = ""
    until: tuple[str, ...] = ()
    visible: bool = True
    person_ends: bool = True


class Resumed(Noun, frozen=True, kw_only=True):
    """What an event that lets a flow go on tells.

    Args:
        timer: the row's key.
        found: what the answer gave; `answer` and `payload`: what was said and picked.
        reason, detail: why it was cancelled.
    """

    timer: IntentKey
    rule_id: RuleId
    outcome: FlowOutcome
    about: EventId
    step: str = ""
    found: Mapping[str, str] = msgspec.field(default_factory=dict)
    answer: str = ""
    payload: str = ""
    reason: Reason | None = None
    detail: str = ""
