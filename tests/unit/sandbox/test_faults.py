"""Every fault: what takes effect, and what the caller gets."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.unit.sandbox.asking import ask, begin, messages, send
from worker.sandbox.faults import KINDS, FaultError, FaultRule, parse_fault
from worker.sandbox.gateway import SandboxGateway, conclude
from worker.sandbox.reply import Ending, HungUp, Reply


def faulty_send(gateway: SandboxGateway, conversation: str, fault: str) -> Reply:
    """The reply of a send on which the fault is played."""
    gateway.faults.add(f"send_message: {fault}")
    body = {"conversation_id": conversation, "type": "text", "text": "x"}
    reply = begin(gateway, "POST", "conversation_messages", body)
    gateway.faults.clear()
    return reply


@pytest.mark.parametrize(
    ("fault", "status", "stored"),
    [
        *((str(status), status, 0) for status in (400, 401, 403, 404, 429, 500, 502, 503, 504)),
        *((f"{status}-after", status, 1) for status in (500, 502, 503, 504)),
        ("429-seconds", 429, 0),
        ("429-date", 429, 0),
        ("unknown-conversation", 500, 0),
        ("html", 200, 1),
        ("html-before", 200, 0),
        ("empty", 200, 1),
        ("empty-before", 200, 0),
        ("truncated", 200, 1),
        ("truncated-before", 200, 0),
        ("wrong-types", 200, 1),
        ("empty-from", 200, 1),
        ("lose-body", 400, 0),
        ("stall", 504, 0),
        ("stall-after", 200, 1),
    ],
)
def test_an_answered_fault_has_its_status_and_its_effect(
    gateway: SandboxGateway, conversation: str, fault: str, status: int, stored: int
) -> None:
    """Without it a fault could come on the wrong side of the effect, and prove nothing."""
    reply = faulty_send(gateway, conversation, fault)
    assert reply.response is not None
    assert reply.response.status == status
    assert len(messages(gateway, conversation)) == stored
    assert len(gateway.journal) == stored


@pytest.mark.parametrize(
    ("fault", "ending", "stored"),
    [
        ("refuse", Ending.REFUSED, 0),
        ("reset", Ending.RESET, 0),
        ("reset-after", Ending.RESET, 1),
        ("close seconds=30", Ending.CLOSED, 0),
        ("close-after seconds=30", Ending.CLOSED, 1),
    ],
)
def test_an_unanswered_fault_ends_the_connection(
    gateway: SandboxGateway, conversation: str, fault: str, ending: Ending, stored: int
) -> None:
    """Without it the platform's real way of failing could not be tried."""
    reply = faulty_send(gateway, conversation, fault)
    assert reply.ending is ending
    assert reply.delay_s == (30.0 if "30" in fault else 0.0)
    assert len(messages(gateway, conversation)) == stored
    with pytest.raises(HungUp):
        conclude(reply)


