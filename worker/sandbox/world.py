"""The platform's state and what changes it, whoever asked: the API or a played person."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from worker.clock import Clock
from worker.model.channels import CHANNELS
from worker.sandbox.documents import blank_contact
from worker.sandbox.identifiers import Identifiers, conversation_name, platform_time
from worker.sandbox.journal import Journal
from worker.sandbox.records import (
    Comment,
    Contact,
    Conversation,
    Message,
    Notification,
    Team,
    User,
)
from worker.sandbox.switches import Generation, Switches

BOT_ID = "u_imbrace_bot"
DEFAULT_TEAM_ID = "t_imbrace_default_team"
CHANNEL_TYPES = CHANNELS["imbrace"]
_UNDATED_EVERY = 5  # measured: the newer generation fills last_message_at in about 4 of 5 rows


class World:
    """One organisation with one business unit.

    `conversations` is in order of creation; `shown` is what the conversation list tells, the most
    recently moved last, which may lag behind.
    """

    def __init__(self, clock: Clock, generation: Generation, switches: Switches, seed: int) -> None:
        self.clock = clock
        self.generation = generation
        self.switches = switches
        self.offset = timedelta()
        self.ids = Identifiers(seed)
        self.journal = Journal()
        self.organization_id = "org_sandbox"
        self.business_unit_id = "bu_sandbox"
        self.publisher_id = self.ids.make("pub")
        self.api_token = self.ids.make("api")
        self.channels = {kind: f"ch_{self.ids.uuid()}" for kind in CHANNEL_TYPES}
        self.users: dict[str, User] = {}
        self.tokens: dict[str, str] = {}
        self.teams = {DEFAULT_TEAM_ID: Team(DEFAULT_TEAM_ID, "General")}
        self.worker = self.add_user("Worker")
        self.agent = self.add_user("Mei Chan")
        self.users[BOT_ID] = User(BOT_ID, "imbrace bot", "", bot=True)
        self.contacts: dict[str, Contact] = {}
        self.conversations: dict[str, Conversation] = {}
        self.shown: OrderedDict[str, Conversation] = OrderedDict()
        self.addresses: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}
        self.notifications: dict[str, dict[str, Notification]] = {}
        self.unread: dict[str, int] = {}
        self._late_moves: deque[tuple[float, str, str]] = deque()

    # -- time and people -------------------------------------------------------------------------

    def now(self) -> datetime:
        """The platform's wall clock: ours plus the played offset."""
        return self.clock.now() + self.offset

    def stamp(self) -> str:
        """The platform's time as it writes it."""
        return platform_time(self.now())

    def record(self, kind: str, actor: str, *ids: str, **detail: Any) -> None:
        """A write that came over the API is in the journal."""
        self.journal.add(self.stamp(), self.clock.monotonic(), kind, actor, *ids, **detail)

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new account with its own token; people are members of the default team."""
        user = User(self.ids.make("u"), name, self.ids.make("acc"), bot)
        self.users[user.id] = user
        self.tokens[user.token] = user.id
        if not bot:
            self.teams[DEFAULT_TEAM_ID].members.append(user.id)
        return user

    # -- contacts and conversations --------------------------------------------------------------

    def add_contact(self, channel_type: str, fields: Mapping[str, Any]) -> Contact:
        """A fresh contact: `updated_at` null, a made-up name where none is given."""
        known = blank_contact() | dict(fields)
        known["display_name"] = known["display_name"] or self.ids.display_name()
        now = self.stamp()
        channel_id = self.channels.setdefault(channel_type, f"ch_{self.ids.uuid()}")
        contact = Contact(self.ids.make("con"), channel_id, channel_type, known, now, last_seen=now)
        self.contacts[contact.id] = contact
        return contact

    def open_conversation(
        self, contact: Contact, team_id: str = DEFAULT_TEAM_ID, *, notify: bool = True
    ) -> Conversation:
        """A new conversation, announced once to each member of its team."""
        now = self.stamp()
        conversation = Conversation(
            id=self.ids.make("conv"),
            contact_id=contact.id,
            channel_id=contact.channel_id,
            channel_type=contact.channel_type,
            team_id=team_id,
            name=conversation_name(contact.fields["display_name"], self.now()),
            own_tcu=self.ids.make("tcu"),
            created_at=now,
            updated_at=now,
            shown_at=now,
            status=self.switches.initial_status,
            mode=self.switches.initial_mode,
            dated=len(self.conversations) % _UNDATED_EVERY != _UNDATED_EVERY - 1,
        )
        for member in self.teams[team_id].members:
            conversation.tcus[member] = self.ids.make("tcu")
        contact.conversations.append(conversation.id)
        self.conversations[conversation.id] = conversation
        self._remember_addresses(conversation)
        self._move(conversation)
        if notify:
            self.announce(conversation)
        return conversation

    def _remember_addresses(self, conversation: Conversation) -> None:
        self.addresses[conversation.id] = conversation
        self.addresses[conversation.bare_id] = conversation
        self.addresses[conversation.own_tcu] = conversation
        for tcu in conversation.tcus.values():
            self.addresses[tcu] = conversation

    def tcu_of(self, conversation: Conversation, user_id: str) -> str:
        """The `tcu_` by which this user sees the conversation; made at the first need."""
        if user_id not in self.users:
            return conversation.own_tcu  # an API key is nobody's view
        tcu = conversation.tcus.get(user_id)
        if tcu is None:
            tcu = conversation.tcus[user_id] = self.ids.make("tcu")
            self.addresses[tcu] = conversation
        return tcu

    def delete_contact(self, contact_id: str) -> None:
        """The contact is gone; its conversations stay, as orphans."""
        del self.contacts[contact_id]

    # -- movement --------------------------------------------------------------------------------

    def touch(self, conversation: Conversation) -> None:
        """The conversation moved now; the list shows it at once or after the lag."""
        conversation.updated_at = self.stamp()
        self._move(conversation)

    def _move(self, conversation: Conversation) -> None:
        lag = self.switches.movement_lag_s
        if lag > 0:
            due = self.clock.monotonic() + lag
            self._late_moves.append((due, conversation.id, conversation.updated_at))
            return
        self._show(conversation, conversation.updated_at)

    def _show(self, conversation: Conversation, at: str) -> None:
        conversation.shown_at = at
        self.shown[conversation.id] = conversation
        self.shown.move_to_end(conversation.id)

    def settle_movements(self) -> None:
        """Movements whose lag has passed are shown by the conversation list."""
        now = self.clock.monotonic()
        while self._late_moves and self._late_moves[0][0] <= now:
            _, conversation_id, at = self._late_moves.popleft()
            self._show(self.conversations[conversation_id], at)

    # -- messages --------------------------------------------------------------------------------

    def write(self, conversation: Conversation, sender: str, kind: str, content: Any) -> Message:
        """The message is stored as the newest of its conversation, which has moved."""
        message = Message(
            self.ids.make("msg"), conversation.id, sender, kind, content, self.stamp()
        )
        lag = self.switches.message_lag_s
        if lag > 0:
            message.visible_at = self.clock.monotonic() + lag
        conversation.messages.append(message)
        if sender.startswith("con_"):
            conversation.customer_messages.append(message)
        self.messages[message.id] = message
        conversation.updated_at = message.created_at
        self._move(conversation)
        return message

    def comment(
        self,
        conversation: Conversation,
        message_id: str,
        author: str,
        content: str,
        labels: list[str],
    ) -> Comment:
        """An internal note stands beside the message."""
        note = Comment(
            self.ids.make("cmc"),
            conversation.id,
            message_id,
            author,
            content,
            labels,
            self.stamp(),
        )
        conversation.comments.append(note)
        return note

    # -- people in conversations -----------------------------------------------------------------

    def join(self, conversation: Conversation, user_id: str, mode: str = "manual") -> None:
        """The user is in it, and the mode is changed for everyone."""
        conversation.joined.add(user_id)
        conversation.ever_joined = True
        conversation.mode = mode
        self.touch(conversation)

    def leave(self, conversation: Conversation, user_id: str) -> None:
        """The user is out of it, and the vendor's bot answers again."""
        conversation.joined.discard(user_id)
        conversation.mode = "automation"
        self.touch(conversation)

    def assign(self, conversation: Conversation, team_id: str, user_id: str) -> None:
        """The user is responsible for it, and is told so (204)."""
        conversation.team_id = team_id
        conversation.assigned_to = user_id
        self.touch(conversation)
        self.notify(
            user_id,
            204,
            title=conversation.name,
            sender=self.teams[team_id].name,
            channel_type=conversation.channel_type,
            action_to={"team_conversation_user_id": self.tcu_of(conversation, user_id)},
        )

    def set_status(self, conversation: Conversation, status: str) -> None:
        """The status is set; reopening may announce the conversation again, by switch."""
        reopened = conversation.status == "closed" and status != "closed"
        conversation.status = status
        self.touch(conversation)
        if reopened and self.switches.reopen_notifies:
            self.announce(conversation)

    # -- notifications ---------------------------------------------------------------------------

    def announce(self, conversation: Conversation) -> None:
        """Every member of the team is told of it: 201, or 202 where it must be grabbed."""
        team = self.teams[conversation.team_id]
        if team.mode == "grab" and not conversation.grab_id:
            conversation.grab_id = self.ids.make("toc")
            self.addresses[conversation.grab_id] = conversation
        for member in team.members:
            target = {"team_conversation_user_id": self.tcu_of(conversation, member)}
            if conversation.grab_id:
                target = {"team_own_conversation_id": conversation.grab_id}
            self.notify(
                member,
                202 if conversation.grab_id else 201,
                title=conversation.name,
                sender=team.name,
                channel_type=conversation.channel_type,
                action_to=target,
            )

    def notify(
        self,
        recipient: str,
        kind: int,
        *,
        title: str = "",
        content: str = "",
        sender: str = "",
        channel_type: str = "",
        action_to: Mapping[str, str] | None = None,
    ) -> Notification:
        """One more unread notification stands on top of the recipient's list."""
        notification = Notification(
            self.ids.make("not"),
            recipient,
            kind,
            title,
            content,
            sender,
            channel_type,
            dict(action_to or {}),
            self.stamp(),
        )
        self.notifications.setdefault(recipient, {})[notification.id] = notification
        self.unread[recipient] = self.unread.get(recipient, 0) + 1
        return notification

    def read(self, user_id: str, ids: Iterable[str]) -> None:
        """The user's own notifications among these are read."""
        mine = self.notifications.get(user_id, {})
        for notification_id in ids:
            notification = mine.get(notification_id)
            if notification is not None and not notification.is_read:
                notification.is_read = True
                self.unread[user_id] -= 1

    def dismiss(self, user_id: str, ids: Iterable[str]) -> tuple[str, ...]:
        """The user's own notifications among these are gone; those that were."""
        mine = self.notifications.get(user_id, {})
        gone = []
        for notification_id in ids:
            notification = mine.pop(notification_id, None)
            if notification is None:
                continue
            gone.append(notification_id)
            if not notification.is_read:
                self.unread[user_id] -= 1
        return tuple(gone)
