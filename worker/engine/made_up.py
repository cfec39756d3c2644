"""A message nobody wrote, from a customer nobody knows: what `explain --text` asks rules about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.engine.history import History
from worker.engine.standing import Standing
from worker.model.chat import Contact, Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.facts import Facts, Names
from worker.model.ids import AccountId, ContactId, ConversationId, EventId, MessageId
from worker.model.state import ContactState, ConversationState
from worker.text.normalise import LONGEST_READ, normalise

_CONTACT = ContactId("con_made_up")
_CONVERSATION = ConversationId("conv_made_up")
_MESSAGE = MessageId("msg_made_up")
EVENT = EventId(f"message:{_MESSAGE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """What is said, and by whom; what is not named is empty, and nothing was ever said before.

    Args:
        at: when, by the platform's time.
        first_message: of the contact.
    """

    text: str
    channel: str
    at: datetime
    language: str = ""
    tags: frozenset[str] = frozenset()
    first_message: bool = False

    def facts(self, names: Names) -> Facts:
        """The facts that rules are asked about; `names`: what the rule set gives."""
        message = Message(
            id=_MESSAGE,
            conversation_id=_CONVERSATION,
            sender=Sender.CUSTOMER,
            sender_id=_CONTACT,
            text=self.text,
            created_at=self.at,
        )
        return Facts(
            now=self.at,
            event=Event(
                id=EVENT,
                account=AccountId("made-up"),
                kind=EventKind.MESSAGE_RECEIVED,
                at=self.at,
                conversation_id=_CONVERSATION,
                contact_id=_CONTACT,
                message=message,
            ),
            kinds=frozenset({EventKind.MESSAGE_RECEIVED}),
            message=message,
            messages=(message,),
            text=normalise(self.text[:LONGEST_READ]),
            contact=self._contact,
            conversation=self._conversation,
            tags=self.tags,
            first_message=self.first_message,
            vars=names.vars,
            calendars=names.calendars,
        )

    @property
    def standing(self) -> Standing:
        """A conversation in which nothing keeps rules silent."""
        return Standing(
            conversation=ConversationState(conversation=self._conversation, opened=True),
            contact=ContactState(id=_CONTACT, contact=self._contact, tags=self.tags),
            history=History(),
        )

    @property
    def _contact(self) -> Contact:
        return Contact(id=_CONTACT, language=self.language, channel=self.channel)

    @property
    def _conversation(self) -> Conversation:
        return Conversation(
            id=_CONVERSATION, contact_id=_CONTACT, channel=self.channel, status="active"
        )
