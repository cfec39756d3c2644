"""The ledger in one SQLite file: one thread that writes, one that reads."""

# ruff: noqa: D102 - what each method promises is said once, at the port

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from worker.clock import Clock, SystemClock
from worker.errors import LedgerError
from worker.ledger import calls, handing, past, reads, schema, timing
from worker.ledger.codec import micros
from worker.ledger.connection import Connect, connect, reading, writing
from worker.ledger.failures import ledger_error
from worker.ledger.handing import HandCall
from worker.ledger.hold import Hold
from worker.ledger.pruning import PruneCall, compact, prunable
from worker.ledger.thread import GatheringThread
from worker.ledger.writer import Writer
from worker.model.action import Intent, IntentState
from worker.model.flow import Timer
from worker.model.hand import Hand
from worker.model.ids import (
    AccountId,
    ContactId,
    ConversationId,
    EventId,
    IntentKey,
    MessageId,
)
from worker.model.ledger import Activity, Planned, Receipt, Recent, Settlement, StoredEvent, Summary
from worker.model.past import PastDecision, PastNumbers
from worker.model.pruning import FROM_THE_START, PRUNE_BATCH, Pruned, PruneFrom
from worker.model.state import ContactState, ConversationState

Question = Callable[[sqlite3.Connection], object]
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class SqliteLedger:
    """`worker.model.ledger.Ledger` in one file. Every method raises `LedgerError` where it fails.

    Args:
        path: the file; it and its directories are made by `open`.
        read_only: nothing is written, migrated or locked; works beside a running worker.
        beside: as `read_only`, but decisions by hand may be put down and old history dropped: the
            two changes that no running worker has to know of.
        clock: tells when an event was received.
        connector: makes the connections; tests let it fail.
        writer: commits; the benchmark compares others.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        read_only: bool = False,
        beside: bool = False,
        clock: Clock | None = None,
        connector: Connect = connect,
        writer: type[Writer] = Writer,
    ) -> None:
        self._path = Path(path)
        self._read_only = read_only or beside
        self._beside = beside
        self._clock = clock or SystemClock()
        self._connector = connector
        self._writer = writer
        self._hold: Hold | None = None
        self._committer: Writer | None = None
        self._connections: list[sqlite3.Connection] = []
        self._writing: GatheringThread[calls.Call] | None = None
        self._reading: GatheringThread[Question] | None = None

    async def open(self) -> None:
        """See `Ledger.open`; read-only, the file must be there and have the newest schema."""
        if self._reading is not None:
            raise LedgerError(f"ledger {self._path} is open already")
        try:
            await asyncio.to_thread(self._connect)
        except BaseException as error:
            self._disconnect()
            if isinstance(error, sqlite3.Error):
                raise ledger_error(error, self._path) from error
            raise
        reader = self._connections[0]
        if self._committer is not None:
            self._writing = GatheringThread("ledger-writer", self._committer.commit)
        self._reading = GatheringThread("ledger-reader", partial(self._answer, reader))

    async def close(self) -> None:
        """See `Ledger.close`; a closed or never opened ledger stays closed."""
        if self._writing is not None:
            await self._writing.stop()
        if self._reading is not None:
            await self._reading.stop()
        await asyncio.to_thread(self._disconnect)

    def _connect(self) -> None:
        if self._path.is_dir():
            raise LedgerError(
                f"ledger {self._path} is a directory; "
                "WORKER_DATABASE_URL must name a file, which may be inside it"
            )
        if self._read_only:
            if not self._path.exists():
                raise LedgerError(
                    f"there is no ledger at {self._path}; `worker run` makes it, "
                    "or WORKER_DATABASE_URL names another file"
                )
            self._connections = [reading(self._path, self._connector)]
            version = schema.stored_version(self._connections[0], self._path)
            if version < schema.NEWEST:
                raise LedgerError(
                    f"ledger {self._path} has schema version {version} and needs "
                    f"{schema.NEWEST}; `worker run` brings it there"
                )
            if self._beside:
                writer = writing(self._path.resolve(), self._connector, beside=True)
                self._connections.append(writer)
                self._committer = self._writer(writer, self._path)
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"ledger {self._path}: its directory cannot be made ({error.strerror}); "
                "check the owner, mode and mount of what is above it"
            ) from error
        # Two names of one file must meet at one lock.
        path = self._path.resolve()
        self._hold = Hold(path)
        self._hold.take()
        writer = writing(path, self._connector)
        self._connections = [writer]
        schema.migrate(writer, self._path, schema.STEPS)
        self._committer = self._writer(writer, self._path)
        self._connections = [reading(path, self._connector), writer]

    async def compact(self) -> tuple[int, int]:
        """The file holds no free space; its bytes before and after. For a ledger nobody waits for.

        Raises:
            LedgerError: it is not held by this process, or there was no room to copy it.
        """
        if self._hold is None:
            raise LedgerError(f"ledger {self._path} is not held, so it cannot be made smaller")
        try:
            return await asyncio.to_thread(compact, self._path.resolve(), self._connector)
        except sqlite3.Error as error:
            raise ledger_error(error, self._path) from error

    def _disconnect(self) -> None:
        # The writer last: it merges the log into the file, which a reader would hinder.
        for connection in self._connections:
            connection.close()
        self._connections = []
        self._committer = None
        if self._hold is not None:
            self._hold.release()
            self._hold = None

    def _answer(
        self, connection: sqlite3.Connection, questions: Sequence[Question]
    ) -> Sequence[object]:
        answers: list[object] = []
        for question in questions:
            try:
                answers.append(question(connection))
            except Exception as error:  # noqa: BLE001 - it belongs to the one who asked
                answers.append(ledger_error(error, self._path))
        return answers

    async def _read(
        self,
        question: Callable[Concatenate[sqlite3.Connection, Asked], Answer],
        *args: Asked.args,
        **kwargs: Asked.kwargs,
    ) -> Answer:
        if self._reading is None:
            raise LedgerError(f"ledger {self._path} is not open")
        answer: Answer = await self._reading.ask(lambda link: question(link, *args, **kwargs))
        return answer

    def _write(self, call: calls.Call) -> asyncio.Future[Any]:
        if self._writing is None:
            why = "was opened for reading only" if self._read_only else "is not open"
            raise LedgerError(f"ledger {self._path} {why}")
        if self._beside and not isinstance(call, PruneCall | HandCall):
            raise LedgerError(f"ledger {self._path} may be changed by its own worker only")
        return self._writing.ask(call)

    async def memo(self, account: AccountId) -> Mapping[str, str]:
        return await self._read(reads.memo, account)

    async def remember(self, account: AccountId, memo: Mapping[str, str]) -> None:
        await self._write(calls.ready_remember(account, memo))

    async def receive(self, receipt: Receipt) -> tuple[EventId, ...]:
        fresh: tuple[EventId, ...] = await self._write(
            calls.ready_receive(receipt, self._clock.now())
        )
        return fresh

    async def unplanned(self, account: AccountId) -> tuple[StoredEvent, ...]:
        return await self._read(reads.unplanned, account)

    async def conversations(
        self, account: AccountId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, ConversationState]:
        return await self._read(reads.conversations, account, ids)

    async def tracked(self, account: AccountId) -> tuple[ConversationId, ...]:
        return await self._read(reads.tracked, account)

    async def awaiting(
        self,
        account: AccountId,
        *,
        automatic: bool,
        after: tuple[datetime, str],
        until: datetime,
        limit: int,
    ) -> tuple[tuple[ConversationId, datetime], ...]:
        return await self._read(reads.awaiting, account, automatic, after, until, limit)

    async def contacts(
        self, account: AccountId, ids: Sequence[ContactId]
    ) -> Mapping[ContactId, ContactState]:
        return await self._read(reads.contacts, account, ids)

    async def plan(self, decisions: Sequence[Planned]) -> tuple[IntentKey, ...]:
        new: tuple[IntentKey, ...] = await self._write(
            calls.ready_plan(decisions, self._clock.now())
        )
        return new

    async def claim(self, keys: Sequence[IntentKey], at: datetime) -> tuple[IntentKey, ...]:
        claimed: tuple[IntentKey, ...] = await self._write(calls.ready_claim(keys, at))
        return claimed

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await self._write(calls.ready_settle(settlements))

    async def timers(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Timer, ...]:
        return await self._read(timing.timers, account, conversation_id, before, limit)

    async def timer(self, account: AccountId, key: IntentKey) -> Timer | None:
        return await self._read(timing.timer, account, key)

    async def script(self, name: str) -> str | None:
        return await self._read(timing.script, name)

    async def open_intents(self, account: AccountId) -> tuple[Intent, ...]:
        return await self._read(reads.open_intents, account)

    async def intents(
        self, account: AccountId, states: Sequence[IntentState], limit: int = 100
    ) -> tuple[Intent, ...]:
        return await self._read(reads.intents, account, states, limit)

    async def intent(self, key: IntentKey) -> Intent | None:
        return await self._read(reads.intent, key)

    async def accounted(self, account: AccountId, ids: Sequence[MessageId]) -> frozenset[MessageId]:
        return await self._read(reads.accounted, account, ids)

    async def recent(self, account: AccountId, since: datetime) -> Recent:
        return await self._read(reads.recent, account, since)

    async def event(self, account: AccountId, event_id: EventId) -> StoredEvent | None:
        return await self._read(reads.event, account, event_id)

    async def events(
        self,
        account: AccountId,
        *,
        conversation_id: ConversationId | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> tuple[StoredEvent, ...]:
        return await self._read(reads.events, account, conversation_id, since, limit)

    async def decisions(self, account: AccountId, since: datetime) -> PastNumbers:
        return await self._read(past.decisions, account, since)

    async def decided(self, account: AccountId, numbers: PastNumbers) -> tuple[PastDecision, ...]:
        return await self._read(past.decided, account, numbers)

    async def activity(self, account: AccountId, since: datetime) -> tuple[Activity, ...]:
        return await self._read(reads.activity, account, since)

    async def summary(self, account: AccountId | None = None) -> Summary:
        """See `Ledger.summary`; for all accounts, memo names begin with the account and a slash."""
        return await self._read(reads.summary, account)

    async def prune(
        self,
        account: AccountId,
        before: datetime,
        *,
        start: PruneFrom = FROM_THE_START,
        limit: int = PRUNE_BATCH,
    ) -> Pruned:
        pruned: Pruned = await self._write(PruneCall(account, micros(before), start, limit))
        return pruned

    async def prunable(self, account: AccountId, before: datetime) -> Pruned:
        return await self._read(prunable, account, micros(before))

    async def ask(self, decision: Hand) -> int:
        number: int = await self._write(handing.ready_ask(decision))
        return number

    async def asked(self, account: AccountId) -> tuple[Hand, ...]:
        return await self._read(handing.asked_by_hand, account)

    async def answer(self, number: int, answer: str) -> None:
        await self._write(handing.ready_answer(number, answer))

    async def answered(self, number: int) -> str | None:
        return await self._read(handing.answered_by_hand, number)

    async def withdraw(self, number: int) -> bool:
        return await self._write(handing.ready_withdraw(number)) is not None
