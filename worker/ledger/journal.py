"""A group of calls written as a handful of statements, inside a transaction its caller owns.

Calls of one group are concurrent, so any order among them is right; this one takes receipts, then
decisions, then claims and settlements as they came. Whole states are kept as they came over all of
them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from worker.errors import LedgerError
from worker.ledger import sql
from worker.ledger.calls import Call, ClaimCall, PlanCall, ReceiveCall, RememberCall, SettleCall
from worker.ledger.decided import Decided, Plannable
from worker.ledger.group import Group, Outcome
from worker.ledger.handing import HandCall, hand
from worker.ledger.progress import Progress
from worker.ledger.pruning import PruneCall, prune
from worker.ledger.rows import Rows, asked, listed
from worker.ledger.timing import write_timing
from worker.model.ids import IntentKey


class Journal:
    """Writes groups through one connection, which nobody else writes through."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        last_event, last_intent, last_change = connection.execute(sql.LAST_NUMBERS).fetchone()
        self._event_seq = last_event + 1
        self._intent_seq = last_intent + 1
        self._changed = last_change + 1

    def write(self, calls: Sequence[Call]) -> list[Outcome]:
        """Every call is written or has its refusal, in the order given; nothing is committed yet.

        Raises:
            sqlite3.Error: a statement failed, for whichever call: nothing may be committed.
        """
        group = Group(len(calls))
        received: list[tuple[int, ReceiveCall]] = []
        planned: list[tuple[int, PlanCall]] = []
        moved: list[tuple[int, ClaimCall | SettleCall]] = []
        for place, call in enumerate(calls):
            match call:
                case ReceiveCall():
                    received.append((place, call))
                case PlanCall():
                    planned.append((place, call))
                case RememberCall():
                    group.leave(place, call.account, call.left)
                case PruneCall():
                    group.outcomes[place] = prune(self._connection, call)
                case HandCall():
                    group.outcomes[place] = hand(self._connection, call)
                case _:
                    moved.append((place, call))
        if received:
            self._receive(received, group)
        if planned:
            self._plan(planned, group)
        if moved:
            self._move(moved, group)
        self._keep(group)
        return group.outcomes

    def _receive(self, calls: list[tuple[int, ReceiveCall]], group: Group) -> None:
        rows = Rows()
        first = self._event_seq
        for place, call in calls:
            self._add_events(rows, call)
            group.leave(place, call.account, call.left)
        all_new = rows.run(self._connection, sql.RECEIVE) == len(rows)
        fresh = None if all_new else self._numbers(sql.EVENTS_FROM, first)
        for place, call in calls:
            group.outcomes[place] = tuple(
                event_id
                for number, event_id in enumerate(call.ids, first)
                if fresh is None or number in fresh
            )
            first += len(call.ids)

    def _add_events(self, rows: Rows, call: ReceiveCall) -> None:
        for columns, body in zip(call.rows, call.bodies, strict=True):
            rows.add((self._event_seq, *columns), body)
            self._event_seq += 1

    def _plan(self, calls: list[tuple[int, PlanCall]], group: Group) -> None:
        found = self._plannable(calls)
        first = self._intent_seq
        decided = Decided(first)
        caused = Rows()
        keys: list[tuple[int, list[tuple[int, IntentKey]]]] = []
        for place, call in calls:
            missing = _missing(call, found)
            if missing:
                group.outcomes[place] = LedgerError(
                    f"event {missing} is not in the ledger, so nothing can be planned on it"
                )
                continue
            numbered: list[tuple[int, IntentKey]] = []
            for decision in call.decisions:
                if not found[decision.account, decision.events[-1]][1]:
                    numbered += decided.add(decision, found)
                    group.leave(place, decision.account, decision.left)
                    if decision.caused is not None:
                        self._add_events(caused, decision.caused)
            keys.append((place, numbered))
        all_new = decided.run(self._connection)
        caused.run(self._connection, sql.RECEIVE)
        self._intent_seq = decided.intent_seq
        fresh = None if all_new else self._numbers(sql.INTENTS_FROM, first)
        for place, numbered in keys:
            group.outcomes[place] = tuple(
                key for number, key in numbered if fresh is None or number in fresh
            )

    def _plannable(self, calls: list[tuple[int, PlanCall]]) -> Plannable:
        names = list(
            dict.fromkeys(
                (decision.account, event_id)
                for _, call in calls
                for decision in call.decisions
                for event_id in decision.events
            )
        )
        rows = asked(self._connection, sql.PLANNABLE, {"rows": listed(names)})
        return {names[place]: (seq, bool(closed)) for place, seq, closed in rows}

    def _move(self, calls: list[tuple[int, ClaimCall | SettleCall]], group: Group) -> None:
        keys: list[IntentKey] = []
        for _, call in calls:
            if isinstance(call, ClaimCall):
                keys += call.keys
            else:
                keys += [settlement.key for settlement, _ in call.settlements]
        progress = Progress(self._connection, keys)
        for place, call in calls:
            if isinstance(call, ClaimCall):
                group.outcomes[place] = progress.claim(call)
            else:
                progress.settle(place, call, group)
        progress.run()

    def _keep(self, group: Group) -> None:
        conversations: dict[tuple[str, str], tuple[int | None, int | None, bytes]] = {}
        timings = []
        contacts: dict[tuple[str, str], bytes] = {}
        memo: dict[tuple[str, str], str] = {}
        for account, left in group.in_order():
            for owner, person, answer, text in left.conversations:
                conversations.pop((account, owner), None)  # to the end: changed last
                conversations[account, owner] = (person, answer, text)
            for owner, text in left.contacts:
                contacts[account, owner] = text
            for name, value in (left.memo or {}).items():
                memo[account, name] = value
            if left.timing is not None:
                timings.append(left.timing)
        write_timing(self._connection, timings)
        changed, people = Rows(), Rows()
        for names, (person, answer, text) in conversations.items():
            changed.add((*names, self._changed, person, answer), text)
            self._changed += 1
        for names, text in contacts.items():
            people.add(names, text)
        changed.run(self._connection, sql.KEEP_CONVERSATIONS)
        people.run(self._connection, sql.KEEP_CONTACTS)
        kept, dropped = Rows(), Rows()
        for names, value in memo.items():
            if value:
                kept.add((*names, value))
            else:
                dropped.add(names)
        kept.run(self._connection, sql.REMEMBER)
        dropped.run(self._connection, sql.FORGET)

    def _numbers(self, statement: str, first: int) -> frozenset[int]:
        return frozenset(asked(self._connection, statement, (first,)))


def _missing(call: PlanCall, found: Plannable) -> str:
    for decision in call.decisions:
        for event_id in decision.events:
            if (decision.account, event_id) not in found:
                return event_id
    return ""
