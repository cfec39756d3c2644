"""Team conversations, counts, search and the third party's reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clocks import HandClock
from tests.unit.sandbox.asking import ask, send
from worker.sandbox.gateway import SandboxGateway

LIST = "/v2/backend/team_conversations"


def listed(gateway: SandboxGateway, *query: tuple[str, str]) -> dict[str, Any]:
    """The conversation list."""
    sent = [("type", "business_unit_id"), ("q", gateway.world.business_unit_id), *query]
    document: dict[str, Any] = ask(gateway, "GET", LIST, query=sent).document
    return document


def tcu_of(gateway: SandboxGateway, conversation: str) -> str:
    """The worker's account's tcu_ of the conversation."""
    return gateway.world.tcu_of(gateway.world.conversations[conversation], gateway.world.worker.id)


def test_the_list_is_ordered_by_movement(gateway: SandboxGateway, clock: HandClock) -> None:
    """Without it the cheap change detector would have nothing to detect."""
    first, second = (
        gateway.stage.create_conversation(gateway.stage.create_contact()) for _ in range(2)
    )
    assert [row["conversation_id"] for row in listed(gateway)["data"]] == [second, first]
    clock.pass_by(1)
    said = gateway.stage.customer_says(first, "hi")
    rows = listed(gateway)["data"]
    assert [row["conversation_id"] for row in rows] == [first, second]
    assert rows[0]["updated_at"] > rows[1]["updated_at"]
    assert rows[0]["latest_message"]["_id"] == said
    assert rows[0]["id"] == tcu_of(gateway, first)
    gateway.stage.set_switches(latest_message_in_list=False)
    assert "latest_message" not in listed(gateway)["data"][0]


def test_movement_may_lag_behind_the_message(
    gateway: SandboxGateway, conversation: str, clock: HandClock
) -> None:
    """Without it a reader that trusts the list at once would never be caught."""
    before = listed(gateway)["data"][0]["updated_at"]
    gateway.stage.set_switches(movement_lag_s=2.0)
    clock.pass_by(1)
    gateway.stage.customer_says(conversation, "hi")
    assert listed(gateway)["data"][0]["updated_at"] == before
    clock.pass_by(2)
    assert listed(gateway)["data"][0]["updated_at"] > before


@pytest.mark.parametrize("action", ["join", "leave", "mode", "status", "name"])
def test_every_change_moves_the_conversation(
    gateway: SandboxGateway, conversation: str, clock: HandClock, action: str
) -> None:
    """Without it a take-over would not be seen by a reader of movement."""
    before = listed(gateway)["data"][0]["updated_at"]
    clock.pass_by(1)
    tcu = tcu_of(gateway, conversation)
    if action == "join":
        gateway.stage.agent_joins(conversation)
    elif action == "leave":
        gateway.stage.agent_leaves(conversation)
    elif action == "mode":
        gateway.stage.set_mode(conversation, "hybrid")
    elif action == "status":
        gateway.stage.set_status(conversation, "closed")
    else:
        ask(gateway, "POST", "team_conversations/_update_name", {"id": tcu, "name": "n"})
    assert listed(gateway)["data"][0]["updated_at"] > before


def test_the_list_narrows_by_view_and_channel(gateway: SandboxGateway) -> None:
    """Without it views would be parameters that nothing answers."""
    web = gateway.stage.create_conversation(gateway.stage.create_contact())
    line = gateway.stage.create_conversation(gateway.stage.create_contact(channel="line"))
    gateway.stage.set_status(web, "closed")
    closed = listed(gateway, ("view", "closed"))
    assert [row["conversation_id"] for row in closed["data"]] == [web]
    assert closed["count"] == 1
    lines = listed(gateway, ("view", "all"), ("channel_types", "line"))
    assert [row["conversation_id"] for row in lines["data"]] == [line]
    assert listed(gateway, ("view", "yours"))["data"] == []


def test_the_list_can_be_missing(gateway: SandboxGateway, conversation: str) -> None:
    """Without it falling back to what the seeds document could not be tried."""
    gateway.stage.set_switches(team_list=False, team_detail=False)
    assert ask(gateway, "GET", LIST).status == 404
    tcu = tcu_of(gateway, conversation)
    assert ask(gateway, "GET", f"team_conversations/{tcu}").content.startswith(b"<!DOCTYPE html>")


def test_the_newer_generation_lists_bare_ids_and_searches_by_offset(newer: SandboxGateway) -> None:
    """Without it the three spellings of one id would never meet in a test."""
    made = [newer.stage.create_conversation(newer.stage.create_contact()) for _ in range(5)]
    rows = listed(newer)["data"]
    assert rows[0]["id"] == made[-1].removeprefix("conv_")
    assert sum("last_message_at" in row for row in rows) == 4
    assert rows[0]["status"] == "open"
    path = "/channel-service/v1/team_conversations/_search"
    pages = [
        ask(newer, "GET", path, query=[("limit", "1"), (name, "1")]).document["data"][0]["id"]
        for name in ("skip", "offset")
    ]
    assert pages == [made[4].removeprefix("conv_"), made[3].removeprefix("conv_")]
    query = [("type", "conversation_id"), ("q", made[0])]
    path = "/channel-service/v1/team_conversations"
    assert ask(newer, "GET", path, query=query).document["data"] == []


def test_the_detail_resolves_a_tcu_without_side_effects(
    gateway: SandboxGateway, newer: SandboxGateway, conversation: str
) -> None:
    """Without it the way from a notification to its conversation would be untested."""
    target = ask(gateway, "GET", "notifications").document["data"][0]["action_to"]
    tcu = target["team_conversation_user_id"]
    document = ask(gateway, "GET", f"team_conversations/{tcu}").document
    assert (document["id"], document["conversation_id"]) == (tcu, conversation)
    assert document["contact_id"] == document["contact"]["id"]
    assert document["is_joined"] is False
    assert document["mode"] is None
    assert ask(gateway, "GET", f"team_conversations/{conversation}").status == 404
    other = newer.stage.create_conversation(newer.stage.create_contact())
    for address in (other, other.removeprefix("conv_")):
        found = ask(newer, "GET", f"/channel-service/v1/team_conversations/{address}").document
        assert found["conversation_id"] == other


def test_joining_and_leaving_change_the_mode_for_everyone(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it the worker could hand over into a mode where the vendor's bot answers."""
    body = {"team_conversation_id": tcu_of(gateway, conversation)}
    joined = ask(gateway, "POST", "team_conversations/_join", body).document
    assert (joined["mode"], joined["is_joined"], joined["is_agent_joined"]) == (
        "manual",
        True,
        True,
    )
    left = ask(gateway, "POST", "team_conversations/_leave", body).document
    assert (left["mode"], left["is_joined"], left["is_agent_joined"]) == (
        "automation",
        False,
        True,
    )


