"""Whatever bytes the platform answers, every endpoint's reader gives a value or a `GatewayError`.

What was read goes on as in the worker: neutral nouns, the ledger's columns, a reply that echoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from worker.errors import GatewayError
from worker.gateways.http import encoded as sent
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace import protocol_contacts as contacts
from worker.gateways.imbrace import protocol_conversations as conversations
from worker.gateways.imbrace import protocol_messages as messages
from worker.gateways.imbrace import protocol_notifications as notifications
from worker.gateways.imbrace import protocol_third as third
from worker.gateways.imbrace.answers import Call, Listing, failure
from worker.gateways.imbrace.protocol import Prefix
from worker.gateways.imbrace.protocol_messages import Address, TextBody
from worker.gateways.imbrace.wire import (
    ContactRow,
    ConversationRow,
    FileRow,
    MessageRow,
    NotificationRow,
)
from worker.gateways.limits import retry_after_s
from worker.ledger.codec import column, columns_text, encoded, micros
from worker.model.chat import Conversation
from worker.model.http import Request, Response
from worker.model.ids import ConversationId
from worker.text.normalise import normalise

_PREFIX = Prefix()
_BOTH = Address("conv_1", "tcu_1")
_CONVERSATION = Conversation(id=ConversationId("conv_1"))

CALLS: Final[tuple[Call[Any], ...]] = (
    contacts.contacts(_PREFIX, 0, 10),
    contacts.search(_PREFIX, "an", 0, 10),
    contacts.contact(_PREFIX, "con_1"),
    contacts.update(_PREFIX, "con_1", {"remark": "x"}),
    contacts.conversations(_PREFIX, "con_1"),
    contacts.comment(_PREFIX, "con_1", "cmc_1"),
    contacts.comments(_PREFIX, "con_1", 0, 10),
    contacts.upload_file(_PREFIX, "a", b"", "image/png"),
    contacts.files(_PREFIX, "con_1"),
    notifications.notifications(_PREFIX, 0, 10),
    notifications.read(_PREFIX, ["not_1"]),
    notifications.dismiss(_PREFIX, ["not_1"]),
    notifications.dismiss_all(_PREFIX, "teams"),
    conversations.view_counts(_PREFIX, "bu_1"),
    conversations.channel_counts(_PREFIX),
    conversations.team_channel_counts(_PREFIX, "t_1"),
    conversations.create(_PREFIX),
    conversations.team_conversations(_PREFIX.v2, "bu_1", 0, 10),
    conversations.search(_PREFIX, "bu_1", "", 0, 10),
    conversations.detail(_PREFIX, "tcu_1"),
    conversations.memberships(_PREFIX, "conv_1"),
    conversations.join(_PREFIX, "tcu_1", "hybrid"),
    conversations.leave(_PREFIX, "tcu_1"),
    conversations.set_status(_PREFIX, "tcu_1", "closed"),
    conversations.assign(_PREFIX, "conv_1", "t_1", "u_1"),
    conversations.unassign(_PREFIX, "conv_1", "t_1", "u_1"),
    conversations.add_comment(_PREFIX, "conv_1", "msg_1", "note"),
    messages.messages(_PREFIX, _BOTH, 0, 10),
    messages.send(_PREFIX, _BOTH, TextBody("hi")),
    messages.upload_file(_PREFIX, "a", b"", "image/png"),
    messages.search(_PREFIX, "org_1", "refund", 100),
    messages.fetch(_PREFIX, "org_1", "a = b", 5),
    third.messages("conv_1", 0, 10),
    third.links(("85288888888",), "org_1"),
)
"""Every endpoint; a new one is forgotten here no longer than until the test that counts them."""

STATUSES: Final = (200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504)


def fuzz_wire(fed: bytes) -> None:
    """The first two bytes choose endpoint and status, the third where the rest is: body or header.

    Raises:
        Exception: a finding.
    """
    if len(fed) < 3:
        return
    call, status = CALLS[fed[0] % len(CALLS)], STATUSES[fed[1] % len(STATUSES)]
    if fed[2] % 16 == 0:
        told = fed[3:].decode("latin-1")
        read_headers({"retry-after": told, "date": told[len(told) // 2 :]}, status)
        return
    read_answer(call, Response(status, {}, fed[3:]))


def read_headers(headers: dict[str, str], status: int) -> None:
    """What an answer says about when to come back is a number of seconds, or nothing."""
    asked = retry_after_s(headers, None)
    assert asked is None or asked >= 0
    failure(Request(method="GET", path="/", endpoint="any"), Response(status, headers, b""))


def read_answer(call: Call[Any], response: Response) -> None:
    """The answer is a value that the rest of the worker can hold, or a `GatewayError`."""
    error = failure(call.request, response)
    if error is not None:
        _is_tellable(error)
        return
    try:
        value = call.read(response)
    except GatewayError as refused:
        _is_tellable(refused)
        return
    if isinstance(value, Listing):
        for row in value.rows:
            _goes_on(row)
        encoded(sorted(value.bots))
    else:
        _goes_on(value)


def _is_tellable(error: GatewayError) -> None:
    """One line, bounded, that any log can hold."""
    said = str(error)
    assert len(said.splitlines()) <= 1
    assert len(said) < 400
    said.encode()


def _goes_on(value: Any) -> None:
    reader = _READERS.get(type(value))
    if reader is None:
        encoded(value)
        return
    for noun in reader(value):
        for text in (*_texts(noun), str(getattr(noun, "id", ""))):
            normalise(text)
            column(text).encode()
            sent(messages.send(_PREFIX, Address(text, text), TextBody(text)).request)
            conversations.detail(_PREFIX, text).request.path.encode()
        for name in ("created_at", "last_message_at", "last_seen", "moved_at"):
            micros(getattr(noun, name, None))
        columns_text([noun])


def _texts(noun: Any) -> Iterator[str]:
    for name in noun.__dataclass_fields__:
        value = getattr(noun, name)
        if isinstance(value, str):
            yield str(value)


def _of_contact(row: ContactRow) -> Iterable[Any]:
    return (neutral.contact(row),)


def _of_conversation(row: ConversationRow) -> Iterable[Any]:
    neutral.bots_of(row.users)
    found = neutral.conversation(row, "u_1")
    return () if found is None else (found, neutral.completed(found, _CONVERSATION))


def _of_message(row: MessageRow) -> Iterable[Any]:
    return (neutral.message(row, _CONVERSATION, frozenset()),)


def _of_notification(row: NotificationRow) -> Iterable[Any]:
    return (neutral.notification(row),)


def _of_file(row: FileRow) -> Iterable[Any]:
    encoded(row.content)
    return ()


_READERS: Final[dict[type, Callable[[Any], Iterable[Any]]]] = {
    ContactRow: _of_contact,
    ConversationRow: _of_conversation,
    MessageRow: _of_message,
    NotificationRow: _of_notification,
    FileRow: _of_file,
}
