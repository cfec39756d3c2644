"""From a `tcu_` to its conversation, without touching it. Source: facts §5.2, routes a, b and e."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.lists import MISSING, RECHECK_S
from worker.gateways.imbrace.protocol_messages import Address
from worker.gateways.imbrace.shelf import Shelf
from worker.gateways.imbrace.wire import ContactRow, text
from worker.model.chat import Conversation
from worker.model.ids import ContactId

_UNKNOWN_S: Final = 60.0
_WALK_PAGE: Final = 50
_WALK_CONTACTS: Final = 40
"""A walk costs one request a contact; a notification is about a recent one, so more is waste."""


class Resolver:
    """Finds conversations by address; the pair never changes, so it is kept."""

    def __init__(self, client: ImbraceClient, clock: Clock) -> None:
        """Nothing is known yet."""
        self._client = client
        self._known: Shelf[str, Conversation] = Shelf(clock, 10_000)
        self._unknown: Shelf[str, bool] = Shelf(clock, 10_000)
        self._missing: Shelf[str, bool] = Shelf(clock, 4)

    def learn(self, address: str, conversation: Conversation) -> None:
        """The pair was seen somewhere."""
        if address.startswith("tcu_"):
            self._known.put(address, conversation)

    async def find(self, address: str, title: str = "") -> Conversation | None:
        """The conversation under this `tcu_`; None if no route knows it.

        Args:
            title: the notification's; begins with the contact's name, which orders the walk.
        """
        known = self._known.get(address)
        if known is not None:
            return known
        if self._unknown.get(address):
            return None
        found = (
            await self._by_detail(address)
            or await self._by_messages(address)
            or await self._by_walk(address, title)
        )
        if found is None:
            self._unknown.put(address, value=True, for_s=_UNKNOWN_S)
        else:
            self.learn(address, found)
        return found

    async def _by_detail(self, address: str) -> Conversation | None:
        if self._missing.get("detail"):
            return None
        try:
            row = await self._client.team_conversation(address)
        except GatewayError as error:
            self._note("detail", error)
            return None
        return _at(address, neutral.conversation(row))

    async def _by_messages(self, address: str) -> Conversation | None:
        if self._missing.get("messages"):
            return None
        try:
            listing = await self._client.list_messages(Address("", address), 0, 10)
        except GatewayError as error:
            self._note("messages", error)
            return None
        ids = {
            found for row in listing.rows if (found := neutral.conversation_id(row.conversation_id))
        }
        if len(ids) != 1:
            return None  # none, or a server that ignored the selector
        who = next((row.sender for row in listing.rows if (row.sender or "")[:4] == "con_"), None)
        return Conversation(
            id=ids.pop(), address=address, contact_id=ContactId(who) if who else None
        )

    async def _by_walk(self, address: str, title: str) -> Conversation | None:
        """Recent contacts' conversations, matched in both places a row names its addresses."""
        if self._missing.get("walk"):
            return None
        try:
            listing = await self._client.list_contacts(0, _WALK_PAGE)
        except GatewayError as error:
            self._note("walk", error)
            return None
        named = title.rpartition("@")[0] or title
        likely = sorted(listing.rows, key=lambda row: not _is_called(row, named))
        for contact in likely[:_WALK_CONTACTS]:
            try:
                rows = (await self._client.contact_conversations(contact.any_id)).rows
            except GatewayError as error:
                self._note("walk", error)
                continue
            for row in rows:
                every = neutral.addresses(row)
                found = neutral.conversation(row)
                if found is None:
                    continue
                for one in every:
                    self.learn(one, replace(found, address=one))
                if address in every:
                    return replace(found, address=address)
        return None

    def _note(self, route: str, error: GatewayError) -> None:
        """A route that is not there is left alone for a while; any other failure is the caller's.

        Raises:
            GatewayError: the platform is down, throttles or refuses the token.
        """
        if error.fault not in MISSING:
            raise error
        if error.fault is Fault.UNSUPPORTED:
            self._missing.put(route, value=True, for_s=RECHECK_S)


def _at(address: str, found: Conversation | None) -> Conversation | None:
    return None if found is None else replace(found, address=address)


def _is_called(row: ContactRow, name: str) -> bool:
    return bool(name) and text(row.display_name) == name
