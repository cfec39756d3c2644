"""Every endpoint as one typed coroutine: builds the call, adds the credential, reads the answer.

Nothing is repeated and nothing is remembered here; see README.md for each endpoint's source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from msgspec.structs import replace

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace import protocol_contacts as contacts
from worker.gateways.imbrace import protocol_conversations as conversations
from worker.gateways.imbrace import protocol_messages as messages
from worker.gateways.imbrace import protocol_notifications as notifications
from worker.gateways.imbrace import protocol_third as third
from worker.gateways.imbrace.answers import Call, Listing, failure
from worker.gateways.imbrace.offset import ClockOffset
from worker.gateways.imbrace.protocol import Prefix, credentials
from worker.gateways.imbrace.protocol_contacts import CHANNEL_TYPES
from worker.gateways.imbrace.protocol_conversations import Counts
from worker.gateways.imbrace.protocol_messages import Address, MessageBody
from worker.gateways.imbrace.wire import (
    CommentRow,
    ContactRow,
    ConversationRow,
    FileRow,
    Hits,
    MessageRow,
    NotificationRow,
    PhoneLinks,
)
from worker.model.http import Transport

T = TypeVar("T")


class ImbraceClient:
    """One account's calls. Every method may raise `GatewayError`.

    Attributes:
        prefix: where the API begins; may be set anew after a probe.
        offset: how far the platform's clock is from ours, learned from every answer.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        token: Callable[[], str],
        clock: Clock,
        prefix: Prefix | None = None,
        organization_id: str = "",
        third_transport: Transport | None = None,
        third_token: Callable[[], str] | None = None,
    ) -> None:
        """No call is made.

        Args:
            token, third_token: asked at each call, so that a replaced token file counts at once.
            organization_id: sent with each call; "" sends none.
            third_transport: carries the calls of the third-party token; None: `transport`.
        """
        self.prefix = prefix or Prefix()
        self.offset = ClockOffset()
        self._transport = transport
        self._token = token
        self._clock = clock
        self._organization_id = organization_id
        self._third_transport = third_transport or transport
        self._third_token = third_token
        self._credentials: dict[bool, tuple[str, Mapping[str, str]]] = {}

    @property
    def has_third_token(self) -> bool:
        """There is a token for `/3rd` now."""
        return self._third_token is not None and bool(self._third_token().strip())

    async def close(self) -> None:
        """Connections are closed."""
        await self._transport.close()
        if self._third_transport is not self._transport:
            await self._third_transport.close()

    async def _made(self, call: Call[T]) -> T:
        request = replace(call.request, headers=self._headers(third=call.third))
        transport = self._third_transport if call.third else self._transport
        sent_at = self._clock.monotonic()
        response = await transport.send(request)
        date = response.headers.get("date", "")
        if self.offset.is_news(date):
            received_at = self._clock.now()
            took = timedelta(seconds=self._clock.monotonic() - sent_at)
            self.offset.learn(date, received_at - took, received_at)
        error = failure(request, response)
        if error is not None:
            raise error
        return call.read(response)

    def _headers(self, *, third: bool) -> Mapping[str, str]:
        source = self._third_token if third else self._token
        token = source().strip() if source is not None else ""
        if not token:
            raise GatewayError(
                Fault.UNAUTHORIZED,
                "there is no api_ token for /3rd" if third else "there is no access token",
                took_effect=TookEffect.NO,
            )
        known = self._credentials.get(third)
        if known is None or known[0] != token:
            made = credentials(token, self._organization_id, third=third)
            known = self._credentials[third] = (token, made)
        return known[1]

    # Contacts

    async def list_contacts(self, skip: int = 0, limit: int = 50) -> Listing[ContactRow]:
        """Contacts, newest first."""
        return await self._made(contacts.contacts(self.prefix, skip, limit))

    async def search_contacts(
        self, words: str, skip: int = 0, limit: int = 50
    ) -> Listing[ContactRow]:
        """Contacts that match."""
        return await self._made(contacts.search(self.prefix, words, skip, limit))

    async def contact(self, contact_id: str) -> ContactRow:
        """One contact."""
        return await self._made(contacts.contact(self.prefix, contact_id))

    async def update_contact(self, contact_id: str, body: Mapping[str, str]) -> ContactRow:
        """The contact as it is after the update."""
        return await self._made(contacts.update(self.prefix, contact_id, body))

    async def contact_conversations(
        self, contact_id: str, channel_types: tuple[str, ...] = CHANNEL_TYPES
    ) -> Listing[ConversationRow]:
        """All conversations of a contact on these channels."""
        return await self._made(contacts.conversations(self.prefix, contact_id, channel_types))

    async def contact_comment(self, contact_id: str, comment_id: str) -> Listing[CommentRow]:
        """One comment, as a list."""
        return await self._made(contacts.comment(self.prefix, contact_id, comment_id))

    async def contact_comments(
        self, contact_id: str, skip: int = 0, limit: int = 50
    ) -> Listing[CommentRow]:
        """All comments of a contact."""
        return await self._made(contacts.comments(self.prefix, contact_id, skip, limit))

    async def upload_contact_file(self, name: str, content: bytes, media_type: str) -> str:
        """The URL of the stored file."""
        return await self._made(contacts.upload_file(self.prefix, name, content, media_type))

    async def contact_files(self, contact_id: str) -> Listing[FileRow]:
        """Files of all the contact's conversations, newest first."""
        return await self._made(contacts.files(self.prefix, contact_id))

    # Notifications

    async def list_notifications(
        self, skip: int = 0, limit: int = 50, kind: str = ""
    ) -> Listing[NotificationRow]:
        """The user's notifications, newest first."""
        return await self._made(notifications.notifications(self.prefix, skip, limit, kind))

    async def read_notifications(self, ids: Sequence[str]) -> None:
        """They are marked read."""
        await self._made(notifications.read(self.prefix, ids))

    async def dismiss_notifications(self, ids: Sequence[str]) -> None:
        """They are out of the list."""
        await self._made(notifications.dismiss(self.prefix, ids))

    async def dismiss_all_notifications(self, kind: str = "") -> None:
        """All of a kind, "" for every kind, are out of the list."""
        await self._made(notifications.dismiss_all(self.prefix, kind))

    # Counts and conversations

    async def view_counts(self, business_unit_id: str) -> Counts:
        """Conversations per view and team."""
        return await self._made(conversations.view_counts(self.prefix, business_unit_id))

    async def channel_counts(self, view: str = "all") -> Counts:
        """Conversations per channel type."""
        return await self._made(conversations.channel_counts(self.prefix, view))

    async def team_channel_counts(self, team_id: str) -> Counts:
        """One team's conversations per channel type."""
        return await self._made(conversations.team_channel_counts(self.prefix, team_id))

    async def create_conversation(self) -> ConversationRow:
        """A new conversation of the contact whose token this is."""
        return await self._made(conversations.create(self.prefix))

    async def list_team_conversations(
        self, business_unit_id: str, skip: int = 0, limit: int = 50, root: str = ""
    ) -> Listing[ConversationRow]:
        """The conversation list; `root` is another spelling of the second version's prefix."""
        return await self._made(
            conversations.team_conversations(root or self.prefix.v2, business_unit_id, skip, limit)
        )

    async def search_team_conversations(
        self, business_unit_id: str, words: str = "", skip: int = 0, limit: int = 50
    ) -> Listing[ConversationRow]:
        """Conversations by name, last moved first; "" finds all."""
        return await self._made(
            conversations.search(self.prefix, business_unit_id, words, skip, limit)
        )

    async def team_conversation(self, address: str) -> ConversationRow:
        """One conversation by `tcu_`, on the newer generation by `conv_` too."""
        return await self._made(conversations.detail(self.prefix, address))

    async def memberships(self, conversation_id: str) -> Listing[ConversationRow]:
        """The team conversations of a conversation."""
        return await self._made(conversations.memberships(self.prefix, conversation_id))

    async def join(self, address: str, mode: str = "") -> None:
        """The user is in it; "" leaves the mode to the platform."""
        await self._made(conversations.join(self.prefix, address, mode))

    async def leave(self, address: str) -> None:
        """The user is out of it."""
        await self._made(conversations.leave(self.prefix, address))

    async def set_status(self, address: str, status: str, conversation_id: str = "") -> None:
        """It is `active` or `closed`."""
        await self._made(conversations.set_status(self.prefix, address, status, conversation_id))

    async def assign(self, conversation_id: str, team_id: str, user_id: str) -> None:
        """The member is responsible."""
        await self._made(conversations.assign(self.prefix, conversation_id, team_id, user_id))

    async def unassign(self, conversation_id: str, team_id: str, user_id: str) -> None:
        """The member is not responsible any more."""
        await self._made(conversations.unassign(self.prefix, conversation_id, team_id, user_id))

    async def add_comment(self, conversation_id: str, message_id: str, words: str) -> None:
        """An internal note stands at a message."""
        await self._made(conversations.add_comment(self.prefix, conversation_id, message_id, words))

    # Messages

    async def list_messages(
        self, address: Address, skip: int = 0, limit: int = 50
    ) -> Listing[MessageRow]:
        """A conversation's messages, newest first."""
        return await self._made(messages.messages(self.prefix, address, skip, limit))

    async def send_message(self, address: Address, body: MessageBody) -> MessageRow:
        """The stored message; only its id is sure to be there."""
        try:
            return await self._made(messages.send(self.prefix, address, body))
        except GatewayError as error:
            raise messages.refused_type(error, body) from None

    async def upload_message_file(self, name: str, content: bytes, media_type: str) -> str:
        """The URL of the stored file."""
        return await self._made(messages.upload_file(self.prefix, name, content, media_type))

    async def search_messages(self, organization_id: str, words: str, limit: int = 100) -> Hits:
        """Messages of the organisation that match."""
        return await self._made(messages.search(self.prefix, organization_id, words, limit))

    async def fetch_messages(self, organization_id: str, wanted: str, limit: int = 100) -> Hits:
        """Documents under a filter expression."""
        return await self._made(messages.fetch(self.prefix, organization_id, wanted, limit))

    # The server gateway

    async def third_messages(
        self, conversation_id: str, skip: int = 0, limit: int = 50
    ) -> Listing[MessageRow]:
        """A conversation's messages, newest first, read with the `api_` token."""
        return await self._made(third.messages(conversation_id, skip, limit))

    async def links(
        self, phone_numbers: Sequence[str], organization_id: str
    ) -> tuple[PhoneLinks, ...]:
        """Chat links by phone number; a number nobody has may be missing."""
        return await self._made(third.links(tuple(phone_numbers), organization_id))
