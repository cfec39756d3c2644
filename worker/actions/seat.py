"""What an action needs before it can begin: a conversation, a contact, a message."""

from __future__ import annotations

from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import Desk, RenderError
from worker.model.facts import Facts
from worker.model.ids import ContactId, NotificationId
from worker.model.state import ContactState, ConversationState


def cannot(message: str, fault: Fault = Fault.UNSUPPORTED) -> GatewayError:
    """A failure before any call was made."""
    return GatewayError(fault, message, took_effect=TookEffect.NO)


def conversation_of(desk: Desk) -> ConversationState:
    """The conversation's state.

    Raises:
        GatewayError: the event belongs to no conversation.
    """
    if desk.conversation is None:
        raise cannot("the event belongs to no conversation")
    return desk.conversation


def contact_of(desk: Desk) -> ContactState:
    """The contact's state; a new one for a contact not met before.

    Raises:
        GatewayError: the event belongs to no contact.
    """
    if desk.contact is not None:
        return desk.contact
    if desk.intent.contact_id is None:
        raise cannot("the event belongs to no contact")
    return ContactState(id=ContactId(desk.intent.contact_id))


def notification_of(desk: Desk) -> NotificationId:
    """The notification's id.

    Raises:
        GatewayError: the event has none.
    """
    if desk.intent.notification_id is None:
        raise cannot("the event has no notification")
    return desk.intent.notification_id


def message_id_in(facts: Facts) -> str:
    """The id of the deciding message.

    Raises:
        RenderError: the event has no message.
    """
    if facts.message is None:
        raise RenderError("the event has no message to attach a note to")
    return facts.message.id


def refused_for_good(error: GatewayError) -> bool:
    """The platform will not do this, however often it is asked; nothing happened."""
    hopeless = {Fault.UNSUPPORTED, Fault.ABSENT, Fault.REJECTED}
    return error.took_effect is TookEffect.NO and error.fault in hopeless
