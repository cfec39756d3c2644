"""What people decide by hand about actions that the worker cannot settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.model.ids import AccountId, IntentKey, MessageId


class Act(StrEnum):
    """What a person can decide about a dead or an in-doubt action."""

    RETRY = "retry"
    DROP = "drop"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A person's decision, put down for the worker that holds the store to carry out.

    Args:
        at: wall time at which it was asked for.
        message_id: for `confirm`: the message that the action left, where it is known.
        number: set by the ledger.
    """

    account: AccountId
    key: IntentKey
    act: Act
    at: datetime
    message_id: MessageId | None = None
    number: int = 0
