"""From the documented samples to neutral nouns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.answers import converted
from worker.gateways.imbrace.wire import ContactRow, ConversationRow, MessageRow, NotificationRow
from worker.model.chat import Conversation, Message, QuickReply, Sender
from worker.model.ids import ContactId, ConversationId

HOME = Conversation(id=ConversationId("conv_1"), contact_id=ContactId("odd_contact"))


def conversation(document: dict[str, Any], user_id: str = "") -> Conversation:
    row = converted(document, ConversationRow)
    assert row is not None
    found = neutral.conversation(row, user_id)
    assert found is not None
    return found


def message(**document: Any) -> Message:
    if "from_" in document:
        document["from"] = document.pop("from_")
    row = converted({"id": "msg_1"} | document, MessageRow)
    assert row is not None
    return neutral.message(row, HOME, frozenset({"u_robot"}))


RAW = {
    "_id": "conv_3",
    "doc_name": "team_conversation_user",
    "public_id": "tcu_4",
    "created_at": "2024-11-14T14:12:16.056Z",
    "updated_at": "2024-11-14T14:12:16.056Z",
    "conversation": {
        "_id": "conv_3",
        "public_id": "conv_3",
        "channel_type": "web",
        "contact_id": "con_1",
        "status": "pending",
        "name": "TWN#NJ9585@14 Nov 2024",
        "timestamp": "2024-12-07T07:54:40.910Z",
        "updated_at": "2025-09-05T09:40:47.437Z",
        "created_at": "2024-11-14T14:12:16.016Z",
        "mode": "hybrid",
    },
    "latest_message": {"_id": "msg_5", "type": "text", "created_at": "2024-12-07T07:54:40.910Z"},
    "available_team_conversations": [
        {"_id": "tcu_6", "user_id": "u_7"},
        {"_id": "tcu_8", "user_id": "u_9"},
    ],
    "teams": [{"_id": "t_1", "name": "General"}],
}


def test_a_raw_row_whose_ids_disagree_is_read_in_the_right_places() -> None:
    """Without this the conversation would be taken for a team's view. Source: facts §4.2."""
    found = conversation(RAW)
    assert (found.id, found.address, found.contact_id) == ("conv_3", "tcu_4", "con_1")
    assert (found.status, found.mode, found.channel, found.team) == (
        "pending",
        "hybrid",
        "web",
        "General",
    )
    assert found.latest_message_id == "msg_5"
    assert found.moved_at == datetime(2025, 9, 5, 9, 40, 47, 437000, tzinfo=UTC)
    assert conversation(RAW, "u_9").address == "tcu_8", "the user's own address goes first"
    row = converted(RAW, ConversationRow)
    assert row is not None
    assert neutral.addresses(row) == ("tcu_4", "tcu_6", "tcu_8")


def test_the_short_variant_without_contact_and_messages_is_enough() -> None:
    """Without this the second documented sample would be unreadable. Source: facts §4.2."""
    assert (
        conversation({"_id": "conv_3", "conversation": RAW["conversation"]}).contact_id == "con_1"
    )


@pytest.mark.parametrize(
    ("document", "id_", "address"),
    [
        ({"id": "tcu_1", "conversation_id": "conv_a", "contact_id": "con_1"}, "conv_a", "tcu_1"),
        ({"id": "0f-bare", "conversation_id": "conv_0f-bare", "users": None}, "conv_0f-bare", ""),
        ({"id": "0f-bare"}, "conv_0f-bare", ""),
        ({"id": "tcu_1", "conversation_id": "0f-bare"}, "conv_0f-bare", "tcu_1"),
        (
            {"object_name": "conversation", "id": "conv_testing_conversation1"},
            "conv_testing_conversation1",
            "",
        ),
    ],
)
def test_both_generations_name_a_conversation_alike(
    document: dict[str, Any], id_: str, address: str
) -> None:
    """Without this one conversation would be two, and answered twice. Source: facts §3."""
    found = conversation(document)
    assert (found.id, found.address) == (id_, address)


def test_movement_is_marked_by_time_update_and_newest_message() -> None:
    """Without this a change in any one of them would go unseen."""
    plain = {"id": "tcu_1", "conversation_id": "conv_1", "updated_at": "2026-01-01T00:00:00.000Z"}
    marks = {
        conversation(plain).moved,
        conversation(plain | {"updated_at": "2026-01-01T00:00:00.001Z"}).moved,
        conversation(plain | {"last_message_at": "2026-01-01T00:00:00.000Z"}).moved,
        conversation(plain | {"latest_message": {"_id": "msg_1"}}).moved,
        conversation(plain | {"latest_message": {"_id": "msg_2"}}).moved,
    }
    assert len(marks) == 5


