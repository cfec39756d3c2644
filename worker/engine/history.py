"""What guards remember: firings for cooldowns, visible sends for limits; bounded by time.

The durable truth is in the ledger (`Ledger.recent`); this is its working copy. All times are the
platform's.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from worker.model.ids import ContactId, ConversationId, IntentKey, RuleId
from worker.model.ledger import Firing, VisibleSend
from worker.model.rule import Limit, Per, Rule, RuleSet


class Owners(NamedTuple):
    """Whose sends count together, as a limit's `per` names them; None: not known."""

    conversation: ConversationId | None
    contact: ContactId | None
    rule: RuleId


class History:
    """Firings and visible sends, by rule, conversation and contact."""

    def __init__(self) -> None:
        self._fired: dict[tuple[str, str], datetime] = {}
        self._sends: dict[IntentKey, VisibleSend] = {}
        self._times: defaultdict[str, list[tuple[datetime, IntentKey]]] = defaultdict(list)
        self._shadow: History | None = None

    @property
    def shadow(self) -> History:
        """What rules in shadow would have done, which counts among themselves."""
        if self._shadow is None:
            self._shadow = History()
        return self._shadow

    def fired(self, firings: Iterable[Firing]) -> None:
        """These firings count for cooldowns from now on; those in shadow, with the sends that
        would have been theirs, for rules in shadow.
        """
        for firing in firings:
            if firing.shadow:
                self.shadow.fired([replace(firing, shadow=False)])
                self.shadow.sending(_imagined(firing))
                continue
            for owner in (f"v:{firing.conversation_id}", f"c:{firing.contact_id}", ""):
                place = (firing.rule_id, owner)
                last = self._fired.get(place)
                if last is None or last < firing.at:
                    self._fired[place] = firing.at

    def sending(self, sends: Iterable[VisibleSend]) -> None:
        """These sends count for limits from now on; one already counted is not counted again."""
        for send in sends:
            if send.key in self._sends:
                continue
            self._sends[send.key] = send
            entry = (send.at, send.key)
            for owner in _owners(send):
                insort(self._times[owner], entry)

    def not_sent(self, key: IntentKey) -> None:
        """This send certainly never happened: it does not count."""
        send = self._sends.pop(key, None)
        if send is None:
            return
        for owner in _owners(send):
            times = self._times[owner]
            place = bisect_left(times, (send.at, key))
            self._drop(owner, place, place + 1)

    def last_fired(
        self, rule: Rule, per: Per, conversation_id: str | None, contact_id: str | None
    ) -> datetime | None:
        """When the rule last acted for this conversation, this contact, or at all."""
        if per == "rule":
            return self._fired.get((rule.id, ""))
        owner = f"v:{conversation_id}" if per == "conversation" else f"c:{contact_id}"
        return self._fired.get((rule.id, owner))

    def reached(
        self,
        limits: Iterable[Limit],
        now: datetime,
        owners: Owners,
        besides: IntentKey | None = None,
    ) -> Limit | None:
        """The first limit that leaves no room for one more send at `now`; None: there is room.

        Args:
            besides: an intent that is not counted, with every send planned at its time or after it:
                asked just before sending, a send must not be withheld by its own successors.
        """
        counted = None if besides is None else self._sends.get(besides)
        for limit in limits:
            times = self._times.get(_owner(limit.per, getattr(owners, limit.per)), [])
            start = bisect_left(times, (now - limit.within, IntentKey("")))
            end = len(times)
            if counted is not None:
                end = bisect_left(times, (counted.at, counted.key))
            if end - start >= limit.max:
                return limit
        return None

    def sent_since(self, at: datetime, conversation_id: str | None) -> bool:
        """Something visible was sent in the conversation from `at` on, or is planned to be."""
        times = self._times.get(_owner("conversation", conversation_id), [])
        return bool(times) and times[-1][0] >= at

    def newest_sends(self, count: int, conversation_id: str) -> tuple[datetime, ...]:
        """When the last `count` visible sends of the conversation were planned, in order."""
        return tuple(
            at for at, _ in self._times.get(_owner("conversation", conversation_id), [])[-count:]
        )

    def forget(self, before: datetime) -> None:
        """What happened before this platform time no longer counts."""
        end = (before, IntentKey(""))
        every = self._times.get(_EVERYBODY, [])
        gone = every[: bisect_left(every, end)]
        # Only those who were sent something then, each once: this runs beside customers.
        owners = {owner for _, key in gone for owner in _owners(self._sends.pop(key))}
        for owner in owners:
            self._drop(owner, 0, bisect_left(self._times[owner], end))
        self._fired = {place: at for place, at in self._fired.items() if at >= before}
        if self._shadow is not None:
            self._shadow.forget(before)

    def _drop(self, owner: str, begin: int, end: int) -> None:
        times = self._times[owner]
        del times[begin:end]
        if not times:
            del self._times[owner]


def looks_back(ruleset: RuleSet) -> timedelta:
    """How far back any cooldown or limit of the set looks."""
    cooldowns = (rule.cooldown.longest for rule in ruleset.rules if rule.cooldown is not None)
    limits = (ruleset.limits, *(rule.limits for rule in ruleset.rules))
    return max(
        (*cooldowns, *(one.within for some in limits for one in some)),
        default=timedelta(0),
    )


def _imagined(firing: Firing) -> Iterator[VisibleSend]:
    """The sends of a rule in shadow; the same keys each time, so that none is counted twice."""
    where = f"{firing.rule_id}/{firing.conversation_id}/{firing.contact_id}"
    for number in range(firing.sends):
        key = IntentKey(f"{where}/{firing.at.isoformat()}/{number}")
        yield VisibleSend(key, firing.at, firing.conversation_id, firing.contact_id, firing.rule_id)


_EVERYBODY = ""


def _owners(send: VisibleSend) -> tuple[str, ...]:
    owners = Owners(send.conversation_id, send.contact_id, send.rule_id)
    return (_EVERYBODY, *map(_owner, Owners._fields, owners))


def _owner(per: str, whose: str | None) -> str:
    return f"{per}:{whose}"
