"""What is unknown about the platform, or differs between its hosts, as settings of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

Generation = Literal["v1", "v2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """One way the platform may behave; the defaults are what the documents suggest.

    Args:
        backend_prefix: `/v1/backend`, `/backend/v1` and `/v2/backend` are served.
        channel_service_prefix: `/channel-service/v1` and `/v1/channel-service/v1` are served.
        short_prefix: `/v1/notifications/…` and the like, without `/backend`, are served.
        team_list: the conversation list (`/v2/backend/team_conversations`) exists; else 404.
        team_detail: `team_conversations/{id}` exists; else 404.
        third_party: `/3rd` exists; else 404.
        latest_message_in_list: rows of the conversation list carry `latest_message`.
        nested: list envelopes and message lists have `nested`.
        response_refused_on: channel types that refuse a message with quick replies.
        message_lag_s: a message is seen in message lists this long after it was written.
        movement_lag_s: the conversation list shows a movement this long after it happened.
        page_cap: rows in one page at most, whatever `limit` says.
        rate_limit: requests per `rate_window_s`, then 429 as text without headers; None: no limit.
        contact_update: a PUT merges into the contact, or replaces all writable fields.
        labels_on_contacts: `labels` of a PUT are kept; else dropped without a word.
        bare_list_refused: a message list asked by an agent without a selector is a 400; else
            it is empty.
        send_needs_join: an agent who has not joined may not send.
        brief_send_answer: a send answers only `id` and `conversation_id`.
        unknown_conversation_status: of a send to no conversation; None: 400 (v1), 500 (v2).
        reopen_notifies: reopening a closed conversation makes a 201 again.
        reopen_on_customer_message: a customer's message makes a closed conversation active.
        search_ignores_skip: `team_conversations/_search` honours `offset` alone; None: on v2 only.
        links_404_when_none: `/3rd` links answer 404 when no phone number is known.
        files_say_image: rows of a contact's files have `type: image` whatever they are.
        initial_mode: mode of a new conversation; None: nobody ever joined.
        initial_status: status of a new conversation.
    """

    backend_prefix: bool = True
    channel_service_prefix: bool = True
    short_prefix: bool = False
    team_list: bool = True
    team_detail: bool = True
    third_party: bool = True
    latest_message_in_list: bool = True
    nested: bool = True
    response_refused_on: frozenset[str] = frozenset()
    message_lag_s: float = 0.0
    movement_lag_s: float = 0.0
    page_cap: int = 100
    rate_limit: int | None = None
    rate_window_s: float = 1800.0
    contact_update: Literal["merge", "replace"] = "merge"
    labels_on_contacts: bool = False
    bare_list_refused: bool = True
    send_needs_join: bool = False
    brief_send_answer: bool = False
    unknown_conversation_status: Literal[400, 404, 500] | None = None
    reopen_notifies: bool = False
    reopen_on_customer_message: bool = False
    search_ignores_skip: bool | None = None
    links_404_when_none: bool = True
    files_say_image: bool = True
    initial_mode: Literal["automation", "manual", "hybrid"] | None = None
    initial_status: str = "active"


_ADAPTER = TypeAdapter(Switches)


def changed(switches: Switches, **changes: Any) -> Switches:
    """The same switches with these ones set.

    Raises:
        ValueError: an unknown name or a value of the wrong kind; the text names it.
    """
    known = {field.name for field in fields(Switches)}
    for name in changes:
        if name not in known:
            raise ValueError(f"no switch {name!r}; there are: {', '.join(sorted(known))}")
    wanted = {name: getattr(switches, name) for name in known} | changes
    try:
        checked = _ADAPTER.validate_python(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"switch {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return replace(checked)
