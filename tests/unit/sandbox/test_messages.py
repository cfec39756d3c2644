"""Messages: who addresses what, each documented type, order and lag."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clocks import HandClock
from tests.unit.sandbox.asking import ask, messages, send
from worker.sandbox.gateway import SandboxGateway

PATH = "conversation_messages"


def test_a_send_answers_200_with_the_whole_message(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client that waits for 201, or for less, would pass."""
    answer = send(gateway, conversation)
    assert answer.status == 200
    assert answer.document["conversation_id"] == conversation
    assert answer.document["from"] == gateway.world.worker.id
    assert answer.document["content"] == {"text": "Hello"}
    assert answer.document["channel_type"] == "web"
    assert messages(gateway, conversation)[0]["id"] == answer.document["id"]


def test_an_agent_may_address_by_conversation_or_by_any_tcu(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it one of the two documented addressings would be untested."""
    record = gateway.world.conversations[conversation]
    for tcu in (record.own_tcu, *record.tcus.values()):
        body = {"team_conversation_id": tcu, "type": "text", "text": "x"}
        assert ask(gateway, "POST", PATH, body).document["conversation_id"] == conversation
    assert len(messages(gateway, conversation)) == 3


def test_an_agent_without_address_is_refused(gateway: SandboxGateway, conversation: str) -> None:
    """Without it the SDKs' form, which cannot work for agents, would pass."""
    answer = ask(gateway, "POST", PATH, {"type": "text", "text": "x"})
    assert (answer.status, answer.document["message"]) == (400, "conversation_id required")


def test_the_newer_generation_wants_the_conversation_id(newer: SandboxGateway) -> None:
    """Without it a client that knows only tcu_ would pass on both generations."""
    conversation = newer.stage.create_conversation(newer.stage.create_contact())
    tcu = newer.world.conversations[conversation].own_tcu
    refused = {"code": 400, "message": "conversation_id required"}
    body = {"team_conversation_id": tcu, "type": "text", "text": "x"}
    assert ask(newer, "POST", PATH, body).document == refused
    query = [("type", "team_conversation_id"), ("q", tcu)]
    assert ask(newer, "GET", PATH, query=query).document == refused
    bare = conversation.removeprefix("conv_")
    assert ask(newer, "POST", PATH, {"conversation_id": bare, "text": "x"}).status == 200
    listed = ask(newer, "GET", PATH, query=[("conversation_id", bare)]).document
    assert listed["total"] == 1
    assert listed["data"][0]["conversation_id"] == conversation


def test_a_send_to_no_conversation_is_400_or_500_by_generation(
    gateway: SandboxGateway, newer: SandboxGateway
) -> None:
    """Without it the measured 500, which is not worth a retry, would be unknown to tests."""
    assert send(gateway, "conv_none").status == 400
    assert send(newer, "conv_none").status == 500
    newer.stage.set_switches(unknown_conversation_status=404)
    assert send(newer, "conv_none").status == 404


def test_a_contacts_token_speaks_as_the_contact_in_its_own_conversation(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it the documented example could be taken for an agent's call."""
    contact = gateway.world.conversations[conversation].contact_id
    answer = ask(gateway, "POST", PATH, {"type": "text", "text": "hi"}, token=contact)
    assert answer.document["from"] == contact
    listed = ask(gateway, "GET", PATH, token=contact).document
    assert [row["id"] for row in listed["data"]] == [answer.document["id"]]
    assert gateway.stage.sends() == {}


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"type": "text", "text": "a"}, {"text": "a"}),
        (
            {"type": "image", "url": "https://x/a.png?v=1", "caption": "c"},
            {"url": "https://x/a.png?v=1", "caption": "c", "extension": "png"},
        ),
        (
            {"type": "pdf", "url": "https://x/a.pdf"},
            {"url": "https://x/a.pdf", "caption": "", "extension": "pdf"},
        ),
        (
            {"type": "file", "url": "https://x/a"},
            {"url": "https://x/a", "caption": "", "extension": ""},
        ),
        (
            {"type": "quick_reply", "title": "Red", "payload": "0"},
            {"title": "Red", "payload": "0", "description": ""},
        ),
        ({"type": "message_template", "template_id": "m", "text": "t"}, {"text": "t"}),
        (
            {"type": "response", "content": {"text": "?", "quick_replies": [{"title": "A"}]}},
            {
                "title": "",
                "text": "?",
                "quick_replies": [{"id": 0, "content_type": "text", "title": "A", "payload": "A"}],
            },
        ),
    ],
)
def test_each_type_is_flat_on_the_way_in_and_an_object_on_the_way_out(
    gateway: SandboxGateway, conversation: str, body: dict[str, Any], content: dict[str, Any]
) -> None:
    """Without it a type could be stored in a shape the platform never has."""
    answer = ask(gateway, "POST", PATH, {"conversation_id": conversation, **body})
    assert answer.status == 200
    assert messages(gateway, conversation)[0]["content"] == content


