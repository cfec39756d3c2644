"""The platform's two document styles: presented (`id`, `object_name`) and raw (`_id`, `doc_name`).

Source: facts §3 and §4; raw are a contact's conversations, files, `/3rd` and search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worker.sandbox.records import Comment, Contact, Conversation, Message, Notification, User
    from worker.sandbox.world import World

SOCIAL_IDS = (
    "whatsapp_id",
    "facebook_id",
    "messenger_id",
    "wechat_id",
    "line_id",
    "instagram_id",
)
# What a PUT may set. Source: facts §4.4 (documented set, then the front end's type).
WRITABLE = (
    "email",
    "avatar_url",
    "gender",
    "first_name",
    "last_name",
    "language",
    "area_code",
    "phone_number",
    "remark",
    "time_zone",
    "company_name",
    "location",
    "title",
    "birthday",
    "position",
    "display_name",
    *SOCIAL_IDS,
)
_BLANK_CONTACT = {
    "display_name": "",
    "avatar_url": "",
    "first_name": "",
    "last_name": "",
    "gender": "",
    "area_code": "",
    "phone_number": "",
    "language": "",
    "email": "",
    "remark": "",
    "time_zone": "",
    "odooContactID": "",
    "title": "",
    "birthday": "",
    "location": "",
    "company_name": "",
    "position": "",
    **dict.fromkeys(SOCIAL_IDS, ""),
}


def blank_contact() -> dict[str, Any]:
    """The fields of a contact nobody filled in: empty text, not null."""
    return {**_BLANK_CONTACT, "additional_params": {}}


def contact(world: World, record: Contact) -> dict[str, Any]:
    """A contact, presented."""
    return {
        "object_name": "contact",
        "id": record.id,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "channel_id": record.channel_id,
        "channel_type": record.channel_type,
        **record.fields,
        "last_seen": record.last_seen,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def raw_contact(world: World, record: Contact) -> dict[str, Any]:
    """A contact, raw."""
    presented = contact(world, record)
    del presented["object_name"], presented["id"]
    return {"_id": record.id, "doc_name": "contact", "public_id": record.id, **presented}


def message(world: World, record: Message) -> dict[str, Any]:
    """A message, presented."""
    return {
        "object_name": "message",
        "id": record.id,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "conversation_id": record.conversation_id,
        "from": record.sender,
        "type": record.type,
        "content": record.content,
        "created_at": record.created_at,
        "updated_at": record.created_at,
    }


def raw_message(world: World, record: Message) -> dict[str, Any]:
    """A message, raw."""
    return {
        "_id": record.id,
        "doc_name": "message",
        "public_id": record.id,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "conversation_id": record.conversation_id,
        "from": record.sender,
        "type": record.type,
        "content": record.content,
        "created_at": record.created_at,
        "updated_at": record.created_at,
    }


def latest(record: Message) -> dict[str, Any]:
    """A message as rows of conversations tell it: without its author."""
    return {
        "_id": record.id,
        "type": record.type,
        "content": record.content,
        "created_at": record.created_at,
    }


def notification(record: Notification) -> dict[str, Any]:
    """One entry of the notification list."""
    return {
        "object_name": "notifications",
        "id": record.id,
        "title": record.title,
        "content": record.content,
        "from": record.sender,
        "type": record.type,
        "action_to": record.action_to,
        "recipient": record.recipient,
        "is_read": record.is_read,
        "created_at": record.created_at,
        "action_disable": False,
        "channel_type": record.channel_type,
    }


def user(record: User) -> dict[str, Any]:
    """A user as `nested.users` and `users` show it; never its token."""
    return {
        "object_name": "simple_user",
        "id": record.id,
        "display_name": record.name,
        "avatar_url": "",
        "is_bot": record.bot,
    }


def comment(record: Comment) -> dict[str, Any]:
    """An internal note."""
    return {
        "_id": record.id,
        "doc_name": "message_comment",
        "public_id": record.id,
        "conversation_id": record.conversation_id,
        "message_id": record.message_id,
        "user_id": record.author,
        "content": record.content,
        "labels": record.labels,
        "created_at": record.created_at,
        "updated_at": record.created_at,
    }


def latest_messages(world: World, record: Conversation) -> dict[str, Any]:
    """`latest_message` and `contacts_latest_message`, as far as there are any."""
    now = world.clock.monotonic()
    rows: dict[str, Any] = {}
    newest = next(record.newest(now), None)
    if newest is not None:
        rows["latest_message"] = latest(newest)
    for found in reversed(record.customer_messages):
        if found.visible_at <= now:
            rows["contacts_latest_message"] = latest(found)
            break
    return rows


def raw_conversation(world: World, record: Conversation) -> dict[str, Any]:
    """The conversation inside a row of a contact's conversations."""
    language = ""
    if record.contact_id in world.contacts:
        language = world.contacts[record.contact_id].fields["language"]
    return {
        "_id": record.id,
        "doc_name": "conversation",
        "public_id": record.id,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "channel_id": record.channel_id,
        "channel_type": record.channel_type,
        "contact_id": record.contact_id,
        "status": record.status,
        "name": record.name,
        "timestamp": record.messages[-1].created_at if record.messages else record.created_at,
        "is_ready": True,
        "is_agent_joined": record.ever_joined,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "_language": language,
        "mode": record.mode,
    }


def contact_conversation(world: World, record: Conversation) -> dict[str, Any]:
    """A row of a contact's conversations: `_id` is the conversation, `public_id` a `tcu_`."""
    team = world.teams[record.team_id]
    row: dict[str, Any] = {
        "_id": record.id,
        "doc_name": "team_conversation_user",
        "public_id": record.own_tcu,
        "organization_id": world.organization_id,
        "business_unit_id": world.business_unit_id,
        "assign_from": "",
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "conversation": raw_conversation(world, record),
        **latest_messages(world, record),
        "available_team_conversations": [
            {"_id": tcu, "user_id": member} for member, tcu in record.tcus.items()
        ],
        "teams": [
            {
                "_id": team.id,
                "doc_name": "team",
                "public_id": team.id,
                "name": team.name,
                "mode": team.mode,
                "is_default": team.id == "t_imbrace_default_team",
                "icon_url": "",
                "description": "",
                "is_disabled": False,
            }
        ],
    }
    if record.contact_id in world.contacts:
        row["contact"] = raw_contact(world, world.contacts[record.contact_id])
    return row
