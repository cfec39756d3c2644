"""`worker actions`: what waits for a person, with a running worker and without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.ledger.nouns import at, event, intent, planned, receipt, settlement
from worker.cli import actions
from worker.cli.main import main
from worker.clock import SystemClock
from worker.ledger import open_ledger
from worker.model.action import Intent, IntentState
from worker.model.hand import Act
from worker.model.ids import AccountId, IntentKey, MessageId
from worker.model.ledger import Ledger

S = IntentState
URL = "sqlite:///data/worker.db"
ACCOUNT = AccountId("imbrace")
SECRET = "acc_9f8e7d6c5b4a39281706f5e4d3c2b1a0"
TEXT = "Our price list " * 40


@pytest.fixture(autouse=True)
def directory(clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a token that must not be seen."""
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", SECRET)
    return clean_environment


def _held(number: int, **more: object) -> Intent:
    """An action of this account; its key is 32 digits that begin with its number."""
    seen = event(number, account=ACCOUNT)
    key = IntentKey(f"{number:x}".ljust(32, "0"))
    work = {"kind": "text", "text": TEXT, "header": SECRET}
    return replace(intent(seen, key=key, work=work), **more)  # type: ignore[arg-type]


async def _filled(ledger: Ledger) -> None:
    """1 is dead, 0x2a and 0x2b are in doubt, 3 is done."""
    ends = {1: S.DEAD, 0x2A: S.IN_DOUBT, 0x2B: S.IN_DOUBT, 3: S.DONE}
    for number, state in ends.items():
        made = _held(number)
        await ledger.receive(receipt(event(number, account=ACCOUNT)))
        await ledger.plan([planned(event(number, account=ACCOUNT), intents=(made,))])
        await ledger.claim([made.key], at(10))
        error = f"rejected: Bearer {SECRET}\x1b[2J refused"
        await ledger.settle([settlement(made, state, error=error)])


def _with_ledger(work: Callable[[Ledger], Awaitable[object]]) -> object:
    async def run() -> object:
        ledger = open_ledger(URL)
        await ledger.open()
        try:
            return await work(ledger)
        finally:
            await ledger.close()

    return asyncio.run(run())


@pytest.fixture
def filled(directory: Path) -> Path:
    """A ledger of a stopped worker."""
    _with_ledger(_filled)
    return directory


def _stored(number: int) -> Intent:
    found = _with_ledger(lambda ledger: ledger.intent(_held(number).key))
    assert isinstance(found, Intent)
    return found


