"""Contacts as the documents describe them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.sandbox import asking
from tests.unit.sandbox.asking import ask, send
from worker.model.http import Upload
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.reply import decode


def test_the_list_counts_all_in_count_and_the_page_in_total(gateway: SandboxGateway) -> None:
    """Without it a client that reads `total` as everything would pass here and stop early there."""
    made = [gateway.stage.create_contact() for _ in range(3)]
    document = ask(gateway, "GET", "contacts", query=[("limit", "2")]).document
    assert [row["id"] for row in document["data"]] == [made[2], made[1]]
    assert (document["count"], document["total"], document["has_more"]) == (3, 2, True)
    assert document["object_name"] == "list"


def test_the_newer_generation_means_everything_by_total(newer: SandboxGateway) -> None:
    """Without it the client's other reading of `total` would never be tried."""
    for _ in range(3):
        newer.stage.create_contact()
    document = ask(newer, "GET", "/channel-service/v1/contacts", query=[("limit", "2")]).document
    assert document.keys() == {"data", "total"}
    assert document["total"] == 3


def test_a_page_is_ten_rows_by_default_and_the_cap_at_most(gateway: SandboxGateway) -> None:
    """Without it a client that asks for 10,000 rows would never learn to page."""
    for _ in range(12):
        gateway.stage.create_contact()
    assert len(ask(gateway, "GET", "contacts").document["data"]) == 10
    gateway.stage.set_switches(page_cap=5)
    document = ask(gateway, "GET", "contacts", query=[("limit", "1000")]).document
    assert len(document["data"]) == 5


def test_a_fresh_contact_has_empty_texts_and_a_null_update_time(gateway: SandboxGateway) -> None:
    """Without it a client that expects a time there would break on the first real contact."""
    row = ask(gateway, "GET", f"contacts/{gateway.stage.create_contact()}").document
    assert row["updated_at"] is None
    assert row["first_name"] == ""
    assert row["display_name"].startswith("UNK#")
    assert row["created_at"] == "2026-10-05T02:00:00.000Z"


def test_an_update_merges_normalises_and_tells_its_action(gateway: SandboxGateway) -> None:
    """Without it read-before-write would be tried against a platform that echoes."""
    contact = gateway.stage.create_contact(fields={"remark": "vip"})
    body = {"gender": "m", "first_name": "Ann", "last_name": "Lee", "labels": ["x"]}
    row = ask(gateway, "PUT", f"contacts/{contact}", body).document
    assert (row["gender"], row["display_name"], row["remark"]) == ("Male", "Ann Lee", "vip")
    assert row["action"] == "bu.contact_updated"
    assert row["updated_at"] is not None
    assert "labels" not in row


def test_an_update_may_replace_by_switch(gateway: SandboxGateway) -> None:
    """Without it nobody would see a client that loses what it did not name."""
    gateway.stage.set_switches(contact_update="replace")
    contact = gateway.stage.create_contact(fields={"remark": "vip"})
    row = ask(gateway, "PUT", f"contacts/{contact}", {"first_name": "Ann"}).document
    assert (row["remark"], row["first_name"]) == ("", "Ann")


def test_labels_are_kept_where_the_switch_says_so(gateway: SandboxGateway) -> None:
    """Without it the paper-only field could not be tried."""
    gateway.stage.set_switches(labels_on_contacts=True)
    contact = gateway.stage.create_contact()
    assert ask(gateway, "PUT", f"contacts/{contact}", {"labels": ["x"]}).document["labels"] == ["x"]


def test_an_unknown_contact_has_a_400_that_says_not_found(gateway: SandboxGateway) -> None:
    """Without it this oddest of the documented errors would be met first in production."""
    answer = ask(
        gateway, "GET", "contacts/con_none/conversations", query=[("channel_types", "web")]
    )
    assert (answer.status, answer.document) == (400, {"message": "Not Found"})
    assert ask(gateway, "GET", "contacts/con_none").status == 404


@pytest.mark.parametrize(
    "query",
    [
        [("channel_types", "web"), ("channel_types", "whatsapp")],
        [("channel_types", "whatsapp,web")],
    ],
)
def test_a_contacts_conversations_are_raw_with_two_kinds_of_ids(
    gateway: SandboxGateway, conversation: str, query: list[tuple[str, str]]
) -> None:
    """Without it conv_, the row's tcu_ and the members' tcu_ could be mixed up unnoticed."""
    contact = gateway.world.conversations[conversation].contact_id
    said = gateway.stage.customer_says(conversation, "hi")
    row = ask(gateway, "GET", f"contacts/{contact}/conversations", query=query).document["data"][0]
    assert row["_id"] == conversation
    assert row["doc_name"] == "team_conversation_user"
    assert row["public_id"].startswith("tcu_")
    others = {one["_id"] for one in row["available_team_conversations"]}
    assert row["public_id"] not in others
    assert len(others) == 2
    assert row["conversation"]["contact_id"] == row["contact"]["_id"] == contact
    assert row["latest_message"]["_id"] == row["contacts_latest_message"]["_id"] == said
    assert "from" not in row["latest_message"]


