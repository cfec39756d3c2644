"""How long the recorded past takes to be decided again: 100,000 events, 100 rules, whole command.

    python -m benchmarks.backtest [--events 100000] [--rules 100] [--keep FOLDER]

Makes a ledger as a worker would have left it (decisions by the real engine, one message in ten is
the second of a burst, answers sent and settled), then runs `worker backtest` on it with rules of
which some texts, cooldowns and phrases have changed, in a process of its own. Exits 1 where it
takes more than a minute of CPU for each 100,000 events (it runs on one core, so on a free machine
that is a minute by the clock). `--keep`: the ledger and the page stay there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.workload import CHANNELS, Subject, questions, subjects
from worker.engine.history import History
from worker.engine.index import RuleIndex
from worker.engine.plan import Standing, decide
from worker.engine.recorded import Seen, facts_of
from worker.ledger.sqlite import SqliteLedger
from worker.model.action import Intent, IntentState
from worker.model.chat import Contact, Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ContactId, ConversationId, EventId, MessageId
from worker.model.ledger import Planned, Receipt, Settlement, visible_send
from worker.model.state import ContactState, ConversationState
from worker.ruleset.load import load_rules

BOUND_S = 60.0
DAYS = 7
PEOPLE = 5_000
BATCH = 1_000
ACCOUNT = AccountId("imbrace")


_ADDED = """
  - id: delivery
    when: message.received
    if: [{ text: [delivery, ship, arrived, ส่ง] }]
    do: [{ reply: "We deliver within two days." }]
    cooldown: { for: 1h, per: conversation }"""


def write_rules(folder: Path, count: int, *, changed: bool) -> Path:
    """A rule for each subject; `changed`: as its author has them next week."""
    folder.mkdir()
    rules = "\n".join(_rule(one, changed=changed) for one in subjects(count))
    if changed:
        rules += _ADDED
    (folder / "rules.yaml").write_text(f"rules:\n{rules}\n", encoding="utf-8")
    return folder


def _rule(subject: Subject, *, changed: bool) -> str:
    phrases = subject.phrases[: 2 if changed and subject.number % 7 == 0 else 3]
    price = 90 if changed and subject.number % 5 == 0 else 100
    rest = "24h" if changed and subject.number % 3 == 0 else "12h"
    return f"""\
  - id: article-{subject.number}
    when: message.received
    if:
      - channel: {subject.channel}
      - text: {{ mentions: {json.dumps(phrases, ensure_ascii=False)} }}
      - not: {{ tag: vip }}
    do:
      - reply: "Hi {{{{ contact.first_name or 'there' }}}}, it is ${price + subject.number}."
      - tag: asked-{subject.number}
    cooldown: {{ for: {rest}, per: contact }}"""


class Desk:
    """Customers who ask, and the worker's engine that decides."""

    def __init__(self, rules: Path, count: int, events: int, begin: datetime) -> None:
        self._ruleset = load_rules(rules)
        self._index = RuleIndex(self._ruleset.rules)
        self._history = History()
        self._events, self._begin = events, begin
        self._chance = Random(20261005)
        self._subjects: dict[str, list[Subject]] = {channel: [] for channel in CHANNELS}
        for one in subjects(count):
            self._subjects[one.channel].append(one)
        self._others = [one.text for one in questions()]
        self._tags: dict[ContactId, frozenset[str]] = {}

    def decisions(self) -> Iterator[tuple[tuple[Event, ...], Planned]]:
        """Every decision with its events, in order of time."""
        made = 0
        while made < self._events:
            at = self._begin + timedelta(days=DAYS) * (made / self._events)
            person = self._chance.randrange(PEOPLE)
            count = min(2 if self._chance.random() < 0.1 else 1, self._events - made)
            events = tuple(self._event(person, made + step, at) for step in range(count))
            made += count
            yield events, self._decide(person, events, at + timedelta(seconds=3))

    def _event(self, person: int, number: int, at: datetime) -> Event:
        message = Message(
            id=MessageId(f"msg_{number:012}"),
            conversation_id=ConversationId(f"conv_{person:08}"),
            sender=Sender.CUSTOMER,
            sender_id=f"con_{person:08}",
            text=self._question(_channel(person)),
            created_at=at,
        )
        return Event(
            id=EventId(f"message:{message.id}"),
            account=ACCOUNT,
            kind=EventKind.MESSAGE_RECEIVED,
            at=at,
            conversation_id=message.conversation_id,
            contact_id=ContactId(message.sender_id),
            message=message,
        )

    def _question(self, channel: str) -> str:
        other = self._chance.choice(self._others)
        if self._chance.random() < 0.2 or not self._subjects[channel]:
            return other
        subject = self._chance.choice(self._subjects[channel])
        return f"{self._chance.choice(subject.phrases)}? {other}"

    def _decide(self, person: int, events: tuple[Event, ...], at: datetime) -> Planned:
        name, channel = ContactId(f"con_{person:08}"), _channel(person)
        contact = Contact(id=name, first_name=f"Mei {person}", language="en", channel=channel)
        chat = Conversation(
            id=ConversationId(f"conv_{person:08}"),
            contact_id=name,
            status="active",
            channel=channel,
        )
        seen = Seen(
            event=events[-1],
            events=events,
            at=at,
            conversation=ConversationState(conversation=chat, opened=True),
            contact=ContactState(id=name, contact=contact, tags=self._tags.get(name, frozenset())),
            first_message=False,
        )
        facts = facts_of(seen, self._ruleset.names)
        standing = Standing(
            conversation=seen.conversation, contact=seen.contact, history=self._history
        )
        ids = [one.id for one in events]
        planned = decide(facts, ids, self._index.candidates(facts), self._ruleset, standing)
        self._history.fired(planned.firings)
        self._history.sending(
            visible_send(one, one.created_at) for one in planned.intents if one.visible
        )
        added = {tag for one in planned.intents if one.kind == "tag" for tag in one.work["add"]}
        self._tags[name] = self._tags.get(name, frozenset()) | added
        return planned


