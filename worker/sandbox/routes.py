"""Which path is which endpoint: one table, every spelling of the prefix.

Source: facts §1 (path families), §4-§8 (endpoints).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.sandbox import contacts, conversations, messages, notifications, reads, views
from worker.sandbox.access import ANYONE, PEOPLE, THIRD, WIDGET
from worker.sandbox.call import Call, Kind
from worker.sandbox.switches import Switches

_USER = frozenset({Kind.USER, Kind.API})
_CUSTOMER = frozenset({Kind.CONTACT, Kind.CHANNEL, Kind.USER})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing the platform can be asked.

    Args:
        name: for faults, counts and the journal.
        version: `1`, `2`, `3rd`: the path family it lives in.
        path: below the prefix; `{name}` stands for one segment.
        lists: the answer holds rows, so faults on rows apply.
    """

    name: str
    version: str
    method: str
    path: str
    answer: Callable[[Call], Any]
    allowed: frozenset[Kind] = PEOPLE


ENDPOINTS = (
    Endpoint("list_contacts", "1", "GET", "contacts", contacts.list_contacts),
    Endpoint("create_contact", "1", "POST", "contacts", contacts.create_contact, ANYONE),
    Endpoint("search_contacts", "1", "GET", "contacts/_search", contacts.search_contacts),
    Endpoint(
        "upload_contact_file", "1", "POST", "contacts/_fileupload", contacts.upload_contact_file
    ),
    Endpoint("get_contact", "1", "GET", "contacts/{contact}", contacts.get_contact),
    Endpoint("update_contact", "1", "PUT", "contacts/{contact}", contacts.update_contact),
    Endpoint("delete_contact", "1", "DELETE", "contacts/{contact}", contacts.delete_contact),
    Endpoint(
        "contact_conversations",
        "1",
        "GET",
        "contacts/{contact}/conversations",
        contacts.contact_conversations,
        WIDGET,
    ),
    Endpoint(
        "get_comment", "1", "GET", "contacts/{contact}/comment/{comment}", contacts.get_comment
    ),
    Endpoint("list_comments", "1", "GET", "contacts/{contact}/comments", contacts.list_comments),
    Endpoint(
        "list_comments", "1", "GET", "contacts/{contact}/message_comments", contacts.list_comments
    ),
    Endpoint("contact_files", "1", "GET", "contact/{contact}/files", contacts.contact_files),
    Endpoint("contact_files", "1", "GET", "contacts/{contact}/files", contacts.contact_files),
    Endpoint("list_notifications", "1", "GET", "notifications", notifications.list_notifications),
    Endpoint(
        "read_notifications", "1", "PUT", "notifications/read", notifications.read_notifications
    ),
    Endpoint("dismiss_all", "1", "DELETE", "notifications/dismiss/all", notifications.dismiss_all),
    Endpoint(
        "dismiss_notifications",
        "1",
        "DELETE",
        "notifications/dismiss",
        notifications.dismiss_notifications,
    ),
    Endpoint("views_count", "2", "GET", "team_conversations/_views_count", views.views_count),
    Endpoint("views_count", "1", "GET", "team_conversations/_views_count", views.views_count),
    Endpoint("channel_count", "2", "GET", "channels/_conv_count", views.channel_count),
    Endpoint("team_channel_count", "1", "GET", "channels/_conv_count", views.team_channel_count),
    Endpoint(
        "create_conversation", "1", "POST", "conversation", messages.create_conversation, _CUSTOMER
    ),
    Endpoint(
        "create_conversation", "1", "POST", "conversations", messages.create_conversation, _CUSTOMER
    ),
    Endpoint(
        "own_conversation", "1", "GET", "conversation", messages.get_own_conversation, _CUSTOMER
    ),
    Endpoint("list_messages", "1", "GET", "conversation_messages", messages.list_messages, WIDGET),
    Endpoint("send_message", "1", "POST", "conversation_messages", messages.send_message, WIDGET),
    Endpoint(
        "upload_message_file",
        "1",
        "POST",
        "conversation_messages/_fileupload",
        contacts.upload_message_file,
        WIDGET,
    ),
    Endpoint("search_messages", "1", "POST", "meilisearch/{organization}/search", reads.search),
    Endpoint("fetch_messages", "1", "POST", "meilisearch/{organization}/fetch", reads.fetch),
    Endpoint(
        "list_conversations", "2", "GET", "team_conversations", conversations.list_conversations
    ),
    Endpoint(
        "list_conversations_v1",
        "1",
        "GET",
        "team_conversations",
        conversations.list_by_conversation,
    ),
    Endpoint(
        "search_conversations",
        "1",
        "GET",
        "team_conversations/_search",
        conversations.search_conversations,
    ),
    Endpoint(
        "search_conversations",
        "2",
        "GET",
        "team_conversations/_search",
        conversations.search_conversations,
    ),
    Endpoint(
        "outstanding", "1", "GET", "team_conversations/_outstanding", conversations.outstanding
    ),
    Endpoint(
        "get_conversation",
        "1",
        "GET",
        "team_conversations/{address}",
        conversations.get_conversation,
    ),
    Endpoint(
        "conversation_users",
        "1",
        "GET",
        "team_conversations/{address}/users",
        conversations.get_users,
    ),
    Endpoint("join", "1", "POST", "team_conversations/_join", conversations.join, _USER),
    Endpoint("leave", "1", "POST", "team_conversations/_leave", conversations.leave, _USER),
    Endpoint("grab", "1", "POST", "team_conversations/_join_request", conversations.grab, _USER),
    Endpoint(
        "update_status",
        "1",
        "POST",
        "team_conversations/_update_status",
        conversations.update_status,
    ),
    Endpoint(
        "update_name", "1", "POST", "team_conversations/_update_name", conversations.update_name
    ),
    Endpoint("assign", "1", "POST", "team_conversations/assign_team_member", conversations.assign),
    Endpoint(
        "unassign", "1", "POST", "team_conversations/remove_team_member", conversations.unassign
    ),
    Endpoint(
        "conversation_teams",
        "1",
        "GET",
        "conversations/{conversation}",
        conversations.get_teams_of_conversation,
    ),
    Endpoint(
        "add_comment",
        "1",
        "POST",
        "conversations/{conversation}/conversation_messages/{message}/comments",
        conversations.add_comment,
    ),
    Endpoint(
        "change_comment",
        "1",
        "PUT",
        "conversations/{conversation}/comments/{comment}",
        conversations.change_comment,
    ),
    Endpoint(
        "remove_comment",
        "1",
        "DELETE",
        "conversations/{conversation}/comments/{comment}",
        conversations.remove_comment,
    ),
    Endpoint("third_links", "3rd", "GET", "conversations/links", reads.third_links, THIRD),
    Endpoint(
        "third_messages",
        "3rd",
        "GET",
        "conversations/{conversation}/messages",
        reads.third_messages,
        THIRD,
    ),
)

