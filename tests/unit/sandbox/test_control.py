"""Playing people and reading back, by method and over `/_sandbox/`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clocks import HandClock
from tests.unit.sandbox.asking import NOTHING, Answer, ask, messages, send
from worker.sandbox.control import PLAYS
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.stage import Stage, StageError


def control(
    gateway: SandboxGateway, method: str, path: str, body: Any = NOTHING, **query: str
) -> Answer:
    """One control call, without a token."""
    sent = list(query.items())
    return ask(gateway, method, f"/_sandbox/{path}", body, query=sent, token="")


def play(gateway: SandboxGateway, name: str, **given: Any) -> Any:
    """The result of one play."""
    answer = control(gateway, "POST", f"play/{name}", given)
    assert answer.status == 200, answer.content
    return answer.document["result"]


def test_a_whole_conversation_can_be_played_over_http(gateway: SandboxGateway) -> None:
    """Without it tests in other processes could not play anybody."""
    contact = play(gateway, "create_contact", channel="web", language="th", display_name="Ploy")
    said = play(gateway, "customer_says", who=contact, text="ราคาเท่าไหร่")
    conversation = gateway.world.messages[said].conversation_id
    play(gateway, "agent_joins", who=conversation)
    play(gateway, "agent_says", who=conversation, text="สวัสดีค่ะ")
    play(gateway, "agent_leaves", who=conversation)
    play(gateway, "publisher_says", who=conversation)
    play(gateway, "bot_says", who=conversation, text="beep")
    play(gateway, "set_status", who=conversation, status="closed")
    told = control(gateway, "GET", f"conversations/{conversation}").document
    senders = [row["from"][:4] for row in told["messages"]]
    assert senders == ["con_", "u_" + gateway.world.agent.id[2:4], "pub_", "u_im"]
    assert told["conversation"]["status"] == "closed"
    assert told["conversation"]["mode"] == "automation"
    assert control(gateway, "GET", f"contacts/{contact}").document["language"] == "th"
    assert control(gateway, "GET", "notifications").document["notifications"][0]["type"] == 201


def test_a_button_is_picked_by_number_title_or_payload(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it quick replies could only be typed."""
    with pytest.raises(StageError, match="no menu"):
        gateway.stage.customer_picks(conversation, 1)
    options = [{"title": "Red", "payload": "r"}, {"title": "Blue", "payload": "b"}]
    body = {"type": "response", "content": {"text": "?", "quick_replies": options}}
    ask(gateway, "POST", "conversation_messages", {"conversation_id": conversation, **body})
    for option in (2, "Blue", "b"):
        gateway.stage.customer_picks(conversation, option)
        newest = messages(gateway, conversation)[0]
        assert newest["type"] == "quick_reply"
        assert newest["content"] == {"title": "Blue", "payload": "b", "description": ""}
    with pytest.raises(StageError, match="Red, Blue"):
        gateway.stage.customer_picks(conversation, "Green")