def test_a_late_call_takes_effect_only_when_its_time_has_come(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a send still on the wire, the reason for the settling time, could not be tried."""
    reply = faulty_send(gateway, conversation, "late seconds=5")
    assert reply.delay_s == 5.0
    assert messages(gateway, conversation) == []
    assert conclude(reply).status == 200
    assert len(messages(gateway, conversation)) == 1


def test_a_throttled_answer_says_when_in_both_spellings(gateway: SandboxGateway) -> None:
    """Without it only one form of Retry-After would be read."""
    gateway.faults.add("list_contacts: 429-seconds seconds=7 count=1")
    gateway.faults.add("list_contacts: 429-date seconds=7 count=1")
    gateway.faults.add("list_contacts: 429")
    assert ask(gateway, "GET", "contacts").headers["retry-after"] == "7"
    dated = parsedate_to_datetime(ask(gateway, "GET", "contacts").headers["retry-after"])
    assert (dated - gateway.world.now()).total_seconds() == 7
    assert "retry-after" not in ask(gateway, "GET", "contacts").headers


def test_broken_answers_are_broken(gateway: SandboxGateway) -> None:
    """Without it the parsers would be tried on answers that are whole."""
    for _ in range(3):
        gateway.stage.create_contact()
    whole = ask(gateway, "GET", "contacts")
    gateway.faults.add("list_contacts: truncated count=1")
    gateway.faults.add("list_contacts: wrong-types count=1")
    gateway.faults.add("list_contacts: html count=1")
    gateway.faults.add("list_contacts: empty count=1")
    cut = ask(gateway, "GET", "contacts")
    assert cut.document is None
    assert whole.content.startswith(cut.content)
    mangled = ask(gateway, "GET", "contacts").document["data"]
    assert [row["id"] == 17 for row in mangled] == [True, False, True]
    page = ask(gateway, "GET", "contacts")
    assert page.headers["content-type"].startswith("text/html")
    assert ask(gateway, "GET", "contacts").content == b""


def test_rows_are_doubled_reordered_or_the_page_ignored(gateway: SandboxGateway) -> None:
    """Without it paging would only meet lists that behave."""
    third, second, first = (gateway.stage.create_contact() for _ in range(3))

    def rows(fault: str) -> list[str]:
        gateway.faults.add(f"GET contacts: {fault} count=1")
        query = [("limit", "2"), ("skip", "1")]
        return [row["id"] for row in ask(gateway, "GET", "contacts", query=query).document["data"]]

    assert rows("duplicate-rows") == [second, second, third, third]
    assert rows("reorder-rows") == [third, second]
    assert rows("ignore-skip") == [first, second]


def test_a_lost_delete_body_dismisses_nothing(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a worker that trusts the 200 of a dismiss would pass."""
    row = ask(gateway, "GET", "notifications").document["data"][0]
    gateway.faults.add("DELETE notifications/dismiss: lose-body")
    assert ask(gateway, "DELETE", "notifications/dismiss", [row["id"]]).status == 200
    assert ask(gateway, "GET", "notifications").document["count"] == 1


def test_a_send_stored_without_author_is_still_in_the_journal(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it reading back what we cannot recognise by its author could not be tried."""
    faulty_send(gateway, conversation, "empty-from")
    assert messages(gateway, conversation)[0]["from"] == ""
    assert next(gateway.journal.entries()).actor == gateway.world.worker.id


def test_a_refused_call_stays_refused_under_a_damaging_fault(gateway: SandboxGateway) -> None:
    """Without it a fault could make an effect out of a wrong call."""
    gateway.faults.add("*: wrong-types")
    assert ask(gateway, "GET", "contacts/con_none").status == 404
    assert ask(gateway, "GET", "contacts", token="acc_no").status == 401


def test_a_fault_is_played_by_count_skip_and_probability(gateway: SandboxGateway) -> None:
    """Without it a test could not say which call fails."""
    gateway.faults.add("list_contacts: 503 skip=1 count=2")
    assert [ask(gateway, "GET", "contacts").status for _ in range(5)] == [200, 503, 503, 200, 200]
    assert gateway.faults.played() == {"* list_contacts: 503-before count=2 skip=1": 2}
    gateway.faults.clear()
    gateway.faults.add("list_contacts: 503 p=0.5")
    failed = sum(ask(gateway, "GET", "contacts").status == 503 for _ in range(400))
    assert 150 < failed < 250


@pytest.mark.parametrize(
    ("target", "hit"),
    [
        ("*", True),
        ("send_message", True),
        ("POST send_message", True),
        ("GET send_message", False),
        ("POST conversation_messages", True),
        ("POST conversation*", True),
        ("/v1/backend/conversation_messages", True),
        ("/channel-service/*", False),
        ("contacts/*", False),
    ],
)
def test_a_target_is_an_endpoint_or_a_path(
    gateway: SandboxGateway, conversation: str, target: str, hit: bool
) -> None:
    """Without it a fault might be played on other calls than its text says."""
    gateway.faults.add(f"{target}: 503")
    assert (send(gateway, conversation).status == 503) is hit


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_text_of_a_rule_reads_as_the_same_rule(kind: str) -> None:
    """Without it what the control API lists could not be played again."""
    rule = parse_fault(f"POST send_message: {kind} p=0.25 count=3 skip=1")
    assert parse_fault(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("send_message", "expected"),
        ("send_message:", "expected"),
        ("send_message: explode", "explode"),
        ("send_message: refuse-after", "-after"),
        ("send_mesage: 503", "send_mesage"),
        ("FETCH send_message: 503", "FETCH"),
        ("a b c: 503", "before the colon"),
        ("*: 503 p=2", "out of bounds"),
        ("*: 503 p=x", "no number"),
        ("*: 503 count=1.5", "no number"),
        ("*: 503 count=1 count=2", "count=2"),
        ("*: 503 often", "often"),
        ("*: 503 seconds=1", "takes no seconds"),
        ("*: 503 p=nan", "out of bounds"),
    ],
)
def test_a_wrong_fault_is_named_with_what_was_expected(text: str, word: str) -> None:
    """Without it `--fault` with a slip would play nothing and say nothing."""
    with pytest.raises(FaultError, match=word):
        parse_fault(text)


def test_a_rule_made_by_hand_is_checked_too(gateway: SandboxGateway) -> None:
    """Without it a slip in a test would be a KeyError in the middle of a run."""
    with pytest.raises(FaultError, match="explode"):
        gateway.faults.add(FaultRule(kind="explode"))
