"""How each endpoint is spelled, and that its documented sample is understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.gateways.doubles import answer
from worker.errors import SettingsError
from worker.gateways.imbrace import protocol_contacts as contacts
from worker.gateways.imbrace import protocol_conversations as conversations
from worker.gateways.imbrace import protocol_messages as messages
from worker.gateways.imbrace import protocol_notifications as notifications
from worker.gateways.imbrace import protocol_third as third
from worker.gateways.imbrace.answers import Call
from worker.gateways.imbrace.protocol import Prefix, credentials, prefix_of, segment
from worker.gateways.imbrace.protocol_messages import Address
from worker.model.chat import QuickReply

OLD, NEW = prefix_of("/v1/backend"), prefix_of("/channel-service/v1")
BOTH = Address("conv_1", "tcu_1")
PAGED = [("limit", "10"), ("skip", "0")]
TYPES = [("channel_types", name) for name in contacts.CHANNEL_TYPES]

SPELLED: list[tuple[Callable[[Prefix], Call[Any]], str, str, list[tuple[str, str]], Any]] = [
    (
        lambda p: contacts.contacts(p, 0, 10),
        "GET",
        "P/contacts",
        [*PAGED, ("sort", "-created_at")],
        None,
    ),
    (
        lambda p: contacts.search(p, "an", 0, 10),
        "GET",
        "P/contacts/_search",
        [*PAGED, ("q", "an"), ("type", "text")],
        None,
    ),
    (lambda p: contacts.contact(p, "con_1"), "GET", "P/contacts/con_1", [], None),
    (
        lambda p: contacts.update(p, "con_1", {"remark": "x"}),
        "PUT",
        "P/contacts/con_1",
        [],
        {"remark": "x"},
    ),
    (
        lambda p: contacts.conversations(p, "con_1"),
        "GET",
        "P/contacts/con_1/conversations",
        TYPES,
        None,
    ),
    (
        lambda p: contacts.comment(p, "con_1", "cmc_1"),
        "GET",
        "P/contacts/con_1/comment/cmc_1",
        [],
        None,
    ),
    (
        lambda p: contacts.comments(p, "con_1", 0, 10),
        "GET",
        "P/contacts/con_1/message_comments",
        [*TYPES, *PAGED],
        None,
    ),
    (
        lambda p: contacts.upload_file(p, "a", b"", "image/png"),
        "POST",
        "P/contacts/_fileupload",
        [],
        None,
    ),
    (lambda p: contacts.files(p, "con_1"), "GET", "P/contact/con_1/files", [], None),
    (lambda p: notifications.notifications(p, 0, 10), "GET", "P/notifications", PAGED, None),
    (lambda p: notifications.read(p, ["not_1"]), "PUT", "P/notifications/read", [], ["not_1"]),
    (
        lambda p: notifications.dismiss(p, ["not_1"]),
        "DELETE",
        "P/notifications/dismiss",
        [],
        ["not_1"],
    ),
    (
        lambda p: notifications.dismiss_all(p, "teams"),
        "DELETE",
        "P/notifications/dismiss/all",
        [("type", "teams")],
        None,
    ),
    (notifications.dismiss_all, "DELETE", "P/notifications/dismiss/all", [], None),
    (
        lambda p: conversations.view_counts(p, "bu_1"),
        "GET",
        "Q/team_conversations/_views_count",
        [("type", "business_unit_id"), ("q", "bu_1")],
        None,
    ),
    (
        conversations.channel_counts,
        "GET",
        "Q/channels/_conv_count",
        [("view", "all")],
        None,
    ),
    (
        lambda p: conversations.team_channel_counts(p, "t_1"),
        "GET",
        "P/channels/_conv_count",
        [("team_id", "t_1")],
        None,
    ),
    (conversations.create, "POST", "/v1/backend/conversation", [], None),
    (
        lambda p: conversations.team_conversations(p.v2, "bu_1", 0, 10),
        "GET",
        "Q/team_conversations",
        [("type", "business_unit_id"), ("q", "bu_1"), ("view", "all"), *PAGED],
        None,
    ),
    (
        lambda p: conversations.search(p, "bu_1", "", 20, 10),
        "GET",
        "P/team_conversations/_search",
        [
            ("business_unit_id", "bu_1"),
            ("type", "text"),
            ("q", ""),
            ("limit", "10"),
            ("skip", "20"),
            ("offset", "20"),
        ],
        None,
    ),
    (lambda p: conversations.detail(p, "tcu_1"), "GET", "P/team_conversations/tcu_1", [], None),
    (lambda p: conversations.memberships(p, "conv_1"), "GET", "P/conversations/conv_1", [], None),
    (
        lambda p: conversations.join(p, "tcu_1", "hybrid"),
        "POST",
        "P/team_conversations/_join",
        [],
        {"team_conversation_id": "tcu_1", "mode": "hybrid"},
    ),
    (
        lambda p: conversations.leave(p, "tcu_1"),
        "POST",
        "P/team_conversations/_leave",
        [],
        {"team_conversation_id": "tcu_1"},
    ),
    (
        lambda p: conversations.set_status(p, "tcu_1", "closed", "conv_1"),
        "POST",
        "P/team_conversations/_update_status",
        [],
        {"id": "tcu_1", "status": "closed", "conversation_id": "conv_1"},
    ),
    (
        lambda p: conversations.assign(p, "conv_1", "t_1", "u_1"),
        "POST",
        "P/team_conversations/assign_team_member",
        [],
        {"conversation_id": "conv_1", "team_id": "t_1", "team_user_id": "u_1", "user_id": "u_1"},
    ),
    (
        lambda p: conversations.unassign(p, "conv_1", "t_1", "u_1"),
        "POST",
        "P/team_conversations/remove_team_member",
        [],
        {"conversation_id": "conv_1", "team_id": "t_1", "user_id": "u_1"},
    ),
    (
        lambda p: conversations.add_comment(p, "conv_1", "msg_1", "note"),
        "POST",
        "P/conversations/conv_1/conversation_messages/msg_1/comments",
        [],
        {"content": "note"},
    ),
    (
        lambda p: messages.messages(p, BOTH, 0, 10),
        "GET",
        "P/conversation_messages",
        [("type", "team_conversation_id"), ("q", "tcu_1"), ("conversation_id", "conv_1"), *PAGED],
        None,
    ),
    (
        lambda p: messages.upload_file(p, "a", b"", "image/png"),
        "POST",
        "P/conversation_messages/_fileupload",
        [],
        None,
    ),
    (
        lambda p: messages.search(p, "org_1", "refund", 100),
        "POST",
        "/v1/backend/meilisearch/org_1/search",
        [],
        {"limit": 100, "q": "refund"},
    ),
    (
        lambda p: messages.fetch(p, "org_1", "fields.a = b", 5),
        "POST",
        "/v1/backend/meilisearch/org_1/fetch",
        [],
        {"filter": "fields.a = b", "limit": 5},
    ),
    (
        lambda _: third.messages("conv_1", 0, 10),
        "GET",
        "/3rd/conversations/conv_1/messages",
        PAGED,
        None,
    ),
    (
        lambda _: third.links(("85288888888", "1"), "org_1"),
        "GET",
        "/3rd/conversations/links",
        [("phone_numbers", "85288888888"), ("phone_numbers", "1"), ("organization_id", "org_1")],
        None,
    ),
]


@pytest.mark.parametrize("prefix", [OLD, NEW], ids=["old", "new"])
@pytest.mark.parametrize(("make", "method", "path", "query", "body"), SPELLED)
def test_each_endpoint_is_spelled_as_documented(
    prefix: Prefix,
    make: Callable[[Prefix], Call[Any]],
    method: str,
    path: str,
    query: list[tuple[str, str]],
    body: Any,
) -> None:
    """Without this a slip in a path would be found by an operator, as a 404."""
    request = make(prefix).request
    spelled = path.replace("P/", f"{prefix.v1}/").replace("Q/", f"{prefix.v2}/")
    assert (request.method, request.path, list(request.query)) == (method, spelled, query)
    assert request.body == body
    assert request.has_body is (body is not None)
    assert request.endpoint
    assert "_1" not in request.endpoint, "metrics have no ids"
    searches = "meilisearch" in path or request.upload is not None
    assert request.writes is (method != "GET" and not searches)


BUTTONS = [{"id": 0, "content_type": "text", "title": "Red", "payload": "r"}]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (messages.TextBody("hi"), {"type": "text", "text": "hi"}),
        (messages.MediaBody("image", "u", "c"), {"type": "image", "url": "u", "caption": "c"}),
        (messages.MediaBody("file", "u"), {"type": "file", "url": "u", "caption": ""}),
        (messages.MediaBody("pdf", "u"), {"type": "pdf", "url": "u", "caption": ""}),
        (
            messages.QuickReplyBody("Red", "r"),
            {"type": "quick_reply", "title": "Red", "payload": "r"},
        ),
        (
            messages.MessageTemplateBody("mtemp_1", "x"),
            {"type": "message_template", "template_id": "mtemp_1", "text": "x"},
        ),
        (
            messages.WhatsappTemplateBody("wt", ("a",)),
            {"type": "whatsapp.template", "template_id": "wt", "variables": ("a",)},
        ),
        (
            messages.ResponseBody("Colour?", (QuickReply("Red", "r"),)),
            {
                "type": "response",
                "content": {"title": "", "text": "Colour?", "quick_replies": BUTTONS},
            },
        ),
    ],
)
def test_every_message_type_is_sent_with_both_addresses(
    body: messages.MessageBody, fields: dict[str, Any]
) -> None:
    """Without this one generation would not know the conversation. Source: facts §7.3."""
    sent = messages.send(OLD, BOTH, body).request.body
    assert sent == {"conversation_id": "conv_1", "team_conversation_id": "tcu_1"} | fields
    assert "team_conversation_id" not in messages.send(OLD, Address("conv_1"), body).request.body


def test_counts_keep_numbers_only() -> None:
    """Without this an odd value in the counts would stop whoever reads them."""
    read = conversations.view_counts(OLD, "bu").read
    assert read(answer({"all": 975, "null": 0, "t_1": None, "x": "y"})) == {"all": 975, "null": 0}


def test_search_results_are_unwrapped() -> None:
    """Without this the wrapped hits would be an empty answer. Source: facts §7.4, §7.5."""
    hit = {"_id": "msg_1"}
    found = messages.search(OLD, "o", "q", 1).read(
        answer({"success": True, "message": {"hits": [hit], "offset": 0, "estimatedTotalHits": 0}})
    )
    assert found.rows == (hit,)
    fetched = messages.fetch(OLD, "o", "f", 1).read(
        answer({"success": True, "message": {"results": [], "offset": 0, "limit": 1, "total": 0}})
    )
    assert fetched.rows == ()


@pytest.mark.parametrize(
    "body",
    [
        [
            {
                "phone_number": "852",
                "conversation_links": [{"link": "https://w.example/c?conv_id=conv_1&x=2"}],
            }
        ],
        {"data": [{"phone_number": "852", "conversation_id": "conv_1"}], "count": 1},
    ],
)
def test_links_of_both_documented_shapes_name_the_conversation(body: Any) -> None:
    """Without this one of two documents would break the look-up. Source: facts §8.2."""
    (found,) = third.links(("852",), "org").read(answer(body))
    assert (found.phone_number, found.conversation_ids) == ("852", ("conv_1",))


@pytest.mark.parametrize(
    ("token", "is_third", "headers"),
    [
        ("acc_1", False, {"x-access-token": "acc_1"}),
        ("api_1", True, {"x-access-token": "api_1"}),
        ("api_1", False, {"x-api-key": "api_1"}),
        ("eyJhbGci.x.y", False, {"authorization": "Bearer eyJhbGci.x.y"}),
    ],
)
def test_a_token_goes_into_the_header_of_its_kind(
    token: str,
    is_third: bool,
    headers: dict[str, str],
) -> None:
    """Without this a valid token would be refused. Source: facts §2."""
    assert credentials(token, third=is_third) == headers
    assert credentials(token, "org_1", third=is_third)["x-organization-id"] == "org_1"


def test_an_id_cannot_leave_its_place_in_a_path() -> None:
    """Without this an id made by a stranger could name another endpoint."""
    assert segment("../a?b#c") == "..%2Fa%3Fb%23c"
    assert segment("..") == "%2E%2E"


@pytest.mark.parametrize("setting", ["", "/", "http://x?y", "a b"])
def test_a_prefix_that_is_no_path_is_a_settings_error(setting: str) -> None:
    """Without this a wrong prefix would be 404 on every call."""
    with pytest.raises(SettingsError):
        prefix_of(setting)
