"""When conversations were read, and when they were found to have moved on. Pure.

Reads of one conversation overlap: the list tells something while its page is on the way, and a look
before a send overtakes the list. All times are monotonic seconds.
"""

from __future__ import annotations

from worker.model.ids import ConversationId

NEVER = float("-inf")


class Readings:
    """The newest word on each conversation."""

    def __init__(self) -> None:
        self._read: dict[ConversationId, float] = {}
        self._looked: dict[ConversationId, float] = {}
        self._outdated: dict[ConversationId, float] = {}

    def read(self, one: ConversationId, at: float) -> None:
        """The conversation and its fields were read by calls begun at `at` or later; that says
        nothing where something newer was told of after `at`.
        """
        if at >= self._outdated.get(one, NEVER):
            self._read[one] = max(at, self.read_at(one))

    def read_at(self, one: ConversationId) -> float:
        """When the calls were begun that brought the newest word; `NEVER`: what is known is old."""
        return self._read.get(one, NEVER)

    def looked(self, one: ConversationId, at: float) -> None:
        """The conversation's own fields were here at `at`, by a call for it alone."""
        self._looked[one] = at

    def looked_since(self, one: ConversationId, at: float) -> bool:
        """Its fields came after `at`: what was asked for then may be older than they are."""
        return self._looked.get(one, NEVER) > at

    def outdated(self, one: ConversationId, at: float) -> None:
        """At `at` it was told that there is something in the conversation that is not known."""
        self._outdated[one] = at
        self._read.pop(one, None)

    def outdated_since(self, one: ConversationId, at: float) -> bool:
        """Something unknown was told of after `at`."""
        return self._outdated.get(one, NEVER) > at

    def caught_up(self, one: ConversationId, at: float) -> None:
        """What was told of until `at` is known."""
        if not self.outdated_since(one, at):
            self._outdated.pop(one, None)

    def forget(self, one: ConversationId) -> None:
        """Nothing is known of when this conversation was read."""
        for times in (self._read, self._looked, self._outdated):
            times.pop(one, None)
