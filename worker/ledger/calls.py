"""Calls made ready for the writer: everything that can fail for the caller alone has been done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from worker.errors import LedgerError
from worker.ledger.codec import encoded, micros
from worker.ledger.handing import HandCall
from worker.ledger.pruning import PruneCall
from worker.ledger.seen import event_mark
from worker.ledger.standing import Standing
from worker.ledger.timing import Timing, timing_of
from worker.ledger.traces import written_context, written_trace
from worker.model.action import Intent
from worker.model.ids import AccountId, EventId, IntentKey
from worker.model.ledger import Planned, Receipt, Settlement
from worker.model.noun import Noun
from worker.model.state import ContactState, ConversationState


class Left(Noun, frozen=True):
    """What a call leaves behind besides its own rows: states by id, the memo, timers.

    `conversations`: with since when a person, and any answer, is awaited.
    """

    conversations: tuple[tuple[str, int | None, int | None, bytes], ...] = ()
    contacts: tuple[tuple[str, bytes], ...] = ()
    memo: Mapping[str, str] | None = None
    timing: Timing | None = None


NOTHING_LEFT = Left()


def _left(
    conversations: Sequence[ConversationState],
    contacts: Sequence[ContactState],
    memo: Mapping[str, str],
    timing: Timing | None = None,
) -> Left:
    if not (conversations or contacts or memo or timing):
        return NOTHING_LEFT
    return Left(
        tuple(
            (
                state.conversation.id,
                None if state.awaits_person is None else micros(state.awaits_person.since),
                None if state.awaits_answer is None else micros(state.awaits_answer.since),
                encoded(state),
            )
            for state in conversations
        ),
        tuple((state.id, encoded(state)) for state in contacts),
        dict(memo) if memo else None,
        timing,
    )


class ReceiveCall(Noun, frozen=True):
    """`rows` are columns of `sql.RECEIVE` between `seq` and `body`."""

    account: AccountId
    rows: tuple[tuple[Any, ...], ...]
    bodies: tuple[bytes, ...]
    ids: tuple[EventId, ...]
    left: Left


class ReadyDecision(Noun, frozen=True):
    """One `Planned`; `intents` are (key, event id, columns, body), `caused` without its time."""

    account: AccountId
    events: tuple[EventId, ...]
    at: int
    trace: bytes
    context: bytes
    intents: tuple[tuple[IntentKey, EventId, tuple[Any, ...], bytes], ...]
    firings: tuple[tuple[Any, ...], ...]
    left: Left
    caused: ReceiveCall | None = None


class PlanCall(Noun, frozen=True):
    """Decisions that are stored together."""

    decisions: tuple[ReadyDecision, ...]


class ClaimCall(Noun, frozen=True):
    """A claim; `at` in microseconds since 1970."""

    keys: tuple[IntentKey, ...]
    at: int


class SettleCall(Noun, frozen=True):
    """Settlements that are stored together, with what each leaves behind."""

    settlements: tuple[tuple[Settlement, Left], ...]


class RememberCall(Noun, frozen=True):
    """Names and values for the memo."""

    account: AccountId
    left: Left


Call = ReceiveCall | PlanCall | ClaimCall | SettleCall | RememberCall | PruneCall | HandCall


def ready_receive(receipt: Receipt, received_at: datetime) -> ReceiveCall:
    """The receipt, ready.

    Raises:
        LedgerError: an event of another account.
    """
    received = micros(received_at)
    events = receipt.events
    for event in events:
        if event.account != receipt.account:
            raise LedgerError(f"event {event.id} is of another account than its receipt")
    return ReceiveCall(
        receipt.account,
        tuple(
            (
                event.account,
                event.id,
                event.kind,
                micros(event.at),
                received,
                int(event.set_aside is not None),
                event.conversation_id,
                *event_mark(event.account, event.id),
            )
            for event in events
        ),
        tuple(encoded(event) for event in events),
        tuple(event.id for event in events),
        _left(
            receipt.conversations, receipt.contacts, receipt.memo, timing_of(events=receipt.events)
        ),
    )


def ready_plan(decisions: Sequence[Planned], planned_at: datetime) -> PlanCall:
    """The decisions, ready; what they cause is received at `planned_at`.

    Raises:
        LedgerError: a decision on nothing, or an intent that does not belong to its decision.
    """
    return PlanCall(tuple(_ready_decision(planned, planned_at) for planned in decisions))


def _ready_decision(planned: Planned, planned_at: datetime) -> ReadyDecision:
    check_decision(planned)
    return ReadyDecision(
        planned.account,
        planned.events,
        micros(planned.at),
        written_trace(planned.trace),
        written_context(planned.context),
        tuple(_ready_intent(intent) for intent in planned.intents),
        tuple(
            (
                firing.rule_id,
                firing.conversation_id,
                firing.contact_id,
                micros(firing.at),
                int(firing.shadow),
                firing.sends,
            )
            for firing in planned.firings
        ),
        _left(
            () if planned.conversation is None else (planned.conversation,),
            () if planned.contact is None else (planned.contact,),
            {},
            timing_of(
                events=planned.caused,
                replaced=planned.timers,
                ended=planned.ended,
                scripts=planned.scripts,
            ),
        ),
        _caused(planned, planned_at),
    )


def _caused(planned: Planned, planned_at: datetime) -> ReceiveCall | None:
    if not planned.caused:
        return None
    return ready_receive(Receipt(account=planned.account, events=planned.caused), planned_at)


def check_decision(planned: Planned) -> None:
    """It decides on events, and its intents belong to them.

    Raises:
        LedgerError: otherwise.
    """
    if not planned.events:
        raise LedgerError("a decision must name its events")
    for intent in planned.intents:
        if intent.account != planned.account or intent.event_id not in planned.events:
            raise LedgerError(f"intent {intent.key} does not belong to its decision's events")


def _ready_intent(intent: Intent) -> tuple[IntentKey, EventId, tuple[Any, ...], bytes]:
    standing = Standing.of(intent)
    columns = (
        intent.position,
        int(intent.visible),
        micros(intent.created_at),
        standing.state,
        standing.settled_at,
        standing.not_before,
        standing.error,
        standing.reason,
    )
    return intent.key, intent.event_id, columns, encoded(intent)


def ready_claim(keys: Sequence[IntentKey], at: datetime) -> ClaimCall:
    """The claim, ready."""
    return ClaimCall(tuple(keys), micros(at))


def ready_settle(settlements: Sequence[Settlement]) -> SettleCall:
    """The settlements, ready."""
    return SettleCall(
        tuple(
            (
                settlement,
                _left(
                    () if settlement.conversation is None else (settlement.conversation,),
                    () if settlement.contact is None else (settlement.contact,),
                    settlement.memo,
                    None if settlement.timer is None else timing_of(begun=(settlement.timer,)),
                ),
            )
            for settlement in settlements
        )
    )


def ready_remember(account: AccountId, memo: Mapping[str, str]) -> RememberCall:
    """The memo, ready."""
    return RememberCall(account, _left((), (), memo))
