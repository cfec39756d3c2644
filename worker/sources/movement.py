"""Conversations that moved and are not read to the end yet: when each is looked at next. Pure.

A mark of movement is believed only when the messages read explain it. The conversation list and
the message lists are different copies on the platform's side, either may lag behind the other, and
a read may fail; whatever is not explained stays here and is looked at again.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.model.chat import Conversation
from worker.model.ids import ConversationId, MessageId

SECOND_LOOKS_S = (1.0, 4.0, 12.0)
"""Pauses before a movement without a message is looked at again: it may be a status alone."""

LONG_LOOKS_S = (*SECOND_LOOKS_S, 30.0, 60.0, 120.0)
"""The same where the list names a message that cannot be seen yet: it is certain to be missing."""

TIE = timedelta(seconds=2)
"""A mark made of times alone may be shared by a message of the same moment: marks younger than this
at the time of the read are looked at once more."""

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 300.0
MOST_TRIES = 6
"""So often a conversation is asked for that the platform says is not there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one read of a conversation showed.

    Args:
        seen: ids of its messages that are known now.
        newest: the newest message's platform time; None: none has one.
        found: there were messages not known before.
        unreadable: rows that could not be read, and may be the next time, may explain it.
        young: the mark was younger than `TIE` when the read began.
    """

    seen: AbstractSet[MessageId]
    newest: datetime | None
    found: bool
    unreadable: bool
    young: bool


@dataclass(slots=True)
class _Movement:
    row: Conversation
    told: float
    due: float
    looks: int = 0
    failures: int = 0


class Movements:
    """The movements that are not explained yet. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._open: dict[ConversationId, _Movement] = {}
        self._ids_match = False

    def __len__(self) -> int:
        return len(self._open)

    def note(self, row: Conversation, now: float) -> None:
        """The list showed this movement; it is due at once, or when its last failure allows."""
        before = self._open.get(row.id)
        if before is None:
            self._open[row.id] = _Movement(row, now, now)
        elif before.row.moved != row.moved:
            due = before.due if before.failures else now
            self._open[row.id] = _Movement(row, now, due, 0, before.failures)

    def waits(self, row: Conversation) -> bool:
        """This very movement is noted already."""
        noted = self._open.get(row.id)
        return noted is not None and noted.row.moved == row.moved

    def told_at(self, row: Conversation) -> float | None:
        """When the list's answer with this noted movement was here; None: it is not noted."""
        noted = self._open.get(row.id)
        return noted.told if noted is not None and noted.row.moved == row.moved else None

    def explained(self, row: Conversation, known: AbstractSet[MessageId]) -> bool:
        """This noted movement brought no message: the list names a newest one that is known.

        Only where the list's ids have been seen to be those of the messages.
        """
        return (
            self._ids_match
            and row.latest_message_id is not None
            and row.latest_message_id in known
            and self.waits(row)
        )

    def due(self, now: float) -> list[Conversation]:
        """What is to be read now, longest due first."""
        ready = [one for one in self._open.values() if one.due <= now]
        return [one.row for one in sorted(ready, key=lambda one: one.due)]

    def looked(self, row: Conversation, look: Look, now: float) -> bool:
        """The movement is over: a message explains it, or enough looks found none.

        False also where the row's mark is not one that waits: then the mark says nothing.
        """
        noted = self._open.get(row.id)
        if noted is None or noted.row.moved != row.moved:
            return False
        noted.failures = 0
        # by the list's row: another copy of the conversation may not know of this movement yet
        pauses = self._pauses(noted.row, look)
        if noted.looks >= len(pauses):
            del self._open[row.id]
            return True
        noted.due = now + pauses[noted.looks]
        noted.looks += 1
        return False

    def failed(self, row: Conversation, now: float, *, gone: bool) -> bool:
        """The read failed and is tried again later; True: not any more, it is gone."""
        noted = self._open.get(row.id)
        if noted is None:
            return False
        noted.failures += 1
        if gone and noted.failures >= MOST_TRIES:
            del self._open[row.id]
            return True
        noted.due = now + min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(noted.failures - 1, 20))
        return False

    def _pauses(self, row: Conversation, look: Look) -> tuple[float, ...]:
        """How often, and when, to look again after this look."""
        if look.unreadable:
            return LONG_LOOKS_S
        if row.latest_message_id is not None:
            if row.latest_message_id in look.seen:
                self._ids_match = True
                return ()
            if self._ids_match:
                return LONG_LOOKS_S
        told = row.last_message_at
        reached = told is not None and look.newest is not None and look.newest >= told
        if reached or (look.found and told is None):
            return (TIE.total_seconds(),) if look.young else ()
        return SECOND_LOOKS_S