def test_a_conversation_is_closed_reopened_and_assigned(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it hand-over actions would have nothing to act on."""
    path = "team_conversations/_update_status"
    tcu = tcu_of(gateway, conversation)
    assert (
        ask(gateway, "POST", path, {"id": tcu, "status": "closed"}).document["status"] == "closed"
    )
    body = {"conversation_id": conversation, "status": "active"}
    assert ask(gateway, "POST", path, body).document["status"] == "active"
    assert ask(gateway, "POST", path, {"id": tcu, "status": "no"}).status == 400
    agent = gateway.world.agent
    body = {
        "conversation_id": conversation,
        "team_id": "t_imbrace_default_team",
        "team_user_id": agent.id,
    }
    assigned = ask(gateway, "POST", "team_conversations/assign_team_member", body).document
    assert assigned["assigned_to"] == agent.id
    told = ask(gateway, "GET", "notifications", token=agent.token).document["data"][0]
    assert told["type"] == 204
    body["team_user_id"] = "u_nobody"
    assert ask(gateway, "POST", "team_conversations/assign_team_member", body).status == 400


def test_counts_follow_statuses_channels_and_teams(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it the three count endpoints of the seeds would be untested."""
    gateway.stage.set_status(conversation, "rep needed")
    query = [("type", "business_unit_id"), ("q", gateway.world.business_unit_id)]
    views = ask(gateway, "GET", f"{LIST}/_views_count", query=query).document
    assert (views["all"], views["rep_needed"], views["null"]) == (1, 1, 0)
    assert views["t_imbrace_default_team"] == 1
    by_channel = ask(
        gateway, "GET", "/v2/backend/channels/_conv_count", query=[("view", "all")]
    ).document
    assert (by_channel["web"], by_channel["line"], by_channel["all"]) == (1, 0, 1)
    path = "channels/_conv_count"
    team = [("team_id", "t_imbrace_default_team")]
    assert ask(gateway, "GET", path, query=team).document["web"] == 1
    refused = ask(gateway, "GET", path, query=[("team_id", "t_none")])
    assert (refused.status, refused.document) == (400, {"message": "Not Found"})


def test_from_a_conversation_to_its_tcus(gateway: SandboxGateway, conversation: str) -> None:
    """Without it the reverse direction would be untested."""
    document = ask(gateway, "GET", f"conversations/{conversation}").document
    assert document["conversation"]["_id"] == conversation
    assert tcu_of(gateway, conversation) in {row["id"] for row in document["data"]}


def test_search_spans_conversations_and_wraps_its_hits(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it both Meilisearch endpoints would be untested."""
    said = gateway.stage.customer_says(conversation, "Refund please")
    path = f"meilisearch/{gateway.world.organization_id}"
    document = ask(gateway, "POST", f"{path}/search", {"limit": 5, "q": "refund"}).document
    assert document["success"]
    assert [hit["_id"] for hit in document["message"]["hits"]] == [said]
    assert document["message"]["query"] == "refund"
    body = {"filter": f"conversation_id = {conversation}"}
    assert ask(gateway, "POST", f"{path}/fetch", body).document["message"]["total"] == 1
    assert ask(gateway, "POST", f"{path}/fetch", {"limit": 1}).status == 400
    assert ask(gateway, "POST", "meilisearch/org_other/search", {"q": ""}).status == 403


def third(gateway: SandboxGateway, path: str, *query: tuple[str, str], token: str = "") -> Any:
    """A call of the third party."""
    known = token or gateway.api_token
    return ask(gateway, "GET", f"/3rd/conversations{path}", query=query, token=known)


def test_a_third_party_reads_messages_raw(gateway: SandboxGateway, conversation: str) -> None:
    """Without it the best documented read would be untested."""
    gateway.stage.customer_says(conversation, "hi")
    send(gateway, conversation)
    document = third(gateway, f"/{conversation}/messages", ("limit", "1")).document
    assert (document["count"], document["total"], document["has_more"]) == (2, 1, True)
    row = document["items"][0]
    assert row["_id"] == row["public_id"]
    assert row["doc_name"] == "message"
    missing = third(gateway, "/conv_none/messages")
    assert (missing.status, missing.document) == (404, {"message": "Conversation not found"})
    unnamed = third(gateway, "//messages")
    assert (unnamed.status, unnamed.document) == (400, {"message": "conversation_id is required"})


def test_a_third_party_finds_links_by_phone(gateway: SandboxGateway) -> None:
    """Without it the seed's title-only endpoint would be untested."""
    phone = {"area_code": "852", "phone_number": "88888888"}
    contact = gateway.stage.create_contact(channel="whatsapp", fields=phone)
    conversation = gateway.stage.create_conversation(contact)
    organization = ("organization_id", gateway.world.organization_id)
    asked = [("phone_numbers", "85288888888"), ("phone_numbers", "123"), organization]
    rows = third(gateway, "/links", *asked).document
    assert rows[0]["conversation_links"][0]["link"].endswith(f"conv_id={conversation}")
    assert rows[1] == {"phone_number": "123", "conversation_links": []}
    unknown = [("phone_numbers", "123"), organization]
    assert third(gateway, "/links", *unknown).status == 404
    gateway.stage.set_switches(links_404_when_none=False)
    assert third(gateway, "/links", *unknown).document[0]["conversation_links"] == []
    assert third(gateway, "/links", organization).document["message"] == "phone_numbers is required"
    foreign = third(gateway, "/links", ("phone_numbers", "1"), ("organization_id", "org_b"))
    assert foreign.document["details"] == {
        "expected": gateway.world.organization_id,
        "received": "org_b",
    }
