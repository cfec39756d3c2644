"""Playing people: customers, agents, bots; and reading back what reached them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from worker.sandbox import documents
from worker.sandbox.records import Contact, Conversation, Message
from worker.sandbox.switches import changed
from worker.sandbox.world import BOT_ID, DEFAULT_TEAM_ID, World

Mode = Literal["automation", "manual", "hybrid"]


class StageError(ValueError):
    """What was to be played is not possible; the message says why."""


class Stage:
    """What people do on the platform, without going through its API.

    `who` is any id of a conversation, or a contact's: its newest one, opened if there is none.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    # -- customers -------------------------------------------------------------------------------

    def create_contact(
        self,
        *,
        channel: str = "web",
        language: str = "en",
        display_name: str = "",
        fields: Mapping[str, Any] | None = None,
    ) -> str:
        """A customer has appeared on a channel; the contact's id."""
        given = {"language": language, "display_name": display_name, **(fields or {})}
        return self._world.add_contact(channel, given).id

    def create_conversation(
        self,
        contact: str,
        *,
        team: str = DEFAULT_TEAM_ID,
        mode: Mode | None = None,
        status: str = "",
        notify: bool = True,
    ) -> str:
        """The contact has a new conversation, announced to the team; its id."""
        if team not in self._world.teams:
            raise StageError(f"no team {team!r}")
        opened = self._world.open_conversation(self._contact(contact), team, notify=notify)
        opened.mode = mode or opened.mode
        opened.status = status or opened.status
        return opened.id

    def customer_says(self, who: str, text: str) -> str:
        """The customer has written a text; the message's id."""
        return self.customer_sends(who, "text", {"text": text})

    def customer_sends(self, who: str, type: str, content: Any) -> str:  # noqa: A002
        """The customer has sent a message of any type and content; its id."""
        conversation = self._conversation(who)
        contact = self._world.contacts.get(conversation.contact_id)
        if contact is not None:
            contact.last_seen = self._world.stamp()
        if conversation.status == "closed" and self._world.switches.reopen_on_customer_message:
            self._world.set_status(conversation, "active")
        return self._world.write(conversation, conversation.contact_id, type, content).id

    def customer_picks(self, who: str, option: int | str) -> str:
        """The customer has pressed a button of the newest menu; the `quick_reply` message's id.

        `option` is its number from 1, its title or its payload.

        Raises:
            StageError: there is no such button.
        """
        conversation = self._conversation(who)
        options = _options(conversation)
        for number, offered in enumerate(options, start=1):
            if option in {number, offered["title"], offered["payload"]}:
                content = {
                    "title": offered["title"],
                    "payload": offered["payload"],
                    "description": "",
                }
                return self.customer_sends(conversation.id, "quick_reply", content)
        titles = ", ".join(offered["title"] for offered in options) or "there is no menu"
        raise StageError(f"no button {option!r}: {titles}")

    def set_contact(self, contact: str, fields: Mapping[str, Any]) -> None:
        """Somebody of the team has edited the contact."""
        record = self._contact(contact)
        record.fields |= dict(fields)
        record.updated_at = self._world.stamp()

    def delete_contact(self, contact: str) -> None:
        """The contact is gone; its conversations stay."""
        self._world.delete_contact(self._contact(contact).id)

    # -- the team and its bots -------------------------------------------------------------------

    def add_agent(self, name: str) -> str:
        """One more person is in the default team; the user id."""
        return self._world.add_user(name).id

    def agent_says(self, who: str, text: str, agent: str = "") -> str:
        """A person of the team has written; the message's id. `agent` "": the usual one."""
        return self.write(who, agent or self._world.agent.id, "text", {"text": text})

    def bot_says(self, who: str, text: str) -> str:
        """The platform's bot user has written; the message's id."""
        return self.write(who, BOT_ID, "response", {"title": "", "text": text, "quick_replies": []})

    def publisher_says(self, who: str, text: str = '{"route":"T1"}') -> str:
        """A workflow has written, as it does: often internal JSON as text; the message's id."""
        return self.write(who, self._world.publisher_id, "text", {"text": text})

    def write(self, who: str, sender: str, type: str, content: Any) -> str:  # noqa: A002
        """A message of any author ("" for none), type and content is stored; its id."""
        return self._world.write(self._conversation(who), sender, type, content).id

    def agent_joins(self, who: str, agent: str = "", mode: Mode = "manual") -> None:
        """A person has taken the conversation; the mode is changed for everyone."""
        self._world.join(self._conversation(who), agent or self._world.agent.id, mode)

    def agent_leaves(self, who: str, agent: str = "") -> None:
        """The person has left; the vendor's bot answers again."""
        self._world.leave(self._conversation(who), agent or self._world.agent.id)

    def agent_assigns(self, who: str, user: str = "", team: str = "") -> None:
        """A person is responsible, and is told so (204)."""
        record = self._conversation(who)
        user = user or self._world.agent.id
        team = team or record.team_id
        if user not in self._world.users or team not in self._world.teams:
            raise StageError(f"no user {user!r} or no team {team!r}")
        self._world.assign(record, team, user)

    def set_status(self, who: str, status: str) -> None:
        """The conversation is closed, active, pending or whatever else by somebody's hand."""
        self._world.set_status(self._conversation(who), status)

    def set_mode(self, who: str, mode: Mode | None) -> None:
        """The conversation is in another mode."""
        record = self._conversation(who)
        record.mode = mode
        self._world.touch(record)

    def notify(
        self,
        *,
        type: int = 201,  # noqa: A002
        recipient: str = "",
        title: str = "",
        content: str = "",
        sender: str = "",
        channel: str = "",
        action_to: Mapping[str, str] | None = None,
    ) -> str:
        """A notification of any code stands in a person's list, by default the worker's."""
        return self._world.notify(
            recipient or self._world.worker.id,
            type,
            title=title,
            content=content,
            sender=sender,
            channel_type=channel,
            action_to=action_to,
        ).id

    # -- the platform itself ---------------------------------------------------------------------

    def set_clock(self, offset_s: float) -> None:
        """The platform's clock is this many seconds ahead of ours."""
        self._world.offset = timedelta(seconds=offset_s)

    def set_switches(self, **changes: Any) -> None:
        """These switches are set.

        Raises:
            ValueError: no such switch, or a wrong value.
        """
        self._world.switches = changed(self._world.switches, **changes)

    def replace_token(self) -> str:
        """The worker's account has a new token, and the old one is refused."""
        worker = self._world.worker
        self._world.tokens.pop(worker.token, None)
        worker.token = self._world.ids.make("acc")
        self._world.tokens[worker.token] = worker.id
        return worker.token

    def revoke_token(self) -> None:
        """The worker's account's token is refused until it is restored."""
        self._world.tokens.pop(self._world.worker.token, None)

    def restore_token(self) -> None:
        """The worker's account's token is good again."""
        self._world.tokens[self._world.worker.token] = self._world.worker.id

    # -- reading back ----------------------------------------------------------------------------

    def sends(self) -> dict[str, tuple[Message, ...]]:
        """Messages the worker's account sent through the API, in order, by conversation."""
        found: dict[str, list[Message]] = {}
        for entry in self._world.journal.entries(kind="send"):
            if entry.actor == self._world.worker.id:
                conversation, message = entry.ids
                found.setdefault(conversation, []).append(self._world.messages[message])
        return {conversation: tuple(messages) for conversation, messages in found.items()}

    def texts(self, who: str) -> tuple[str, ...]:
        """The texts the worker's account sent into one conversation, in order."""
        sent = self.sends().get(self._conversation(who).id, ())
        return tuple(str(message.content.get("text", "")) for message in sent)

    def transcript(self, who: str) -> dict[str, Any]:
        """The conversation with all its messages, oldest first."""
        record = self._conversation(who)
        row = documents.contact_conversation(self._world, record)
        row["messages"] = [documents.message(self._world, message) for message in record.messages]
        row["comments"] = [documents.comment(note) for note in record.comments]
        row["joined"] = sorted(record.joined)
        row["assigned_to"] = record.assigned_to
        return row

    def contact(self, contact: str) -> dict[str, Any]:
        """The contact as it stands."""
        return documents.contact(self._world, self._contact(contact))

    def notifications(self, recipient: str = "") -> list[dict[str, Any]]:
        """A person's notifications, newest first."""
        mine = self._world.notifications.get(recipient or self._world.worker.id, {})
        return [documents.notification(row) for row in reversed(mine.values())]

    def _contact(self, contact_id: str) -> Contact:
        found = self._world.contacts.get(contact_id)
        if found is None:
            raise StageError(f"no contact {contact_id!r}")
        return found

    def _conversation(self, who: str) -> Conversation:
        found = self._world.addresses.get(who)
        if found is not None:
            return found
        if not who.startswith("con_"):
            raise StageError(f"no conversation {who!r}")
        contact = self._contact(who)
        if not contact.conversations:
            return self._world.open_conversation(contact)
        return self._world.conversations[contact.conversations[-1]]


def _options(conversation: Conversation) -> list[dict[str, Any]]:
    """The newest menu's buttons."""
    for message in reversed(conversation.messages):
        if message.type == "response" and message.content.get("quick_replies"):
            options: list[dict[str, Any]] = message.content["quick_replies"]
            return options
    return []