def test_any_message_of_any_author_can_be_written(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it unknown types and the missing author could not be met."""
    play(gateway, "write", who=conversation, sender="", type="hologram", content=["?"])
    row = messages(gateway, conversation)[0]
    assert (row["from"], row["type"], row["content"]) == ("", "hologram", ["?"])


def test_a_customer_may_reopen_by_switch(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a closed conversation would stay closed for every test."""
    gateway.stage.set_status(conversation, "closed")
    gateway.stage.customer_says(conversation, "one more thing")
    assert gateway.world.conversations[conversation].status == "closed"
    gateway.stage.set_switches(reopen_on_customer_message=True)
    gateway.stage.customer_says(conversation, "hello?")
    assert gateway.world.conversations[conversation].status == "active"


def test_the_journal_tells_every_accepted_write_in_order(
    gateway: SandboxGateway, conversation: str, clock: HandClock
) -> None:
    """Without it "what the gateway saw" could not be compared with what the worker believes."""
    send(gateway, conversation, "one")
    clock.pass_by(2)
    send(gateway, conversation, "")
    ask(gateway, "PUT", "notifications/read", ["not_1"])
    send(gateway, conversation, "two")
    document = control(gateway, "GET", "journal").document
    kinds = [(entry["sequence"], entry["kind"]) for entry in document["entries"]]
    assert kinds == [(1, "send"), (2, "read"), (3, "send")]
    assert document["newest"] == 3
    assert document["entries"][1]["at"] == "2026-10-05T02:00:02.000Z"
    later = control(gateway, "GET", "journal", after="1", kind="send").document["entries"]
    assert [entry["detail"]["content"]["text"] for entry in later] == ["two"]
    limited = control(gateway, "GET", "journal", limit="1").document["entries"]
    assert len(limited) == 1


def test_sends_are_told_by_conversation_in_order(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it each test would count answers in its own way."""
    other = gateway.stage.create_conversation(gateway.stage.create_contact())
    for where, text in ((conversation, "a"), (other, "b"), (conversation, "c")):
        send(gateway, where, text)
    gateway.stage.agent_says(conversation, "not mine")
    assert gateway.stage.texts(conversation) == ("a", "c")
    told = control(gateway, "GET", "sends").document
    assert [row["content"]["text"] for row in told[other]] == ["b"]


def test_requests_are_counted_by_endpoint_and_window(
    gateway: SandboxGateway, clock: HandClock
) -> None:
    """Without it neither the request budget nor the cost of a poll could be held."""
    for _ in range(3):
        ask(gateway, "GET", "contacts")
        clock.pass_by(20)
    ask(gateway, "GET", "/nowhere")
    told = control(gateway, "GET", "requests").document
    assert told["counts"] == {"list_contacts": 3, "unmounted": 1}
    assert (told["total"], told["busiest_minute"]) == (4, 3)
    control(gateway, "DELETE", "requests")
    assert control(gateway, "GET", "requests").document["total"] == 0


def test_faults_and_switches_are_set_over_http(gateway: SandboxGateway) -> None:
    """Without it a test in another process could not make anything go wrong."""
    added = control(gateway, "POST", "faults", {"fault": "list_contacts: 503 count=1"})
    assert added.document == {"fault": "* list_contacts: 503-before count=1"}
    assert ask(gateway, "GET", "contacts").status == 503
    assert list(control(gateway, "GET", "faults").document["faults"].values()) == [1]
    control(gateway, "DELETE", "faults")
    assert control(gateway, "GET", "faults").document == {"faults": {}}
    set_to = control(
        gateway, "POST", "switches", {"page_cap": 7, "response_refused_on": ["web"]}
    ).document
    assert (set_to["page_cap"], set_to["response_refused_on"]) == (7, ["web"])


def test_an_outage_leaves_the_control_open(gateway: SandboxGateway) -> None:
    """Without it nobody could end an outage that a test began."""
    control(gateway, "POST", "outage", {})
    assert control(gateway, "GET", "state").document["down"]
    control(gateway, "DELETE", "outage")
    assert ask(gateway, "GET", "contacts").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "play/customer_says", {"who": "conv_none", "text": "x"}, 400, "no conversation"),
        ("POST", "play/customer_says", {"who": "con_none", "text": "x"}, 400, "no contact"),
        ("POST", "play/customer_says", {"who": 1, "text": "x"}, 400, "who"),
        ("POST", "play/customer_says", {"who": "x"}, 400, "text"),
        ("POST", "play/dance", {}, 404, "no control"),
        ("POST", "play/set_switches", {}, 404, "no control"),
        ("POST", "play/notify", [], 400, "JSON object"),
        ("POST", "faults", {"fault": "x: y"}, 400, "no endpoint"),
        ("POST", "switches", {"page_cup": 1}, 400, "page_cap"),
        ("POST", "switches", {"page_cap": "many"}, 400, "page_cap"),
        ("GET", "journal", NOTHING, 400, "invalid literal"),
        ("GET", "nothing", NOTHING, 404, "no control"),
    ],
)
def test_a_wrong_control_call_says_what_is_wrong(
    gateway: SandboxGateway, *, method: str, path: str, body: Any, status: int, words: str
) -> None:
    """Without it a slip in a test would be searched for in the worker."""
    query = {"after": "x"} if path == "journal" else {}
    answer = control(gateway, method, path, body, **query)
    assert answer.status == status
    assert words in answer.document["message"]


def test_every_play_is_a_method_of_the_stage() -> None:
    """Without it a renamed method would be noticed only when a test plays it."""
    assert all(callable(getattr(Stage, name)) for name in PLAYS)


def test_the_control_explains_itself(gateway: SandboxGateway) -> None:
    """A person with only curl would have to read the source to play a customer."""
    answer = control(gateway, "GET", "")
    assert answer.status == 200
    told = answer.content.decode()
    assert all(f"  {name}(" in told for name in PLAYS)
    assert "customer_says(who, text)" in told
    assert 'create_contact(channel="web", language="en"' in told