def test_the_list_shows_what_waits_newest_first(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person finds here what nobody else will settle."""
    assert main(["actions", "list"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[:2] for row in rows] == [
        ["in_doubt", "2b0000000000"],
        ["in_doubt", "2a0000000000"],
        ["dead", "100000000000"],
    ]
    assert main(["actions", "list", "--state", "dead", "--state", "done", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in listed] == ["done", "dead"]


def test_no_secret_and_little_of_what_was_said_is_shown(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed is copied into tickets."""
    for words in (["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"]):
        assert main(["actions", *words]) == 0
        out = capsys.readouterr().out
        assert "Our price list" in out
        assert SECRET not in out
        assert TEXT.strip() not in out
        assert "\x1b" not in out


def test_showing_one_names_the_commands_that_settle_it(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is called at night has no time to look them up."""
    assert main(["actions", "show", "2a"]) == 0
    out = capsys.readouterr().out
    for act in Act:
        assert f"worker actions {act} 2a0000000000" in out
    assert main(["actions", "show", "3"]) == 0
    assert "worker actions" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "why"),
    [("2", "begins 2 keys"), ("f", "there is no action f"), ("", "there is no action")],
)
@pytest.mark.parametrize("verb", ["show", "retry", "drop", "confirm"])
def test_a_key_that_is_not_clear_changes_nothing(
    filled: Path, capsys: pytest.CaptureFixture[str], verb: str, key: str, why: str
) -> None:
    """The wrong action retried is a message to the wrong customer."""
    assert main(["actions", verb, key]) == 1
    assert why in capsys.readouterr().err
    assert _stored(0x2A).state is S.IN_DOUBT
    assert _stored(0x2B).state is S.IN_DOUBT


def test_without_a_worker_a_retry_waits_for_the_next_with_a_new_deadline(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next start would skip it as stale."""
    assert main(["actions", "retry", "1"]) == 0
    assert "retried" in capsys.readouterr().out
    stored = _stored(1)
    assert stored.state is S.PENDING
    assert stored.expires_at > SystemClock().now() + timedelta(hours=23)


def test_a_retry_in_doubt_warns_that_it_may_arrive_twice(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the one way in which this worker sends something twice, and a person's choice."""
    assert main(["actions", "retry", "2a"]) == 0
    assert "twice" in capsys.readouterr().out


def test_dropping_and_confirming_end_it_for_good(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are the end of it; the message that a person saw is the worker's own from then on."""
    assert main(["actions", "drop", "2a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["done"] is True
    assert (_stored(0x2A).state, _stored(0x2A).reason) == (S.SKIPPED, "by_hand")
    assert main(["actions", "confirm", "2b", "--message-id", "msg_seen"]) == 0
    assert (_stored(0x2B).state, _stored(0x2B).result_id) == (S.DONE, MessageId("msg_seen"))


def test_what_waits_for_nobody_is_refused(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Retrying what is done would send it twice."""
    for act in Act:
        assert main(["actions", act, "3"]) == 1
        assert "is done" in capsys.readouterr().err
    assert main(["actions", "retry", "3", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["done"] is False
    assert _stored(3).state is S.DONE


@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["drop", "1"]])
def test_without_a_ledger_it_is_exit_3_and_none_is_made(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path must not look like `nothing waits`."""
    assert main(["actions", *words]) == 3
    assert "there is no ledger" in capsys.readouterr().err
    assert not Path("data").exists()


@pytest.mark.parametrize(
    "words", [[], ["list", "--state", "lost"], ["list", "--limit", "0"], ["show"]]
)
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    """Scripts tell a typing error from an answer."""
    with pytest.raises(SystemExit) as ended:
        main(["actions", *words])
    assert ended.value.code == 2


async def _beside_a_worker(answer: str | None, *words: str) -> tuple[int, list[tuple[str, Act]]]:
    """The command's exit code while a worker holds the ledger, and what that worker was asked."""
    ledger = open_ledger(URL)
    await ledger.open()
    asked: list[tuple[str, Act]] = []

    async def worker() -> None:
        while True:
            for hand in await ledger.asked(ACCOUNT):
                if answer is not None:
                    asked.append((hand.key, hand.act))
                    await ledger.answer(hand.number, answer)
            await SystemClock().sleep(0.01)

    working = asyncio.create_task(worker())
    try:
        return await asyncio.to_thread(main, ["actions", *words]), asked
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        assert await ledger.asked(ACCOUNT) == ()
        await ledger.close()


def test_a_running_worker_carries_the_decision_out(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker need not be stopped to settle what waits."""
    code, asked = asyncio.run(_beside_a_worker("retried it", "retry", "1"))
    assert (code, asked) == (0, [(_held(1).key, Act.RETRY)])
    assert capsys.readouterr().out == "retried it\n"


def test_a_running_workers_refusal_is_exit_1(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A colleague was faster."""
    code, _ = asyncio.run(_beside_a_worker("refused: it is done", "drop", "1"))
    assert code == 1
    assert capsys.readouterr().err == "worker: it is done\n"


def test_a_worker_that_does_not_answer_leaves_nothing_behind(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision that is carried out hours after it was given up would surprise everyone."""
    monkeypatch.setattr(actions, "_ANSWER_WITHIN_S", 0.05)
    code, _ = asyncio.run(_beside_a_worker(None, "retry", "1"))
    assert code == 3
    assert "nothing was changed" in capsys.readouterr().err
    assert _stored(1).state is S.DEAD
