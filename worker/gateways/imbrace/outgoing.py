"""From a neutral message to the body iMBRACE takes."""

from __future__ import annotations

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.protocol_messages import (
    MediaBody,
    MessageBody,
    ResponseBody,
    TextBody,
)
from worker.model.gateway import Outgoing


def body_of(outgoing: Outgoing) -> MessageBody:
    """The body; text with no options is plain text.

    Raises:
        GatewayError: `UNSUPPORTED`, nothing was sent: a type that is not sent by agents here.
    """
    if outgoing.type == "response" and outgoing.quick_replies:
        return ResponseBody(outgoing.text, outgoing.quick_replies)
    if outgoing.type in {"text", "response"}:
        return TextBody(outgoing.text)
    if outgoing.type in {"image", "file", "pdf"}:
        return MediaBody(outgoing.type, outgoing.url, outgoing.caption)
    raise GatewayError(
        Fault.UNSUPPORTED,
        f"messages.send: a message of type {outgoing.type} cannot be sent here",
        took_effect=TookEffect.NO,
    )