# prefix → (family, version); the longest is tried first
_BACKEND = {"/v1/backend/": "1", "/backend/v1/": "1", "/v2/backend/": "2", "/backend/v2/": "2"}
_CHANNEL_SERVICE = {
    "/channel-service/v1/": "1",
    "/v1/channel-service/v1/": "1",
    "/channel-service/v2/": "2",
    "/v2/channel-service/v2/": "2",
}
_LISTS = frozenset({"list_conversations", "list_conversations_v1"})


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint found for a call, with its path below the prefix and the parameters in it."""

    endpoint: Endpoint
    path: str
    parameters: Mapping[str, str]


class Table:
    """All endpoints, found by method and path."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[str, str, str], Endpoint] = {}
        self._open: dict[tuple[str, str, int], list[tuple[tuple[str, ...], Endpoint]]] = {}
        for endpoint in ENDPOINTS:
            if "{" not in endpoint.path:
                self._fixed[endpoint.version, endpoint.method, endpoint.path] = endpoint
                continue
            parts = tuple(endpoint.path.split("/"))
            key = (endpoint.version, endpoint.method, len(parts))
            self._open.setdefault(key, []).append((parts, endpoint))

    def find(self, method: str, path: str, switches: Switches) -> Route | None:
        """The endpoint, or None where the platform would answer its HTML 404."""
        split = split_prefix(path, switches)
        if split is None:
            return None
        version, rest = split
        endpoint = self._fixed.get((version, method, rest))
        if endpoint is not None:
            return Route(endpoint, rest, {}) if _served(endpoint, switches) else None
        segments = rest.split("/")
        for parts, candidate in self._open.get((version, method, len(segments)), ()):
            parameters = _fit(parts, segments)
            if parameters is not None and _served(candidate, switches):
                return Route(candidate, rest, parameters)
        return None


def split_prefix(path: str, switches: Switches) -> tuple[str, str] | None:
    """Version and the path below the prefix; None where the prefix is not served."""
    if switches.backend_prefix:
        for prefix, version in _BACKEND.items():
            if path.startswith(prefix):
                return version, path[len(prefix) :]
    if switches.channel_service_prefix:
        for prefix, version in _CHANNEL_SERVICE.items():
            if path.startswith(prefix):
                return version, path[len(prefix) :]
    if switches.third_party and path.startswith("/3rd/"):
        return "3rd", path[len("/3rd/") :]
    if switches.short_prefix and path.startswith("/v1/"):
        return "1", path[len("/v1/") :]
    return None


def _served(endpoint: Endpoint, switches: Switches) -> bool:
    if endpoint.name in _LISTS:
        return switches.team_list
    return endpoint.name != "get_conversation" or switches.team_detail


def _fit(parts: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    parameters = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            parameters[part[1:-1]] = segment
        elif part != segment:
            return None
    return parameters
