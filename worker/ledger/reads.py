"""Questions to the store, each one read; they run on the reading thread."""

# ruff: noqa: D103 - each is the port's method of the same name

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from worker.ledger import sql
from worker.ledger.codec import decoded, instant, micros
from worker.ledger.rows import listed
from worker.ledger.seen import sent_mark
from worker.ledger.standing import Standing
from worker.model.action import Intent, IntentState
from worker.model.aside import trace_aside
from worker.model.event import Event
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
    RuleId,
)
from worker.model.ledger import Activity, Firing, Recent, StoredEvent, Summary, VisibleSend
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Trace

_EVENT = msgspec.json.Decoder(Event)
_TRACE = msgspec.json.Decoder(Trace)
_CONTEXT: msgspec.json.Decoder[Mapping[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_INTENT = msgspec.json.Decoder(Intent)
_CONVERSATION = msgspec.json.Decoder(ConversationState)
_CONTACT = msgspec.json.Decoder(ContactState)

Row = tuple[Any, ...]


def followed(deciding: str) -> Trace:
    """The trace of an event that another one of its burst decided."""
    return Trace(note=f"decided with {deciding}")


def _stored_event(row: Row) -> StoredEvent:
    body, received_at, planned_at, trace, context, deciding = row
    told = None
    if trace is not None:
        told = decoded(_TRACE, trace)
    elif deciding is not None:
        told = followed(deciding)
    event = decoded(_EVENT, body)
    if told is None:
        told = trace_aside(event)
    return StoredEvent(
        event=event,
        received_at=instant(received_at),
        planned_at=instant(planned_at),
        trace=told,
        context={} if context is None else decoded(_CONTEXT, context),
    )


def read_intent(row: Row) -> Intent:
    """The intent of one row of `sql._INTENT`."""
    body, state, *changing, _ = row
    return Standing(IntentState(state), *changing).on(decoded(_INTENT, body))


def _stored_events(rows: Iterable[Row]) -> tuple[StoredEvent, ...]:
    return tuple(_stored_event(row) for row in rows)


def memo(connection: sqlite3.Connection, account: AccountId) -> Mapping[str, str]:
    return dict(connection.execute(sql.MEMO, (account,)).fetchall())


def unplanned(connection: sqlite3.Connection, account: AccountId) -> tuple[StoredEvent, ...]:
    return _stored_events(connection.execute(sql.UNPLANNED, (account,)).fetchall())


def conversations(
    connection: sqlite3.Connection, account: AccountId, ids: Sequence[ConversationId]
) -> Mapping[ConversationId, ConversationState]:
    rows = connection.execute(sql.CONVERSATIONS, (account, listed(ids))).fetchall()
    return {owner: decoded(_CONVERSATION, state) for owner, state in rows}


def tracked(connection: sqlite3.Connection, account: AccountId) -> tuple[ConversationId, ...]:
    return tuple(owner for (owner,) in connection.execute(sql.TRACKED, (account,)).fetchall())


def awaiting(
    connection: sqlite3.Connection,
    account: AccountId,
    automatic: bool,  # noqa: FBT001 - the port names it
    after: tuple[datetime, str],
    until: datetime,
    limit: int,
) -> tuple[tuple[ConversationId, datetime], ...]:
    statement = sql.AWAITING_ANSWER if automatic else sql.AWAITING_PERSON
    values = (account, micros(after[0]), after[1], micros(until), max(0, limit))
    rows = connection.execute(statement, values).fetchall()
    return tuple((owner, instant(since)) for owner, since in rows)


def contacts(
    connection: sqlite3.Connection, account: AccountId, ids: Sequence[ContactId]
) -> Mapping[ContactId, ContactState]:
    rows = connection.execute(sql.CONTACTS, (account, listed(ids))).fetchall()
    return {owner: decoded(_CONTACT, state) for owner, state in rows}


def open_intents(connection: sqlite3.Connection, account: AccountId) -> tuple[Intent, ...]:
    rows = connection.execute(sql.OPEN_INTENTS, (account,)).fetchall()
    return tuple(read_intent(row) for row in rows)


def intents(
    connection: sqlite3.Connection, account: AccountId, states: Sequence[IntentState], limit: int
) -> tuple[Intent, ...]:
    # One short read per state keeps to the index; the newest of all are among the newest of each.
    rows: list[Row] = []
    for state in set(states):
        rows += connection.execute(sql.INTENTS_IN, (account, state, max(0, limit))).fetchall()
    rows.sort(key=lambda row: -int(row[-1]))
    return tuple(read_intent(row) for row in rows[: max(0, limit)])


def intent(connection: sqlite3.Connection, key: IntentKey) -> Intent | None:
    row = connection.execute(sql.INTENT, (key,)).fetchone()
    return None if row is None else read_intent(row)


def accounted(
    connection: sqlite3.Connection, account: AccountId, ids: Sequence[MessageId]
) -> frozenset[MessageId]:
    rows = connection.execute(sql.ACCOUNTED, (account, listed(ids))).fetchall()
    known = {result_id for (result_id,) in rows}
    # Looked up second: pruning moves a message from the one place to the other at once.
    marks = [(one, *sent_mark(account, one)) for one in ids if one not in known]
    if marks:
        known |= {one for (one,) in connection.execute(sql.ACCOUNTED_ONCE, (listed(marks),))}
    return frozenset(known)


def recent(connection: sqlite3.Connection, account: AccountId, since: datetime) -> Recent:
    begin = micros(since)
    firings = connection.execute(sql.FIRINGS, (account, begin)).fetchall()
    sends = connection.execute(sql.SENDS, (account, begin)).fetchall()
    return Recent(
        tuple(
            Firing(RuleId(rule_id), instant(at), conversation, contact, bool(shadow), sends)
            for rule_id, at, conversation, contact, shadow, sends in firings
        ),
        tuple(
            VisibleSend(key, instant(at), conversation_id, contact_id, rule_id)
            for key, at, conversation_id, contact_id, rule_id, _ in sends
        ),
    )


def event(
    connection: sqlite3.Connection, account: AccountId, event_id: EventId
) -> StoredEvent | None:
    row = connection.execute(sql.EVENT, (account, event_id)).fetchone()
    return None if row is None else _stored_event(row)


def events(
    connection: sqlite3.Connection,
    account: AccountId,
    conversation_id: ConversationId | None,
    since: datetime | None,
    limit: int,
) -> tuple[StoredEvent, ...]:
    count = max(0, limit)
    begin = micros(since)
    values: Row
    if conversation_id is not None:
        statement, values = sql.EVENTS_OF, (account, conversation_id, begin, count)
    elif begin is not None:
        statement, values = sql.EVENTS_SINCE, (account, begin, count)
    else:
        statement, values = sql.EVENTS, (account, count)
    return _stored_events(connection.execute(statement, values).fetchall())


def activity(
    connection: sqlite3.Connection, account: AccountId, since: datetime
) -> tuple[Activity, ...]:
    begin = micros(since)
    rows = connection.execute(sql.ACTIVITY, (account, begin)).fetchall()
    beside: defaultdict[str, dict[RuleId, int]] = defaultdict(dict)
    if any(shadow for _, shadow, *_ in rows):
        for rule_id, other, count in connection.execute(sql.BESIDE_SHADOW, (account, begin)):
            beside[rule_id][other] = count
    return tuple(
        Activity(rule_id, bool(shadow), firings, sends, last, beside[rule_id] if shadow else {})
        for rule_id, shadow, firings, sends, last in rows
    )


def summary(connection: sqlite3.Connection, account: AccountId | None) -> Summary:
    connection.execute("BEGIN")  # one moment for all figures
    try:
        received, waiting, timers = connection.execute(sql.EVENT_COUNTS, (account,)).fetchone()
        states = connection.execute(sql.INTENT_COUNTS, (account,)).fetchall()
        person, answer = connection.execute(sql.AWAITING_COUNTS, (account,)).fetchone()
        names = (
            connection.execute(sql.MEMO_OF_ALL).fetchall()
            if account is None
            else connection.execute(sql.MEMO, (account,)).fetchall()
        )
    finally:
        connection.execute("COMMIT")
    return Summary(
        events=received,
        unplanned=waiting,
        intents={IntentState(state): count for state, count in states},
        memo=dict(names),
        timers=timers,
        awaiting_person=person,
        awaiting_answer=answer,
    )
