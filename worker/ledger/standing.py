"""Where an intent stands, and the steps it may take: one table for every implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from worker.errors import LedgerError
from worker.ledger.codec import column, instant, micros
from worker.model.action import Intent, IntentState
from worker.model.ids import IntentKey, MessageId
from worker.model.ledger import Settlement

CLAIMABLE = frozenset({IntentState.PENDING, IntentState.RETRYING})

# `sending` is no target here: only a claim makes it, so that the claim is always its own step. A
# waiting state may be settled onto itself, to wait longer. `dead` and `in_doubt` move by hand only:
# again (`pending`), confirmed (`done`) or dropped (`skipped`).
MAY_BECOME: Mapping[IntentState, frozenset[IntentState]] = {
    IntentState.PENDING: frozenset({IntentState.PENDING, IntentState.SKIPPED}),
    IntentState.SENDING: frozenset(
        {
            IntentState.DONE,
            IntentState.RETRYING,
            IntentState.UNKNOWN,
            IntentState.DEAD,
            IntentState.IN_DOUBT,
        }
    ),
    IntentState.RETRYING: frozenset({IntentState.RETRYING, IntentState.SKIPPED, IntentState.DEAD}),
    IntentState.UNKNOWN: frozenset(
        {IntentState.UNKNOWN, IntentState.DONE, IntentState.PENDING, IntentState.IN_DOUBT}
    ),
    IntentState.DEAD: frozenset({IntentState.PENDING, IntentState.DONE, IntentState.SKIPPED}),
    IntentState.IN_DOUBT: frozenset({IntentState.PENDING, IntentState.DONE, IntentState.SKIPPED}),
    IntentState.DONE: frozenset(),
    IntentState.SKIPPED: frozenset(),
}

# What an intent may be planned as: to be done, or recorded with the reason why it will not be.
MAY_BEGIN_AS = frozenset({IntentState.PENDING, IntentState.SKIPPED, IntentState.DEAD})

# Visible intents in these states were not and will not be seen by a customer.
NEVER_SEEN = frozenset({IntentState.SKIPPED, IntentState.DEAD})


@dataclass(slots=True)
class Standing:
    """The part of an intent that changes; times in microseconds since 1970."""

    state: IntentState
    attempt: int = 0
    claimed_at: int | None = None
    settled_at: int | None = None
    result_id: str | None = None
    error: str = ""
    reason: str = ""
    not_before: int | None = None
    expires_at: int | None = None
    """Moved by hand; None: as planned."""

    @classmethod
    def of(cls, intent: Intent) -> Standing:
        """Where a newly planned intent stands.

        Raises:
            LedgerError: it claims to have been tried already.
        """
        if intent.state not in MAY_BEGIN_AS or intent.attempt:
            raise LedgerError(f"intent {intent.key} cannot begin as {intent.state}")
        return cls(
            state=intent.state,
            settled_at=micros(intent.settled_at),
            error=column(intent.error),
            reason=column(intent.reason),
            not_before=micros(intent.not_before),
        )

    def claim(self, at: int) -> bool:
        """It is `sending`, one attempt more; False where it may not be claimed."""
        if self.state not in CLAIMABLE:
            return False
        self.state = IntentState.SENDING
        self.attempt += 1
        self.claimed_at = at
        self.not_before = None
        return True

    def settle(self, settlement: Settlement) -> bool:
        """It stands as settled; False where it already did, which changes nothing.

        The last error is kept until there is a new one, and so is a result.

        Raises:
            LedgerError: no such step is allowed.
        """
        if not may_settle(settlement, self.state, self.result_id):
            return False
        self.state = settlement.state
        self.settled_at = None if settlement.state.open else micros(settlement.at)
        self.result_id = settlement.result_id or self.result_id
        self.error = column(settlement.error) or self.error
        self.reason = column(settlement.reason)
        self.not_before = micros(settlement.not_before)
        if settlement.expires_at is not None:
            self.expires_at = micros(settlement.expires_at)
        return True

    def on(self, planned: Intent) -> Intent:
        """The planned intent as it stands now."""
        return replace(
            planned,
            state=self.state,
            attempt=self.attempt,
            claimed_at=instant(self.claimed_at),
            settled_at=instant(self.settled_at),
            result_id=None if self.result_id is None else MessageId(self.result_id),
            error=self.error,
            reason=self.reason,
            not_before=instant(self.not_before),
            expires_at=planned.expires_at if self.expires_at is None else instant(self.expires_at),
        )


def may_settle(settlement: Settlement, state: IntentState, result_id: str | None) -> bool:
    """True: a step to take. False: it was taken before (an answer lost on its way is asked again).

    Raises:
        LedgerError: neither.
    """
    if settlement.state in MAY_BECOME[state]:
        return True
    same_result = settlement.result_id is None or settlement.result_id == result_id
    if settlement.state is state and not state.open and same_result:
        return False
    raise LedgerError(
        f"intent {settlement.key} is {state} and cannot become {settlement.state}; nothing changed"
    )


def check_settlements(
    settlements: Iterable[Settlement], standing_of: Callable[[IntentKey], Standing | None]
) -> None:
    """All of them can be settled, one after the other; nothing has moved yet.

    In thought first: a refused settlement must not leave those before it half done.

    Raises:
        LedgerError: one of them cannot.
    """
    thought: dict[IntentKey, tuple[IntentState, str | None]] = {}
    for settlement in settlements:
        key = settlement.key
        known = standing_of(key)
        if known is None:
            raise LedgerError(f"there is no intent {key} to settle; nothing changed")
        state, result_id = thought.get(key, (known.state, known.result_id))
        if may_settle(settlement, state, result_id):
            result_id = settlement.result_id or result_id
        thought[key] = (settlement.state, result_id)
