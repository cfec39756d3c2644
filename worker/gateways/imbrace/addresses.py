"""From a conversation to the `tcu_` that joining, leaving and closing need. Source: facts §5.2."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.lists import MISSING
from worker.gateways.imbrace.wire import ConversationRow
from worker.model.chat import Conversation


async def address_of(client: ImbraceClient, conversation: Conversation, user_id: str) -> str:
    """The conversation's `tcu_`, this user's if it can be told.

    Raises:
        GatewayError: `UNSUPPORTED`, nothing was done: no route tells it.
    """

    async def in_detail() -> tuple[ConversationRow, ...]:
        return (await client.team_conversation(conversation.id),)

    async def in_memberships() -> tuple[ConversationRow, ...]:
        return (await client.memberships(conversation.id)).rows

    async def in_contact() -> tuple[ConversationRow, ...]:
        if conversation.contact_id is None:
            return ()
        rows = (await client.contact_conversations(conversation.contact_id)).rows
        return tuple(row for row in rows if _is_of(row, conversation))

    routes: tuple[Callable[[], Awaitable[tuple[ConversationRow, ...]]], ...] = (
        in_detail,
        in_memberships,
        in_contact,
    )
    for route in routes:
        try:
            rows = await route()
        except GatewayError as error:
            if error.fault not in MISSING:
                raise
            continue
        # A membership row names its user; where one is ours, it goes first.
        mine_first = sorted(rows, key=lambda row: row.document.get("user_id") != user_id)
        for row in mine_first:
            for address in neutral.addresses(row, user_id):
                return address
    raise GatewayError(
        Fault.UNSUPPORTED,
        "conversations: no team conversation id is known for this conversation",
        took_effect=TookEffect.NO,
    )


def _is_of(row: ConversationRow, conversation: Conversation) -> bool:
    found = neutral.conversation(row)
    return found is not None and found.id == conversation.id
