"""Names of what history no longer holds but must still be recognised, 16 bytes each.

A list on the platform may show a message for years. Whoever sees it again must find that it was
received, or sent by this worker, although its row is gone: a hash of the name is enough for that,
and 128 bits of it never meet by accident.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct

from worker.ledger.codec import column
from worker.model.ids import AccountId, EventId, MessageId

_TWO_NUMBERS = Struct("<qq")

Mark = tuple[int, int]
"""What is left of a name: two numbers of 64 bits, as SQLite's integers are."""


def event_mark(account: AccountId, event_id: EventId) -> Mark:
    """What is left of an event that was received."""
    return _mark(account, event_id)


def sent_mark(account: AccountId, message_id: MessageId) -> Mark:
    """What is left of a message that this worker sent. No event's id begins so."""
    return _mark(account, f"sent:{message_id}")


def _mark(account: AccountId, name: str) -> Mark:
    text = column(f"{account}\n{name}")
    first, second = _TWO_NUMBERS.unpack(blake2b(text.encode(), digest_size=16).digest())
    return first, second
