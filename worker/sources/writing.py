"""Which contacts this worker is writing to, so that a read beside it is not taken for news."""

from __future__ import annotations

from collections import OrderedDict, defaultdict

from worker.model.action import Intent
from worker.model.ids import ContactId, IntentKey

KEPT = 10_000
"""Contacts whose last write is remembered: reads that began before it are long over."""

WRITERS = frozenset({"tag", "update_contact"})
"""Actions that write to contacts at the platform."""


class ContactWrites:
    """Writes under way and ended. A moment counts writes: no clock is needed to order them.

    Attributes:
        changed: contacts whose record was found changed, or written, and not looked at since.
    """

    def __init__(self) -> None:
        self.changed: set[ContactId] = set()
        self._under_way: defaultdict[ContactId, set[IntentKey]] = defaultdict(set)
        self._ended: OrderedDict[ContactId, int] = OrderedDict()
        self._moment = 0

    @property
    def moment(self) -> int:
        """Now, to be given to `quiet_since`."""
        return self._moment

    def begun(self, intent: Intent) -> None:
        """The intent may write to its contact from now on."""
        if intent.contact_id is not None and intent.kind in WRITERS:
            self._under_way[intent.contact_id].add(intent.key)

    def ended(self, intent: Intent) -> None:
        """The intent writes no more; what it left is remembered."""
        one = intent.contact_id
        if one is None or intent.key not in self._under_way.get(one, ()):
            return
        self._under_way[one].discard(intent.key)
        if not self._under_way[one]:
            del self._under_way[one]
        self._moment += 1
        self._ended[one] = self._moment
        self._ended.move_to_end(one)
        while len(self._ended) > KEPT:
            self._ended.popitem(last=False)

    def quiet_since(self, one: ContactId, moment: int) -> bool:
        """Nothing was written to the contact since then, and nothing is now."""
        return one not in self._under_way and self._ended.get(one, 0) <= moment