def _channel(person: int) -> str:
    return CHANNELS[person % len(CHANNELS)]


async def record(file: Path, desk: Desk) -> int:
    """The ledger holds it all; how many answers."""
    ledger = SqliteLedger(file)
    await ledger.open()
    answers = 0
    batch: list[tuple[tuple[Event, ...], Planned]] = []
    for one in desk.decisions():
        batch.append(one)
        if len(batch) == BATCH:
            answers += await _store(ledger, batch)
            batch = []
    answers += await _store(ledger, batch)
    await ledger.close()
    return answers


async def _store(ledger: SqliteLedger, batch: Sequence[tuple[tuple[Event, ...], Planned]]) -> int:
    events = tuple(event for some, _ in batch for event in some)
    await ledger.receive(Receipt(account=ACCOUNT, events=events))
    await ledger.plan([planned for _, planned in batch])
    intents = [intent for _, planned in batch for intent in planned.intents]
    await ledger.claim([intent.key for intent in intents], batch[-1][1].at)
    await ledger.settle([_done(intent) for intent in intents])
    return sum(intent.visible for intent in intents)


def _done(intent: Intent) -> Settlement:
    result = MessageId(f"msg_{intent.key}") if intent.visible else None
    at = intent.created_at + timedelta(seconds=1)
    return Settlement(key=intent.key, state=IntentState.DONE, at=at, result_id=result)


def replay(database: Path, rules: Path, page: Path) -> tuple[dict[str, Any], float, float, float]:
    """The command's answer, its seconds by the clock and of CPU, and its peak in megabytes."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WORKER_")},
        "WORKER_DATABASE_URL": f"sqlite:///{database.resolve()}",
    }
    command = ["-m", "worker", "backtest", "--rules", str(rules), "--since", f"{DAYS + 1}d"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, *command, "--json", "--html", str(page)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), seconds, cpu, after.ru_maxrss / 1024


def main() -> int:
    """0 within the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    with nullcontext(asked.keep) if asked.keep else tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        folder.mkdir(exist_ok=True)
        was = write_rules(folder / "was", asked.rules, changed=False)
        new = write_rules(folder / "new", asked.rules, changed=True)
        begin = datetime.now(UTC) - timedelta(days=DAYS)
        desk = Desk(was, asked.rules, asked.events, begin)
        answers = asyncio.run(record(folder / "worker.db", desk))
        size = (folder / "worker.db").stat().st_size / 1e6
        print(f"recorded   {asked.events:,} events, {answers:,} answers, {size:.0f} MB")
        same = replay(folder / "worker.db", was, folder / "same.html")[0]["answers"]
        print(f"same rules {same['same']:,} answers the same, {_changed(same):,} others")
        told, seconds, cpu, peak = replay(folder / "worker.db", new, folder / "page.html")
    print(f"new rules  {told['answers']}")
    bound = BOUND_S * max(1.0, asked.events / 100_000)
    print(f"replayed   {cpu:.1f} s of CPU ({seconds:.1f} s by the clock), at most {bound:.0f} s")
    print(f"           {1e6 * cpu / asked.events:.0f} µs of CPU an event; {peak:.0f} MB at most")
    return 0 if cpu <= bound and not _changed(same) else 1


def _changed(answers: dict[str, int]) -> int:
    return answers["new"] + answers["gone"] + answers["different"]


if __name__ == "__main__":
    sys.exit(main())
