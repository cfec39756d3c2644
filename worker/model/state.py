"""What the worker itself remembers of conversations and contacts: durable, in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.model.chat import Contact, Conversation, QuickReply
from worker.model.flow import FlowMark
from worker.model.ids import ContactId, MessageId
from worker.model.noun import Noun


class Menu(Noun, frozen=True, kw_only=True):
    """The last menu this worker sent in a conversation; a typed number or title picks from it."""

    name: str
    options: tuple[QuickReply, ...]
    sent_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A customer's messages that wait for an answer.

    Args:
        first_id, since: the first of them, and when it was written: waiting is measured from it.
        last_id, last_at: the last of them.
    """

    first_id: MessageId
    since: datetime
    last_id: MessageId
    last_at: datetime


class ConversationState(Noun, frozen=True, kw_only=True):
    """A conversation as the worker remembers it.

    Args:
        read_marker: `Conversation.moved` when its messages were last read to a known one.
        recent: ids of the newest messages seen, newest first; reading stops on them.
        history_until: messages created at or before this platform time are history.
        history_id: the newest message that is history, where the list told its id.
        opened: a `conversation.opened` event was stored, or it is history.
        last_person_at: when a person of the team last wrote, platform time.
        awaits_person: what no person of the team has answered; None: nothing.
        awaits_answer: what nobody has answered, not even automatically; None: nothing.
        silent_until: automation is silent until then; `silent_until_closed` until it is closed.
        flows: rules that wait here, in the order in which they began to.
    """

    conversation: Conversation
    read_marker: str = ""
    recent: tuple[MessageId, ...] = ()
    history_until: datetime | None = None
    history_id: MessageId | None = None
    opened: bool = False
    last_customer_at: datetime | None = None
    last_person_at: datetime | None = None
    awaits_person: Unanswered | None = None
    awaits_answer: Unanswered | None = None
    silent_until: datetime | None = None
    silent_until_closed: bool = False
    menu: Menu | None = None
    flows: tuple[FlowMark, ...] = ()


class ContactState(Noun, frozen=True, kw_only=True):
    """A contact as the worker remembers it; `tags` here are the truth, the platform holds a mirror.

    Args:
        first_message_id: the first message ever seen of this contact.
        opted_out_at: when the contact asked for silence; None otherwise.
        tracked: its conversations were looked for, where there is no conversation list.
        imprint: what of it rules were told, and how often (`sources/imprint.py`); "" for nothing.
    """

    id: ContactId
    contact: Contact | None = None
    tags: frozenset[str] = frozenset()
    first_message_id: MessageId | None = None
    opted_out_at: datetime | None = None
    tracked: bool = False
    imprint: str = ""