def test_conversations_of_other_channels_are_left_out(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client that forgets a channel type would still see everything."""
    contact = gateway.world.conversations[conversation].contact_id
    path = f"contacts/{contact}/conversations"
    assert ask(gateway, "GET", path, query=[("channel_types", "line")]).document == {"data": []}
    assert ask(gateway, "GET", path).status == 400


def test_search_finds_by_any_text_of_the_contact(gateway: SandboxGateway) -> None:
    """Without it the seed's search endpoint would be untested."""
    found = gateway.stage.create_contact(fields={"email": "Ann@example.com"})
    gateway.stage.create_contact()
    query = [("q", "ann@"), ("type", "text")]
    document = ask(gateway, "GET", "contacts/_search", query=query).document
    assert [row["id"] for row in document["data"]] == [found]
    nothing = ask(gateway, "GET", "contacts/_search", query=[("q", "zzz")]).document
    assert (nothing["data"], nothing["count"], nothing["has_more"]) == ([], 0, False)


def test_an_uploaded_file_gets_an_address_with_its_ending(gateway: SandboxGateway) -> None:
    """Without it attachments could not be sent in any test."""
    for path, folder in (("contacts", "contact"), ("conversation_messages", "chat")):
        call = asking.request(
            "POST", f"{path}/_fileupload", headers={"x-access-token": gateway.access_token}
        )
        response = gateway.begin(replace(call, upload=Upload("file", "a.png", b"x"))).response
        assert response is not None
        url = decode(response.body)["url"]
        assert f"/{folder}/{gateway.world.organization_id}/file_" in url
        assert url.endswith(".png")
    assert ask(gateway, "POST", "contacts/_fileupload").status == 400


def test_files_are_a_bare_array_that_calls_everything_an_image(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client would trust `type` where only the extension tells."""
    contact = gateway.world.conversations[conversation].contact_id
    send(gateway, conversation)
    gateway.stage.customer_sends(
        conversation, "pdf", {"url": "https://x/a.pdf", "extension": "pdf"}
    )
    gateway.stage.customer_sends(conversation, "file", {"name": "old", "media_id": "1"})
    for path in (f"contact/{contact}/files", f"contacts/{contact}/files"):
        rows = ask(gateway, "GET", path).document
        assert [row["type"] for row in rows] == ["image", "image"]
    gateway.stage.set_switches(files_say_image=False)
    rows = ask(gateway, "GET", f"contact/{contact}/files").document
    assert {row["type"] for row in rows} == {"pdf", "file"}


def test_a_note_on_a_message_is_found_again_and_can_be_changed(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it hand-over notes could be lost unnoticed."""
    contact = gateway.world.conversations[conversation].contact_id
    said = gateway.stage.customer_says(conversation, "hi")
    path = f"conversations/{conversation}/conversation_messages/{said}/comments"
    note = ask(gateway, "POST", path, {"content": "call back", "labels": []}).document
    listed = ask(gateway, "GET", f"contacts/{contact}/message_comments").document
    assert [row["content"] for row in listed["data"]] == ["call back"]
    one = f"contacts/{contact}/comment/{note['_id']}"
    assert ask(gateway, "GET", one).document["data"][0]["content"] == "call back"
    ask(gateway, "PUT", f"conversations/{conversation}/comments/{note['_id']}", {"content": "done"})
    assert ask(gateway, "GET", one).document["data"][0]["content"] == "done"
    ask(gateway, "DELETE", f"conversations/{conversation}/comments/{note['_id']}")
    assert ask(gateway, "GET", one).document == {"data": []}


def test_a_deleted_contact_leaves_its_conversations_behind(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it orphaned conversations would be met first in production."""
    contact = gateway.world.conversations[conversation].contact_id
    assert ask(gateway, "DELETE", f"contacts/{contact}").content == b""
    assert ask(gateway, "GET", f"contacts/{contact}").status == 404
    tcu = gateway.world.conversations[conversation].own_tcu
    assert "contact" not in ask(gateway, "GET", f"team_conversations/{tcu}").document
