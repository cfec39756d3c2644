"""What people decided about actions by hand: put down, carried out, answered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from worker.ledger.codec import column, instant, micros
from worker.model.hand import Act, Hand
from worker.model.ids import AccountId, IntentKey, MessageId

_ASK = """
INSERT INTO hands (account, key, act, at, message_id) VALUES (?, ?, ?, ?, ?) RETURNING seq
"""
_ANSWER = "UPDATE hands SET answer = ? WHERE seq = ? AND answer IS NULL RETURNING seq"
_WITHDRAW = "DELETE FROM hands WHERE seq = ? AND answer IS NULL RETURNING seq"
_ASKED = """
SELECT seq, account, key, act, at, message_id FROM hands
WHERE account = ? AND answer IS NULL ORDER BY seq
"""
_ANSWERED = "SELECT answer FROM hands WHERE seq = ?"


@dataclass(frozen=True, slots=True)
class HandCall:
    """One statement on the decisions by hand; its answer is the row's number, None without one."""

    statement: str
    columns: tuple[Any, ...]


def ready_ask(decision: Hand) -> HandCall:
    """The decision will be put down."""
    return HandCall(
        _ASK,
        (
            decision.account,
            column(decision.key),
            decision.act.value,
            micros(decision.at),
            None if decision.message_id is None else column(decision.message_id),
        ),
    )


def ready_answer(number: int, answer: str) -> HandCall:
    """The decision will have its answer."""
    return HandCall(_ANSWER, (column(answer), number))


def ready_withdraw(number: int) -> HandCall:
    """The decision will be gone, if nobody has answered it."""
    return HandCall(_WITHDRAW, (number,))


def hand(connection: sqlite3.Connection, call: HandCall) -> int | None:
    """The statement has run, within a transaction its caller owns.

    Raises:
        sqlite3.Error: it failed.
    """
    row = connection.execute(call.statement, call.columns).fetchall()
    return int(row[0][0]) if row else None


def asked_by_hand(connection: sqlite3.Connection, account: AccountId) -> tuple[Hand, ...]:
    """Decisions without an answer, in the order in which they were put down."""
    return tuple(
        Hand(
            account=AccountId(owner),
            key=IntentKey(key),
            act=Act(act),
            at=instant(at),
            message_id=None if message_id is None else MessageId(message_id),
            number=number,
        )
        for number, owner, key, act, at, message_id in connection.execute(_ASKED, (account,))
    )


def answered_by_hand(connection: sqlite3.Connection, number: int) -> str | None:
    """The answer to a decision, None as long as there is none."""
    row = connection.execute(_ANSWERED, (number,)).fetchone()
    return None if row is None else row[0]
