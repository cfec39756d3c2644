"""iMBRACE as a `Gateway`: neutral nouns on one side, the typed client on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.addresses import address_of
from worker.gateways.imbrace.answers import Listing, converted
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.lists import MISSING, ConversationLists, Pages
from worker.gateways.imbrace.opening import learn_identity
from worker.gateways.imbrace.outgoing import body_of
from worker.gateways.imbrace.profile import changed_profile
from worker.gateways.imbrace.protocol_messages import Address
from worker.gateways.imbrace.reading import MessageReads
from worker.gateways.imbrace.resolve import Resolver
from worker.gateways.imbrace.wire import ContactRow, ConversationRow, Row, moment, text
from worker.gateways.limits import Breaker, Budget
from worker.model.chat import Contact, Conversation, Message, Notification
from worker.model.gateway import Capability, Identity, Outgoing, Page, Sent
from worker.model.ids import ContactId, MessageId, NotificationId, UserId

T = TypeVar("T")
R = TypeVar("R", bound=Row)

_IDS_AT_ONCE: Final = 100
"""Notifications named in one call: the seed shows two, the front end one screen."""


class ImbraceGateway:
    """One iMBRACE account.

    Attributes:
        conversations_sorted: the conversation list last read was in the order of movement, newest
            first; where it is not, its top does not show all that moved.
        budget, breaker: for metrics and for whoever paces polls.
    """

    capabilities = frozenset(Capability)

    def __init__(
        self,
        client: ImbraceClient,
        clock: Clock,
        identity: Identity,
        *,
        budget: Budget,
        breakers: Sequence[Breaker],
        probe_prefix: bool = False,
    ) -> None:
        """No call is made. `breakers`: the account's first, then those of other tokens."""
        self.identity = identity
        self.conversations_sorted = True
        self.client = client
        self.budget = budget
        self.breaker = breakers[0]
        self._breakers = breakers
        self._probe_prefix = probe_prefix
        self._lists = ConversationLists(client, clock)
        self._pages = Pages(clock)
        self._reads = MessageReads(client, clock)
        self._resolver = Resolver(client, clock)

    @property
    def clock_offset_s(self) -> float:
        """Platform time minus our wall clock."""
        return self.client.offset.seconds

    @clock_offset_s.setter
    def clock_offset_s(self, seconds: float) -> None:
        self.client.offset.seconds = seconds

    async def open(self) -> Identity:
        """The prefix is probed where asked, and ids are learned as far as the platform tells them.

        Raises:
            GatewayError: the platform is not reachable, refuses the token, or has no API there.
        """
        self.identity = await learn_identity(
            self.client, self.identity, probe_prefix=self._probe_prefix
        )
        self._probe_prefix = False
        return self.identity

    async def close(self) -> None:
        """Connections are closed."""
        await self.client.close()

    def token_changed(self) -> None:
        """A pause after a 401 is over."""
        for breaker in self._breakers:
            breaker.token_changed()

    async def conversations(self, skip: int = 0, limit: int = 50) -> Page[Conversation]:
        """Part of the conversation list, last moved first.

        Raises:
            GatewayError: `UNSUPPORTED` where the account has none.
        """
        listing = await self._lists.page(self.identity.business_unit_id, skip, limit)
        page = self._page("conversations", skip, listing, self._conversations(listing.rows))
        times = [row.moved_at for row in page.rows if row.moved_at is not None]
        self.conversations_sorted = times == sorted(times, reverse=True)
        return page

    async def notifications(self, skip: int = 0, limit: int = 50) -> Page[Notification]:
        """Part of the user's notifications, newest first."""
        listing = await self.client.list_notifications(skip, limit)
        for row in listing.rows:
            if not self.identity.user_id and text(row.recipient):
                self.identity = replace(self.identity, user_id=UserId(text(row.recipient)))
        rows = tuple(neutral.notification(row) for row in listing.rows)
        return self._page("notifications", skip, listing, rows)

    async def contacts(self, skip: int = 0, limit: int = 50) -> Page[Contact]:
        """Part of the contacts, newest first."""
        listing = await self.client.list_contacts(skip, limit)
        rows = tuple(neutral.contact(row) for row in listing.rows)
        return self._page("contacts", skip, listing, rows)

    async def contact(self, contact_id: ContactId) -> Contact:
        """The contact; where single contacts cannot be read, as its conversations show it."""
        try:
            row = await self.client.contact(contact_id)
        except GatewayError as error:
            if error.fault is not Fault.UNSUPPORTED:
                raise
            return await self._contact_in_conversations(contact_id, error)
        return neutral.contact(row)

    async def contact_conversations(self, contact_id: ContactId) -> tuple[Conversation, ...]:
        """All conversations of a contact."""
        listing = await self.client.contact_conversations(contact_id)
        found = self._conversations(listing.rows)
        for row, conversation in zip(listing.rows, found, strict=False):
            for address in neutral.addresses(row):
                self._resolver.learn(address, replace(conversation, address=address))
        return found

    async def conversation(self, conversation: Conversation) -> Conversation:
        """The conversation read anew; what the answer leaves out is as it was.

        Raises:
            GatewayError: `ABSENT` where no route knows it any more.
        """
        for address in filter(None, (conversation.address, conversation.id)):
            try:
                row = await self.client.team_conversation(address)
            except GatewayError as error:
                if error.fault not in MISSING:
                    raise
                continue
            found = neutral.conversation(row, self.identity.user_id)
            if found is not None and found.id == conversation.id:
                self._reads.learn_bots(neutral.bots_of(row.users))
                return neutral.completed(found, conversation)
        if conversation.contact_id is not None:
            for found in await self.contact_conversations(conversation.contact_id):
                if found.id == conversation.id:
                    return neutral.completed(found, conversation)
        raise GatewayError(
            Fault.ABSENT, "conversations.detail: no such conversation", took_effect=TookEffect.NO
        )

    async def resolve(self, notification: Notification) -> Conversation | None:
        """The conversation a notification is about; a queue entry (`toc_`) is never grabbed."""
        address = notification.conversation_address
        if not address.startswith("tcu_"):
            return None
        return await self._resolver.find(address, notification.title)

    async def messages(
        self, conversation: Conversation, skip: int = 0, limit: int = 50
    ) -> Page[Message]:
        """Part of the conversation's messages, newest first; rows of another one are left out."""
        listing = await self._reads.listing(conversation, skip, limit)
        rows = self._reads.own(conversation, listing)
        return self._page(f"messages:{conversation.id}", skip, listing, rows)

    async def send(self, conversation: Conversation, outgoing: Outgoing) -> Sent:
        """The message is stored at the platform.

        Raises:
            GatewayError: `UNSUPPORTED`, certainly not done: this type is not taken here.
        """
        row = await self.client.send_message(
            Address(conversation.id, conversation.address), body_of(outgoing)
        )
        author = text(row.sender)
        if author.startswith("u_") and author != self.identity.user_id:
            # what we wrote ourselves says best who we are, whatever a setting or a list said
            self.identity = replace(self.identity, user_id=UserId(author))
        return Sent(MessageId(row.any_id), moment(row.created_at))

    async def upload(self, name: str, content: bytes, media_type: str) -> str:
        """The file is stored at the platform; its URL."""
        return await self.client.upload_message_file(name, content, media_type)

    async def update_contact(self, contact_id: ContactId, fields: Mapping[str, str]) -> Contact:
        """Only `fields` are changed; where they already are so, nothing is written.

        Raises:
            GatewayError: `UNSUPPORTED` for a field the platform does not let be written.
        """
        row = await self.client.contact(contact_id)
        body = changed_profile(row, fields)
        if body:
            row = await self.client.update_contact(contact_id, body)
        return neutral.contact(row)

    async def mark_read(self, notifications: Sequence[NotificationId]) -> None:
        """They are read."""
        for begin in range(0, len(notifications), _IDS_AT_ONCE):
            await self.client.read_notifications(notifications[begin : begin + _IDS_AT_ONCE])

    async def dismiss(self, notifications: Sequence[NotificationId]) -> None:
        """They are out of the list."""
        for begin in range(0, len(notifications), _IDS_AT_ONCE):
            await self.client.dismiss_notifications(notifications[begin : begin + _IDS_AT_ONCE])

    async def dismiss_all(self, kind: str = "") -> None:
        """All of a kind are out of the list."""
        await self.client.dismiss_all_notifications(kind)

    async def join(self, conversation: Conversation) -> None:
        """The token's user is in it; its mode is the platform's default, manual."""
        await self.client.join(await self._address(conversation))

    async def leave(self, conversation: Conversation) -> None:
        """The token's user is out of it."""
        await self.client.leave(await self._address(conversation))

    async def set_status(self, conversation: Conversation, status: str) -> None:
        """It is `active` or `closed`."""
        await self.client.set_status(await self._address(conversation), status, conversation.id)

    async def assign(self, conversation: Conversation, team: str, user: str) -> None:
        """The user of the team is responsible."""
        await self.client.assign(conversation.id, team, user)

    async def note(self, conversation: Conversation, message_id: MessageId, text: str) -> None:
        """An internal note stands at the message."""
        await self.client.add_comment(conversation.id, message_id, text)

    async def _address(self, conversation: Conversation) -> str:
        return conversation.address or await address_of(
            self.client, conversation, self.identity.user_id
        )

    async def _contact_in_conversations(
        self, contact_id: ContactId, error: GatewayError
    ) -> Contact:
        listing = await self.client.contact_conversations(contact_id)
        for row in listing.rows:
            shown = converted(row.contact, ContactRow)
            if shown is not None and shown.any_id == contact_id:
                return neutral.contact(shown)
        raise error

    def _conversations(self, rows: Sequence[ConversationRow]) -> tuple[Conversation, ...]:
        user_id = self.identity.user_id
        return tuple(
            found for row in rows if (found := neutral.conversation(row, user_id)) is not None
        )

    def _page(self, name: str, skip: int, listing: Listing[R], rows: tuple[T, ...]) -> Page[T]:
        if self._pages.repeated(name, skip, [row.any_id for row in listing.rows]):
            return Page((), None, listing.unreadable)
        left_out = len(listing.rows) - len(rows)
        return Page(rows, listing.skip, listing.unreadable + left_out)