def test_a_whatsapp_template_needs_a_whatsapp_conversation(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it the channel's own type would go anywhere."""
    phone = gateway.stage.create_conversation(gateway.stage.create_contact(channel="whatsapp"))
    body = {"type": "whatsapp.template", "template_id": "t", "variables": ["1"]}
    assert ask(gateway, "POST", PATH, {"conversation_id": phone, **body}).status == 200
    assert ask(gateway, "POST", PATH, {"conversation_id": conversation, **body}).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "text"},
        {"type": "text", "text": 3},
        {"type": "text", "text": ""},
        {"type": "image"},
        {"type": "dance", "text": "x"},
        {"type": "response", "text": "?", "quick_replies": []},
        {"type": "response", "text": "?", "quick_replies": ["A"]},
        {"type": ["text"], "text": "x"},
    ],
)
def test_a_wrong_body_is_refused_and_stores_nothing(
    gateway: SandboxGateway, conversation: str, body: dict[str, Any]
) -> None:
    """Without it a client's malformed message would look delivered."""
    answer = ask(gateway, "POST", PATH, {"conversation_id": conversation, **body})
    expected = {"code": 40000, "message": "Invalid message type or content"}
    assert (answer.status, answer.document) == (400, expected)
    assert messages(gateway, conversation) == []
    assert len(gateway.journal) == 0


def test_a_menu_is_refused_on_the_channels_that_the_switch_names(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it falling back to numbered text could not be tried."""
    gateway.stage.set_switches(response_refused_on=frozenset({"web"}))
    body = {"type": "response", "content": {"text": "?", "quick_replies": [{"title": "A"}]}}
    assert ask(gateway, "POST", PATH, {"conversation_id": conversation, **body}).status == 400
    other = gateway.stage.create_conversation(gateway.stage.create_contact(channel="line"))
    assert ask(gateway, "POST", PATH, {"conversation_id": other, **body}).status == 200


def test_the_list_is_newest_first_with_the_authors_nested(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it order, paging, or who is a bot would be guessed."""
    gateway.stage.customer_says(conversation, "one")
    gateway.stage.bot_says(conversation, "two")
    gateway.stage.agent_says(conversation, "three")
    query = [("conversation_id", conversation), ("limit", "2")]
    document = ask(gateway, "GET", PATH, query=query).document
    assert [row["content"]["text"] for row in document["data"]] == ["three", "two"]
    assert document["has_more"]
    assert document["nested"]["users"]["u_imbrace_bot"]["is_bot"]
    assert not document["nested"]["users"][gateway.world.agent.id]["is_bot"]
    rest = ask(gateway, "GET", PATH, query=[*query, ("skip", "2")]).document
    assert [row["content"]["text"] for row in rest["data"]] == ["one"]
    gateway.stage.set_switches(nested=False)
    assert "nested" not in ask(gateway, "GET", PATH, query=query).document


def test_a_list_without_selector_is_refused_unless_switched(gateway: SandboxGateway) -> None:
    """Without it this open question could only be answered one way."""
    answer = ask(gateway, "GET", PATH)
    assert (answer.status, answer.document["message"]) == (400, "Invalid request parameters")
    gateway.stage.set_switches(bare_list_refused=False)
    assert ask(gateway, "GET", PATH).document["data"] == []


def test_a_page_that_is_no_number_is_refused(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a client's wrong paging would go unseen."""
    query = [("conversation_id", conversation), ("limit", "-1")]
    assert ask(gateway, "GET", PATH, query=query).status == 400


def test_lists_may_lag_behind_the_write(
    gateway: SandboxGateway, conversation: str, clock: HandClock
) -> None:
    """Without it a read-back that trusts one look would never be caught."""
    gateway.stage.customer_says(conversation, "old")
    gateway.stage.set_switches(message_lag_s=3.0)
    send(gateway, conversation)
    assert [row["content"]["text"] for row in messages(gateway, conversation)] == ["old"]
    clock.pass_by(3.0)
    assert len(messages(gateway, conversation)) == 2


def test_sending_may_need_a_join_by_switch(gateway: SandboxGateway, conversation: str) -> None:
    """Without it the stricter reading of the platform could not be tried."""
    gateway.stage.set_switches(send_needs_join=True)
    assert send(gateway, conversation).status == 403
    tcu = gateway.world.conversations[conversation].own_tcu
    ask(gateway, "POST", "team_conversations/_join", {"team_conversation_id": tcu})
    assert send(gateway, conversation).status == 200


def test_a_send_may_answer_only_ids(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a client would rely on fields that a third party did not get."""
    gateway.stage.set_switches(brief_send_answer=True)
    assert send(gateway, conversation).document.keys() == {"id", "conversation_id"}


def test_a_conversation_is_made_by_a_customers_token(gateway: SandboxGateway) -> None:
    """Without it the seed's create call would be taken for an agent's."""
    contact = gateway.stage.create_contact()
    made = ask(gateway, "POST", "conversation", token=contact)
    assert (made.status, made.document["contact_id"]) == (200, contact)
    assert made.document["users"][0]["id"] == "u_imbrace_bot"
    same = ask(gateway, "GET", "/channel-service/v1/conversation", token=contact).document
    assert same["id"] == made.document["id"]
    channel = gateway.world.channels["line"]
    assert ask(gateway, "POST", "conversation", token=channel).document["channel_type"] == "line"
    assert ask(gateway, "POST", "conversation").document["code"] == 40000


def test_hostile_text_comes_back_as_it_was(gateway: SandboxGateway, conversation: str) -> None:
    """Without it NUL, surrogates and a megabyte would never reach the parsers under test."""
    for text in ("a\x00b", "\ud800", "{{ 7*7 }}<script>", "\u202eabc", "x" * 1_000_000):
        gateway.stage.customer_says(conversation, text)
        assert messages(gateway, conversation, 1)[0]["content"]["text"] == text
