"""Notifications: of conversations, one list a person, dismissed by a DELETE with a body."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.asking import ask
from worker.sandbox.gateway import SandboxGateway


def test_a_new_conversation_tells_each_member_once_with_its_own_tcu(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it tcu_ ids of one person could be used for another."""
    world = gateway.world
    mine = ask(gateway, "GET", "notifications").document
    theirs = ask(gateway, "GET", "notifications", token=world.agent.token).document
    assert mine["count"] == theirs["count"] == mine["unread_count"] == 1
    row, other = mine["data"][0], theirs["data"][0]
    assert (row["type"], row["content"], row["from"]) == (201, "", "General")
    assert row["title"] == world.conversations[conversation].name
    assert row["recipient"] == world.worker.id
    assert row["action_to"].keys() == {"team_conversation_user_id"}
    assert row["action_to"] != other["action_to"]
    assert mine.keys() == {"data", "count", "total", "unread_count", "has_more"}


def test_a_message_makes_no_notification(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a worker fed only by notifications would look right here and miss follow-ups."""
    gateway.stage.customer_says(conversation, "hi")
    gateway.stage.customer_says(conversation, "anybody there?")
    assert ask(gateway, "GET", "notifications").document["count"] == 1


def test_a_grab_team_is_told_with_202_and_a_toc(gateway: SandboxGateway) -> None:
    """Without it notifications that name no tcu_ would never be seen."""
    gateway.world.teams["t_imbrace_default_team"].mode = "grab"
    gateway.stage.create_conversation(gateway.stage.create_contact())
    row = ask(gateway, "GET", "notifications").document["data"][0]
    assert row["type"] == 202
    toc = row["action_to"]["team_own_conversation_id"]
    assert ask(gateway, "POST", "team_conversations/_join_request", {"id": toc}).status == 200
    assert ask(gateway, "POST", "team_conversations/_join_request", {"id": toc}).status == 404


def test_read_takes_a_bare_array_and_answers_nothing(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client that parses the empty answer would pass."""
    row = ask(gateway, "GET", "notifications").document["data"][0]
    answer = ask(gateway, "PUT", "notifications/read", [row["id"], "not_unknown"])
    assert (answer.status, answer.content) == (200, b"")
    after = ask(gateway, "GET", "notifications").document
    assert after["data"][0]["is_read"]
    assert after["unread_count"] == 0


def test_dismiss_removes_only_ones_own(gateway: SandboxGateway, conversation: str) -> None:
    """Without it a colleague's list could be emptied unnoticed."""
    row = ask(gateway, "GET", "notifications").document["data"][0]
    other = gateway.world.agent.token
    assert ask(gateway, "DELETE", "notifications/dismiss", [row["id"]], token=other).status == 200
    assert ask(gateway, "GET", "notifications").document["count"] == 1
    answer = ask(gateway, "DELETE", "notifications/dismiss", [row["id"]])
    assert (answer.status, answer.content) == (200, b"")
    assert ask(gateway, "GET", "notifications").document["data"] == []


@pytest.mark.parametrize("body", [{"ids": []}, {"notification_id": ["not_1"]}, [1], "not_1"])
def test_other_bodies_than_a_bare_array_of_ids_are_refused(
    gateway: SandboxGateway, body: object
) -> None:
    """Without it the SDKs' spellings, which fail in production, would pass."""
    for method, path in (("PUT", "notifications/read"), ("DELETE", "notifications/dismiss")):
        answer = ask(gateway, method, path, body)
        assert (answer.status, answer.document["code"]) == (400, 40000)


def test_dismiss_all_takes_one_kind_or_everything(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it `type=conversations` could clear a team's invitations."""
    gateway.stage.notify(type=301)
    gateway.stage.notify(type=999)
    query = [("type", "conversations")]
    assert ask(gateway, "DELETE", "notifications/dismiss/all", query=query).content == b""
    left = ask(gateway, "GET", "notifications").document["data"]
    assert [row["type"] for row in left] == [999, 301]
    ask(gateway, "DELETE", "notifications/dismiss/all")
    assert ask(gateway, "GET", "notifications").document["count"] == 0


def test_the_list_can_be_narrowed_to_a_kind(gateway: SandboxGateway, conversation: str) -> None:
    """Without it the front end's parameter would be ignored here."""
    gateway.stage.notify(type=101)
    document = ask(gateway, "GET", "notifications", query=[("type", "assigns")]).document
    assert [row["type"] for row in document["data"]] == [101]


def test_reopening_announces_only_by_switch(gateway: SandboxGateway, conversation: str) -> None:
    """Without it this open question could only be answered one way."""
    gateway.stage.set_status(conversation, "closed")
    gateway.stage.set_status(conversation, "active")
    assert ask(gateway, "GET", "notifications").document["count"] == 1
    gateway.stage.set_switches(reopen_notifies=True)
    gateway.stage.set_status(conversation, "closed")
    gateway.stage.set_status(conversation, "active")
    assert ask(gateway, "GET", "notifications").document["count"] == 2


def test_the_short_path_of_the_curl_examples_is_not_mounted(gateway: SandboxGateway) -> None:
    """Without it a client built from the examples would pass."""
    answer = ask(gateway, "PUT", "/v1/notifications/read", [])
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert b"Cannot PUT /v1/notifications/read" in answer.content
    gateway.stage.set_switches(short_prefix=True)
    assert ask(gateway, "PUT", "/v1/notifications/read", []).status == 200