@pytest.mark.parametrize(
    ("said", "meant"), [("open", "active"), ("resolved", "closed"), ("rep needed", "rep needed")]
)
def test_the_newer_words_for_a_status_are_the_older_ones(said: str, meant: str) -> None:
    """Without this a closed conversation of the newer generation would be answered."""
    assert conversation({"id": "conv_1", "status": said}).status == meant


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        ("con_1", Sender.CUSTOMER),
        ("odd_contact", Sender.CUSTOMER),
        ("u_1", Sender.TEAM),
        ("u_imbrace_bot", Sender.BOT),
        ("u_robot", Sender.BOT),
        ("pub_1", Sender.BOT),
        ("", Sender.UNKNOWN),
        (None, Sender.UNKNOWN),
        ("ch_1", Sender.UNKNOWN),
    ],
)
def test_a_sender_is_known_by_the_id(author: str | None, sender: Sender) -> None:
    """Without this the worker would answer its own bot, or talk over a person. Source: facts §9."""
    assert message(from_=author).sender is sender


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"text": "hi"}, "hi"),
        ({"text": {"text": "inner"}}, "inner"),
        ({"text": {"en": "x"}}, ""),
        ({}, ""),
        (None, ""),
        ("bare", "bare"),
        ({"text": 5}, "5"),
    ],
)
def test_a_text_may_be_an_object_or_missing(content: Any, text: str) -> None:
    """Without this one streamed bot message would break the conversation. Source: facts §9."""
    assert message(content=content).text == text


def test_picks_menus_and_files_are_read_from_their_stored_form() -> None:
    """Without this menus could not be recognised on reading back, nor picks understood."""
    menu = {
        "title": "",
        "text": "?",
        "quick_replies": [{"id": 0, "title": "Red", "payload": "r"}, 5],
    }
    assert message(type="response", content=menu).quick_replies == (QuickReply("Red", "r"),)
    pick = message(type="quick_reply", content={"title": "Red", "payload": "r", "description": ""})
    assert (pick.title, pick.payload, pick.text) == ("Red", "r", "")
    assert message(type="file", content={"name": "a.pdf", "media_id": "m"}).caption == "a.pdf"
    assert message(type="image", content={"url": "https://x", "caption": "c"}).url == "https://x"


def test_times_that_are_none_are_empty() -> None:
    """Without this a fresh contact's empty times would be an error. Source: facts §3."""
    assert message(created_at="soon").created_at is None
    assert message(created_at="2026-01-01T00:00:00.5Z").created_at == datetime(
        2026, 1, 1, 0, 0, 0, 500000, UTC
    )


@pytest.mark.parametrize(
    ("code", "action_to", "number", "name", "address"),
    [
        (201, {"team_conversation_user_id": "tcu_1"}, 201, "conversation_new", "tcu_1"),
        (202, {"team_own_conversation_id": "toc_1"}, 202, "conversation_grab", "toc_1"),
        ("204", {"team_conversation_user_id": "tcu_1"}, 204, "conversation_assigned", "tcu_1"),
        (101, {"board_id": "brd_1"}, 101, "crm_assigned", ""),
        (999, None, 999, "", ""),
        ("new", {}, 0, "", ""),
    ],
)
def test_a_notification_of_any_code_is_read(
    code: Any, action_to: Any, number: int, name: str, address: str
) -> None:
    """Without this a code nobody documented would stop the feed. Source: facts §5.1."""
    row = converted(
        {"id": "not_1", "type": code, "action_to": action_to, "from": "General"}, NotificationRow
    )
    assert row is not None
    found = neutral.notification(row)
    assert (found.type, found.type_name, found.conversation_address) == (number, name, address)
    assert found.sender == "General"


def test_a_contacts_fields_without_a_neutral_name_are_kept() -> None:
    """Without this a rule could not use `contact.extra.position`."""
    row = converted(
        {
            "id": "con_1",
            "channel_type": "web",
            "last_seen": "",
            "position": "CEO",
            "wechat_id": "",
            "additional_params": {},
            "brand_new": {"a": 1},
            "phone_number": 85288888888,
        },
        ContactRow,
    )
    assert row is not None
    found = neutral.contact(row)
    assert found.extra == {"position": "CEO", "brand_new": {"a": 1}}
    assert (found.channel, found.phone_number, found.last_seen) == ("web", "85288888888", None)
