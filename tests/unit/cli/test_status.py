"""`worker status`: what the ledger holds, beside a running worker or after it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clocks import HandClock
from tests.contract.test_ledger_timers import timer_of
from tests.recorded_past import Said, record
from tests.unit.ledger.nouns import at, intent, planned, receipt, settlement
from tests.unit.ledger.nouns import event as stored
from worker.cli.main import main
from worker.clock import SystemClock
from worker.gateways.usage import USAGE_MEMO
from worker.ledger import open_ledger
from worker.model.action import IntentState
from worker.model.chat import Conversation
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ConversationId, EventId, MessageId
from worker.model.ledger import Receipt
from worker.model.state import ConversationState, Unanswered
from worker.runtime.retention import NEEDED

ACCOUNT = AccountId("imbrace")


@pytest.fixture(autouse=True)
def directory(clean_environment: Path) -> Path:
    """An empty working directory."""
    return clean_environment


def receive(clock: HandClock, *events: Event) -> None:
    """A worker has received these and stopped."""

    async def run() -> None:
        ledger = open_ledger("sqlite:///data/worker.db")
        await ledger.open()
        await ledger.receive(Receipt(account=ACCOUNT, events=events, memo={"cursor": "m_9"}))
        await ledger.close()

    asyncio.run(run())


def event(clock: HandClock, name: str, *, history: bool = False) -> Event:
    """A message that was received."""
    return Event(
        id=EventId(name),
        account=ACCOUNT,
        kind=EventKind.MESSAGE_RECEIVED,
        at=clock.now(),
        conversation_id=ConversationId("conv_1"),
        history=history,
    )


def test_without_a_ledger_it_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    """`nothing here` must not look like `nothing to do`; and looking must not make a file."""
    assert main(["status"]) == 3
    assert capsys.readouterr().err.startswith("worker: ")
    assert not Path("data").exists()


def test_a_file_that_is_no_ledger_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong path is the likely cause."""
    Path("data").mkdir()
    Path("data/worker.db").write_bytes(b"not a database at all" * 100)
    assert main(["status"]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_it_shows_what_is_stored(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    """Event ids shown here are what `explain` and support people ask with."""
    receive(clock, event(clock, "message:old", history=True), event(clock, "message:new"))
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "events   2 stored, 1 without a decision" in shown
    assert "message:new  no decision yet" in shown
    assert "message:old  backlog" in shown
    assert "cursor = m_9" in shown
    assert main(["status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["events"] == {"stored": 2, "unplanned": 1}
    assert {one["id"] for one in told["last_events"]} == {"message:old", "message:new"}


def test_it_tells_how_many_customers_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """A team that is falling behind looks like a quiet day."""
    since = SystemClock().now()
    one = MessageId("msg_1")
    waits = Unanswered(first_id=one, since=since, last_id=one, last_at=since)

    def state(name: str, answer: Unanswered | None) -> ConversationState:
        chat = Conversation(id=ConversationId(name))
        return ConversationState(conversation=chat, awaits_person=waits, awaits_answer=answer)

    async def run() -> None:
        ledger = open_ledger("sqlite:///data/worker.db")
        await ledger.open()
        states = (state("conv_1", waits), state("conv_2", None))
        await ledger.receive(Receipt(account=ACCOUNT, conversations=states))
        await ledger.close()

    asyncio.run(run())
    assert main(["status"]) == 0
    assert "waiting  2 customers for a person, 1 of them for any answer" in capsys.readouterr().out
    assert main(["status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["waiting"] == {"for_a_person": 2, "for_any_answer": 1}


def test_a_wrong_database_url_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a setting that is wrong, not a service that is away."""
    monkeypatch.setenv("WORKER_DATABASE_URL", "mysql://root:hunter2@db/x")
    assert main(["status"]) == 2
    assert "hunter2" not in capsys.readouterr().err


def test_it_shows_sources_with_their_age_and_the_rule_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`No events` would look the same whether nobody wrote or nobody read."""
    read_at = SystemClock().now() - timedelta(minutes=5)

    async def run() -> None:
        ledger = open_ledger("sqlite:///data/worker.db")
        await ledger.open()
        note = {"polled.messages": read_at.isoformat(), "rules.version": "abc123"}
        note |= {USAGE_MEMO: '{"ended":[[2.0,1]]}', NEEDED: "2678400"}  # for the next start
        await ledger.remember(ACCOUNT, note)
        await ledger.close()

    asyncio.run(run())
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "rules    abc123" in shown
    assert "sources  messages read 5 min ago" in shown
    assert "remembered" not in shown
    assert main(["status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rules_version"] == "abc123"
    assert told["memo"] == {USAGE_MEMO: '{"ended":[[2.0,1]]}', NEEDED: "2678400"}
    assert 300 <= told["sources"]["messages"]["age_s"] < 400


TRIAL = """
rules:
  - id: trial
    state: shadow
    when: message.received
    if: [{ text: [price, cost] }]
    do: [{ reply: From fifty dollars }, { tag: seen }]
    cooldown: { for: 10m }
  - id: price
    when: message.received
    if: [{ text: price }]
    do: [{ reply: "See our list,\\nplease" }]
  - id: tags
    when: message.received
    do: [{ tag: wrote }]
"""


def test_rules_in_shadow_are_told_beside_what_live_rules_did(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether to set a rule live would be decided by reading traces one by one."""
    rules = directory / "rules.yaml"
    rules.write_text(TRIAL, "utf-8")
    record(
        rules,
        Said("eve", "the cost?"),
        Said("eve", "price", 5),  # in its cooldown
        Said("bob", "price\x1b[2J?", 20),
    )
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    begin = lines.index("rules in the last 24 h:")
    assert lines[begin + 1 : begin + 7] == [
        "  tags  acted 3 times, 0 messages",
        "  price  acted 2 times, 2 messages",
        "  trial (shadow)  would have acted 2 times, 2 messages; answered there: nobody 1, price 1",
        "    for example message:msg_2  “price\\x1b[2J?”",
        "      trial would have said “From fifty dollars”",
        "      price said “See our list, please”",
    ]
    assert main(["status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["last_24h"]
    assert told[-1] == {
        "rule": "trial",
        "shadow": True,
        "acted": 2,
        "messages": 2,
        "answered_by": {"price": 1},
        "answered_by_nobody": 1,
        "example": "message:msg_2",
        "would_have_said": "From fifty dollars",
    }
    assert told[0] == {"rule": "tags", "shadow": False, "acted": 3, "messages": 0}


def test_before_any_rule_acted_nothing_is_told_of_rules(
    clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty heading reads like something that went missing."""
    receive(clock, event(clock, "message:new"))
    assert main(["status"]) == 0
    assert "24 h" not in capsys.readouterr().out


def test_rules_that_wait_are_shown_with_what_they_wait_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A conversation in the middle of a question would look finished to whoever is on duty."""

    async def run() -> None:
        ledger = open_ledger("sqlite:///data/worker.db")
        await ledger.open()
        asked = replace(intent(stored(1, account=ACCOUNT)), kind="ask")
        await ledger.receive(receipt(stored(1, account=ACCOUNT)))
        await ledger.plan([planned(stored(1, account=ACCOUNT), intents=(asked,))])
        await ledger.claim([asked.key], at(1))
        done = settlement(asked, IntentState.DONE, timer=timer_of(asked, at(500)))
        await ledger.settle([done])
        await ledger.close()

    asyncio.run(run())
    assert main(["status"]) == 0
    text = capsys.readouterr().out
    assert "flows    1 rules wait for a time or an answer" in text
    assert "or agent.replied  greet ask 'number'  conv_1" in text
    assert main(["status", "--json"]) == 0
    flows = json.loads(capsys.readouterr().out)["flows"]
    assert flows["count"] == 1
    assert flows["next"][0]["step"] == "number"
    assert flows["next"][0]["due_at"] == at(500).isoformat()
