"""Who waits, without a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from worker.model.ids import AccountId, ConversationId
from worker.model.state import ConversationState

States = Mapping[tuple[AccountId, ConversationId], ConversationState]


def awaiting(
    states: States,
    account: AccountId,
    *,
    automatic: bool,
    after: tuple[datetime, str],
    until: datetime,
    limit: int,
) -> tuple[tuple[ConversationId, datetime], ...]:
    """See `Ledger.awaiting`."""
    found = sorted(
        (waits.since, name)
        for (owner, name), state in states.items()
        if owner == account
        and (waits := state.awaits_answer if automatic else state.awaits_person) is not None
        and after < (waits.since, name)
        and waits.since <= until
    )
    return tuple((name, since) for since, name in found[: max(0, limit)])


def counts(states: States, account: AccountId | None) -> tuple[int, int]:
    """In how many conversations a person, and any answer, is awaited; None: of all accounts."""
    mine = [state for (owner, _), state in states.items() if account in {None, owner}]
    return (
        sum(state.awaits_person is not None for state in mine),
        sum(state.awaits_answer is not None for state in mine),
    )
