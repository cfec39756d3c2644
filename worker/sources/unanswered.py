"""Who in a conversation still waits for an answer, told message by message. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from worker.model.chat import Message
from worker.model.ids import ConversationId
from worker.model.state import ConversationState, Unanswered


class Newcomers:
    """Conversations in which a customer has begun to wait, until somebody looks.

    Attributes:
        told: called when there is a new one.
    """

    def __init__(self) -> None:
        self._ids: set[ConversationId] = set()
        self.told: Callable[[], None] = lambda: None

    def add(self, one: ConversationId) -> None:
        """Somebody waits there."""
        self._ids.add(one)
        self.told()

    def taken(self) -> set[ConversationId]:
        """All of them; they are new no longer."""
        ids, self._ids = self._ids, set()
        return ids


@dataclass(slots=True)
class Waits:
    """What waits for a person, and what waits for anybody; messages are told oldest first.

    Times decide where a message is read later than those after it: an answer is one to what was
    written before it, and what came after it goes on waiting.
    """

    person: Unanswered | None = None
    answer: Unanswered | None = None

    @classmethod
    def of(cls, state: ConversationState) -> Waits:
        """As remembered."""
        return cls(state.awaits_person, state.awaits_answer)

    @property
    def begun(self) -> tuple[datetime | None, datetime | None]:
        """Since when; None: nothing waits."""
        return (
            None if self.person is None else self.person.since,
            None if self.answer is None else self.answer.since,
        )

    def asked(self, message: Message, at: datetime, person_at: datetime | None) -> None:
        """The customer wrote.

        Args:
            person_at: when a person last wrote.
        """
        if person_at is not None and person_at > at:
            return
        self.person = _longer(self.person, message, at)
        self.answer = _longer(self.answer, message, at)

    def by_person(self, at: datetime) -> None:
        """A person of the team wrote."""
        self.person = _left(self.person, at)
        self.answer = _left(self.answer, at)

    def by_machine(self, at: datetime) -> None:
        """An automatic message was sent: this worker's or another bot's."""
        self.answer = _left(self.answer, at)

    def put(self, state: ConversationState) -> ConversationState:
        """The state with what waits now."""
        return replace(state, awaits_person=self.person, awaits_answer=self.answer)


def _longer(waits: Unanswered | None, message: Message, at: datetime) -> Unanswered:
    if waits is None:
        return Unanswered(first_id=message.id, since=at, last_id=message.id, last_at=at)
    if at < waits.last_at:
        return waits  # read late; where the waiting began is not moved: rules may have acted on it
    return replace(waits, last_id=message.id, last_at=at)


def _left(waits: Unanswered | None, at: datetime) -> Unanswered | None:
    """What still waits after an answer at `at`."""
    if waits is None or at >= waits.last_at:
        return None
    if at < waits.since:
        return waits
    # of those between, the last is the one that is remembered
    return replace(waits, first_id=waits.last_id, since=waits.last_at)
