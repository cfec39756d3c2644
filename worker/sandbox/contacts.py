"""Endpoints of contacts. Source: seed 0 §§1-4, 7-10; facts §4."""

from __future__ import annotations

from typing import Any

from worker.sandbox import documents
from worker.sandbox.call import NO_BODY, Call, Kind, cut, invalid, labelled_not_found
from worker.sandbox.documents import WRITABLE
from worker.sandbox.records import Contact
from worker.sandbox.world import CHANNEL_TYPES

_GENDERS = {"m": "Male", "f": "Female"}
_SEARCHED = ("display_name", "first_name", "last_name", "email", "phone_number", "remark")
_FILE_TYPES = frozenset({"image", "file", "pdf", "audio", "video", "csv"})


def list_contacts(call: Call) -> Any:
    """Newest first, also without `sort`; `sort=created_at` turns it round."""
    skip, limit = call.bounds()
    known = call.world.contacts
    rows = known.values() if call.query.get("sort") == "created_at" else reversed(known.values())
    page = [documents.contact(call.world, row) for row in cut(rows, skip, limit)]
    return call.envelope(page, len(known), skip)


def search_contacts(call: Call) -> Any:
    """Contacts one of whose texts contains `q`, newest first."""
    skip, limit = call.bounds()
    wanted = call.query.get("q", "").casefold()
    found = [
        row
        for row in reversed(call.world.contacts.values())
        if any(wanted in str(row.fields[name]).casefold() for name in _SEARCHED)
    ]
    page = [documents.contact(call.world, row) for row in found[skip : skip + limit]]
    return call.envelope(page, len(found), skip)


def get_contact(call: Call) -> Any:
    """One contact, presented."""
    return documents.contact(call.world, call.contact(call.parameters["contact"]))


def create_contact(call: Call) -> Any:
    """A contact made with an agent's or a channel's token; the latter gets a token back."""
    body = call.body if isinstance(call.body, dict) else {}
    channel_type = str(body.get("channel_type") or "web")
    if call.caller.kind is Kind.CHANNEL:
        channel_type = channel_type_of(call)
    elif channel_type not in CHANNEL_TYPES:
        raise invalid()
    given = {name: body[name] for name in WRITABLE if isinstance(body.get(name), str)}
    if isinstance(body.get("additional_params"), dict):
        given["additional_params"] = body["additional_params"]
    made = call.world.add_contact(channel_type, given)
    call.record("create_contact", made.id)
    if call.caller.kind is Kind.CHANNEL:
        return {"id": made.id, "org_id": call.world.organization_id, "access_token": made.id}
    return documents.contact(call.world, made)


def channel_type_of(call: Call) -> str:
    """The channel type of the channel whose token asks."""
    for channel_type, channel_id in call.world.channels.items():
        if channel_id == call.caller.id:
            return channel_type
    raise invalid()


def update_contact(call: Call) -> Any:
    """The whole contact with its changes, normalised as the platform does it, plus `action`."""
    record = call.contact(call.parameters["contact"])
    body = call.mapping()
    given = {name: body[name] for name in WRITABLE if isinstance(body.get(name), str)}
    if call.switches.contact_update == "replace":
        kept = ("display_name", *documents.SOCIAL_IDS)
        record.fields |= {name: "" for name in WRITABLE if name not in kept}
    record.fields |= given
    if call.switches.labels_on_contacts and isinstance(body.get("labels"), list):
        record.fields["labels"] = body["labels"]
    _normalise(record, given)
    record.updated_at = call.world.stamp()
    call.record("update_contact", record.id, fields=given)
    return documents.contact(call.world, record) | {"action": "bu.contact_updated"}


def _normalise(record: Contact, given: dict[str, str]) -> None:
    gender = record.fields["gender"]
    record.fields["gender"] = _GENDERS.get(gender, gender)
    if "first_name" in given or "last_name" in given:
        whole = f"{record.fields['first_name']} {record.fields['last_name']}".strip()
        record.fields["display_name"] = whole or record.fields["display_name"]


def delete_contact(call: Call) -> Any:
    """The contact is gone."""
    record = call.contact(call.parameters["contact"])
    call.world.delete_contact(record.id)
    call.record("delete_contact", record.id)
    return NO_BODY


def contact_conversations(call: Call) -> Any:
    """The contact's conversations, the most recently moved first; `{data}` only, no paging."""
    record = call.contact(call.parameters["contact"], labelled_not_found)
    wanted = {
        part for name, value in call.pairs if name == "channel_types" for part in value.split(",")
    }
    if not wanted:
        raise invalid("Invalid request parameters")
    found = [call.world.conversations[known] for known in record.conversations]
    found.sort(key=lambda conversation: conversation.updated_at, reverse=True)
    return {
        "data": [
            documents.contact_conversation(call.world, conversation)
            for conversation in found
            if conversation.channel_type in wanted
        ]
    }


def get_comment(call: Call) -> Any:
    """The one comment, or an empty list: the only documented sample is empty."""
    rows = _comments(call)
    return {"data": [row for row in rows if row["_id"] == call.parameters["comment"]]}


def list_comments(call: Call) -> Any:
    """The comments on the contact's messages, newest first."""
    skip, limit = call.bounds()
    rows = _comments(call)
    return call.envelope(rows[skip : skip + limit], len(rows), skip)


def _comments(call: Call) -> list[dict[str, Any]]:
    record = call.contact(call.parameters["contact"], labelled_not_found)
    notes = [
        note for known in record.conversations for note in call.world.conversations[known].comments
    ]
    notes.sort(key=lambda note: note.created_at, reverse=True)
    return [documents.comment(note) for note in notes]


def upload_contact_file(call: Call) -> Any:
    """The address where the file is said to be stored."""
    return _stored(call, "contact")


def upload_message_file(call: Call) -> Any:
    """The address where the attachment is said to be stored."""
    return _stored(call, "chat")


def _stored(call: Call, folder: str) -> Any:
    upload = call.upload
    if upload is None or upload.field != "file":
        raise invalid()
    world = call.world
    _, dot, extension = upload.name.rpartition(".")
    suffix = f".{extension}" if dot else ""
    name = f"file_{world.ids.file_name()}{suffix}"
    url = f"https://sandbox.s3.test.amazonaws.com/{folder}/{world.organization_id}/{name}"
    call.record("upload", url=url, name=upload.name, size_bytes=len(upload.content))
    return {"url": url}


def contact_files(call: Call) -> Any:
    """A bare array over all the contact's conversations, newest first; `type` may lie."""
    record = call.contact(call.parameters["contact"], labelled_not_found)
    now = call.world.clock.monotonic()
    found = [
        message
        for known in record.conversations
        for message in call.world.conversations[known].newest(now)
        if message.type in _FILE_TYPES
    ]
    found.sort(key=lambda message: message.created_at, reverse=True)
    return [
        {
            "_id": message.id,
            "content": message.content,
            "created_at": message.created_at,
            "from": message.sender,
            "type": "image" if call.switches.files_say_image else message.type,
            "updated_at": message.created_at,
        }
        for message in found
    ]
