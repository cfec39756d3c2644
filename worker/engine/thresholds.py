"""For how long customers may wait before some rule minds: what the rules name, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.calendars import Calendar
from worker.duration import parse_duration
from worker.engine.guards import Withheld
from worker.engine.history import History
from worker.model.event import Event, EventKind
from worker.model.rule import RuleSet
from worker.model.state import ConversationState, Unanswered
from worker.model.verdict import Reason

COUNTS = "counts"
"""`automatic: counts`: an automatic reply is an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One way of waiting that rules name; rules that name the same share its events.

    Args:
        parameters: as in `Trigger.parameters`.
        lasts: how long, in the calendar's opening hours where there is one.
        acts_within: the longest `expires_after` of its rules: who crossed it before that is past
            helping.
    """

    parameters: Mapping[str, str]
    lasts: timedelta
    calendar: Calendar | None
    acts_within: timedelta

    @property
    def name(self) -> str:
        """Part of the events' ids."""
        return ":".join(self.parameters.values())

    @property
    def automatic(self) -> bool:
        """An automatic reply counts as an answer."""
        return self.parameters.get("automatic") == COUNTS

    def waits(self, state: ConversationState) -> Unanswered | None:
        """What waits there."""
        return state.awaits_answer if self.automatic else state.awaits_person

    def crossed_at(self, since: datetime) -> datetime | None:
        """When a customer will have waited so long; None: never, it stays closed."""
        if self.calendar is None:
            return since + self.lasts
        return self.calendar.add_open(since, self.lasts)

    def cutoff(self, now: datetime) -> datetime | None:
        """Who has waited since then or longer has crossed it at `now`; None: nobody."""
        if self.calendar is None:
            return now - self.lasts
        return self.calendar.subtract_open(now, self.lasts)


def thresholds(ruleset: RuleSet) -> tuple[Threshold, ...]:
    """Each way of waiting that some rule names, once; rules that are paused name none."""
    within: dict[tuple[tuple[str, str], ...], timedelta] = {}
    for rule in ruleset.rules:
        if rule.state == "paused":
            continue
        for trigger in rule.triggers:
            if trigger.kind is EventKind.CONVERSATION_WAITING:
                place = tuple(trigger.parameters.items())
                within[place] = max(rule.expires_after, within.get(place, timedelta(0)))
    return tuple(
        Threshold(
            parameters=dict(place),
            lasts=parse_duration(dict(place)["for"]),
            calendar=ruleset.calendars[name] if (name := dict(place).get("calendar")) else None,
            acts_within=longest,
        )
        for place, longest in within.items()
    )


def answered_guard(
    event: Event, state: ConversationState | None, history: History
) -> Withheld | None:
    """Why the customer no longer waits; None: still, or the event is not about waiting."""
    if event.since is None or state is None:
        return None
    held = answered_by_people(event.since, state)
    if held is not None:
        return held
    if event.parameters.get("automatic") != COUNTS:
        return None
    if state.awaits_answer is None or state.awaits_answer.since != event.since:
        return Withheld(Reason.CONDITION, "answered automatically")
    if history.sent_since(event.since, event.conversation_id):
        return Withheld(Reason.CONDITION, "an automatic answer is on its way")
    return None


def answered_by_people(since: datetime, state: ConversationState) -> Withheld | None:
    """What people did about a customer who waits since then; None: nothing."""
    told = state.last_person_at
    if told is not None and told >= since:
        return Withheld(Reason.HUMAN, f"answered by a person at {told.isoformat()}")
    if state.awaits_person is None or state.awaits_person.since > since:
        return Withheld(Reason.CLOSED, "the conversation was closed meanwhile")
    return None
