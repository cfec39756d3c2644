"""A conversation's messages: by the account's token, or by `/3rd` where that is all there is."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.answers import Listing
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.lists import MISSING, RECHECK_S
from worker.gateways.imbrace.protocol_messages import Address
from worker.gateways.imbrace.shelf import Shelf
from worker.gateways.imbrace.wire import MessageRow
from worker.model.chat import Conversation, Message

_ROUTE: Final = "messages"


class MessageReads:
    """Reads messages the way that works, and learns who is a bot."""

    def __init__(self, client: ImbraceClient, clock: Clock) -> None:
        """The account's own read is tried first."""
        self._client = client
        self._missing: Shelf[str, bool] = Shelf(clock, 1)
        self._bots: set[str] = set()

    def learn_bots(self, bots: AbstractSet[str]) -> None:
        """These users are bots."""
        self._bots |= bots

    async def listing(
        self, conversation: Conversation, skip: int, limit: int
    ) -> Listing[MessageRow]:
        """Part of the messages, newest first.

        Raises:
            GatewayError: neither way knows the conversation, or the platform fails.
        """
        third = self._client.has_third_token
        if third and self._missing.get(_ROUTE):
            return await self._client.third_messages(conversation.id, skip, limit)
        address = Address(conversation.id, conversation.address)
        try:
            listing = await self._client.list_messages(address, skip, limit)
        except GatewayError as error:
            if not third or error.fault not in MISSING:
                raise
            listing = await self._client.third_messages(conversation.id, skip, limit)
            if error.fault is Fault.UNSUPPORTED:
                self._missing.put(_ROUTE, value=True, for_s=RECHECK_S)
        self.learn_bots(listing.bots)
        return listing

    def own(self, conversation: Conversation, listing: Listing[MessageRow]) -> tuple[Message, ...]:
        """The messages of this conversation; rows of another are left out.

        A server that ignores the selector must not make one customer's message another's.
        """
        return tuple(
            neutral.message(row, conversation, self._bots)
            for row in listing.rows
            if neutral.conversation_id(row.conversation_id) in {None, conversation.id}
        )
