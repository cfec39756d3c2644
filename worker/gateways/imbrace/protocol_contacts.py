"""Calls about contacts. Source: seed 0 §§1-4 and 7-10; facts §4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from worker.gateways.imbrace.answers import Call, Listing, listing, mapping, one, unreadable
from worker.gateways.imbrace.protocol import Prefix, get, page, segment, upload, write
from worker.gateways.imbrace.wire import CommentRow, ContactRow, ConversationRow, FileRow, text
from worker.model.channels import CHANNELS
from worker.model.http import Request, Response, Upload

CHANNEL_TYPES: Final = CHANNELS["imbrace"]
"""Source: facts §4.1; the parameter is documented as required."""

DOCUMENTED_WRITABLE: Final = (
    "email",
    "avatar_url",
    "gender",
    "first_name",
    "last_name",
    "language",
    "area_code",
    "phone_number",
    "remark",
)
"""Source: seed 0 §4."""

ALSO_WRITABLE: Final = ("time_zone", "company_name", "location", "title", "birthday")
"""Source: facts §4.4, the front end's form."""


def contacts(prefix: Prefix, skip: int, limit: int) -> Call[Listing[ContactRow]]:
    """Contacts, newest first."""
    request = get(
        "contacts.list", f"{prefix.v1}/contacts", (*page(skip, limit), ("sort", "-created_at"))
    )
    return Call(request, listing(request, ContactRow))


def search(prefix: Prefix, words: str, skip: int, limit: int) -> Call[Listing[ContactRow]]:
    """Contacts that match; which fields are searched is undocumented."""
    request = get(
        "contacts.search",
        f"{prefix.v1}/contacts/_search",
        (*page(skip, limit), ("q", words), ("type", "text")),
    )
    return Call(request, listing(request, ContactRow))


def contact(prefix: Prefix, contact_id: str) -> Call[ContactRow]:
    """One contact. Source: facts §4.1, not in the seeds."""
    request = get("contacts.get", f"{prefix.v1}/contacts/{segment(contact_id)}")
    return Call(request, one(request, ContactRow))


def update(prefix: Prefix, contact_id: str, body: Mapping[str, str]) -> Call[ContactRow]:
    """The contact has these fields; whether others are kept is undocumented, so send them all."""
    request = write(
        "PUT", "contacts.update", f"{prefix.v1}/contacts/{segment(contact_id)}", dict(body)
    )
    return Call(request, one(request, ContactRow))


def conversations(
    prefix: Prefix, contact_id: str, channel_types: tuple[str, ...] = CHANNEL_TYPES
) -> Call[Listing[ConversationRow]]:
    """A contact's conversations; the reply is not paged."""
    request = get(
        "contacts.conversations",
        f"{prefix.v1}/contacts/{segment(contact_id)}/conversations",
        tuple(("channel_types", name) for name in channel_types),
    )
    return Call(request, listing(request, ConversationRow))


def comment(prefix: Prefix, contact_id: str, comment_id: str) -> Call[Listing[CommentRow]]:
    """One comment of a contact, as a list."""
    path = f"{prefix.v1}/contacts/{segment(contact_id)}/comment/{segment(comment_id)}"
    request = get("contacts.comment", path)
    return Call(request, listing(request, CommentRow))


def comments(prefix: Prefix, contact_id: str, skip: int, limit: int) -> Call[Listing[CommentRow]]:
    """All comments of a contact. Source: facts §4.5, the front end."""
    path = f"{prefix.v1}/contacts/{segment(contact_id)}/message_comments"
    types = tuple(("channel_types", name) for name in CHANNEL_TYPES)
    request = get("contacts.comments", path, (*types, *page(skip, limit)))
    return Call(request, listing(request, CommentRow))


def upload_file(prefix: Prefix, name: str, content: bytes, media_type: str) -> Call[str]:
    """A file for contacts (avatars); its URL."""
    request = upload(
        "contacts.upload",
        f"{prefix.v1}/contacts/_fileupload",
        Upload("file", name, content, media_type),
    )
    return Call(request, lambda response: url_of(request, response))


def files(prefix: Prefix, contact_id: str) -> Call[Listing[FileRow]]:
    """A contact's files, newest first, not paged; the path is singular. Source: seed 0 §10."""
    request = get("contacts.files", f"{prefix.v1}/contact/{segment(contact_id)}/files")
    return Call(request, listing(request, FileRow))


def url_of(request: Request, response: Response) -> str:
    """The URL an upload answered.

    Raises:
        GatewayError: there is none.
    """
    url = text(mapping(request, response).get("url"))
    if not url:
        raise unreadable(request, response, "the upload was answered without a URL")
    return url
