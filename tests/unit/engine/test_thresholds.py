"""Which ways of waiting rules name, and whether a customer still waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.build import CONVERSATION, NOW, conversation_state, rule, rule_set
from tests.unit.calendars.hours import OFFICE, opening, utc
from worker.engine.history import History
from worker.engine.thresholds import answered_guard, thresholds
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, EventId, IntentKey, MessageId, RuleId
from worker.model.ledger import VisibleSend
from worker.model.rule import Rule, RuleSet, Trigger
from worker.model.state import Unanswered
from worker.model.verdict import Reason

SINCE = NOW - timedelta(minutes=15)


def waiting(name: str, *parameters: dict[str, str], **more: Any) -> Rule:
    """A rule about these ways of waiting."""
    made = rule(name, **more)
    kind = EventKind.CONVERSATION_WAITING
    return replace(made, triggers=tuple(Trigger(kind, given) for given in parameters))


def crossed(**more: str) -> Event:
    """The customer has waited for a quarter of an hour."""
    return Event(
        id=EventId("waiting:x"),
        account=AccountId("a"),
        kind=EventKind.CONVERSATION_WAITING,
        at=NOW,
        conversation_id=CONVERSATION,
        parameters={"for": "15m", **more},
        since=SINCE,
    )


def waits(since: datetime = SINCE) -> Unanswered:
    """A question since then."""
    one = MessageId("m")
    return Unanswered(first_id=one, since=since, last_id=one, last_at=since)


def test_rules_that_name_the_same_share_a_threshold() -> None:
    """A hundred rules for a quarter of an hour are one look-up, not a hundred."""
    found = thresholds(
        rule_set(
            waiting("a", {"for": "15m"}, {"for": "30m"}, expires_after=timedelta(hours=1)),
            waiting("b", {"for": "15m"}, expires_after=timedelta(minutes=5)),
            waiting("c", {"for": "15m", "automatic": "counts"}),
            waiting("off", {"for": "45m"}, state="paused"),
            waiting("silent", {"for": "50m"}, state="shadow"),
            rule("other"),
        )
    )
    assert [(one.name, one.acts_within, one.automatic) for one in found] == [
        ("15m", timedelta(hours=1), False),
        ("30m", timedelta(hours=1), False),
        ("15m:counts", timedelta(minutes=15), True),
        ("50m", timedelta(minutes=15), False),
    ]


@pytest.mark.parametrize(
    ("since", "crossing"),
    [
        ("2026-10-05T10:00+08:00", "2026-10-05T10:15+08:00"),
        ("2026-10-05T12:50+08:00", "2026-10-05T14:05+08:00"),  # over lunch
        ("2026-10-05T22:00+08:00", "2026-10-06T09:45+08:00"),  # at night
        ("2026-10-10T12:55+08:00", "2026-10-12T09:40+08:00"),  # Saturday to Monday
    ],
)
def test_opening_hours_count_and_other_hours_do_not(since: str, crossing: str) -> None:
    """Who writes at night would be told in the morning that nobody answered for nine hours."""
    rules: RuleSet = rule_set(
        waiting("a", {"for": "15m", "calendar": "support"}),
        calendars={"support": opening(OFFICE)},
    )
    (found,) = thresholds(rules)
    at = utc(crossing)
    assert found.crossed_at(utc(since)) == at
    for now, has_crossed in ((at, True), (at - timedelta(seconds=1), False)):
        cutoff = found.cutoff(now)
        assert cutoff is not None
        assert (utc(since) <= cutoff) is has_crossed


def test_a_calendar_that_never_opens_is_never_crossed() -> None:
    """A closed shop must not stop the worker."""
    rules = rule_set(
        waiting("a", {"for": "15m", "calendar": "never"}), calendars={"never": opening({})}
    )
    (found,) = thresholds(rules)
    assert found.crossed_at(NOW) is None
    assert found.cutoff(NOW) is None


def test_a_customer_who_still_waits_is_not_answered() -> None:
    """The guard would keep every rule about waiting from acting."""
    state = conversation_state(awaits_person=waits(), awaits_answer=waits())
    assert answered_guard(crossed(), state, History()) is None
    assert answered_guard(crossed(automatic="counts"), state, History()) is None
    long_before = SINCE - timedelta(hours=1)
    state = conversation_state(
        awaits_person=waits(), awaits_answer=waits(), last_person_at=long_before
    )
    assert answered_guard(crossed(), state, History()) is None


def test_an_answer_between_the_look_and_the_decision_counts() -> None:
    """A colleague answers in the last second and a machine apologises in the next."""
    state = conversation_state(last_person_at=SINCE + timedelta(minutes=14))
    for event in (crossed(), crossed(automatic="counts")):
        held = answered_guard(event, state, History())
        assert held is not None
        assert held.reason is Reason.HUMAN


def test_a_conversation_that_was_closed_meanwhile_is_done() -> None:
    """Somebody settled it on the telephone and closed it."""
    for state in (
        conversation_state(status="closed"),
        conversation_state(awaits_person=waits(NOW)),  # and the customer wrote again
    ):
        held = answered_guard(crossed(), state, History())
        assert held is not None
        assert held.reason is Reason.CLOSED


def test_an_automatic_answer_counts_where_the_rule_says_so() -> None:
    """Two rules for the same moment would both write."""
    state = conversation_state(awaits_person=waits(), awaits_answer=waits())
    history = History()
    history.sending(
        [VisibleSend(IntentKey("k"), SINCE + timedelta(minutes=1), CONVERSATION, None, RuleId("r"))]
    )
    held = answered_guard(crossed(automatic="counts"), state, history)
    assert held is not None
    assert held.reason is Reason.CONDITION
    assert answered_guard(crossed(), state, history) is None
    answered = conversation_state(awaits_person=waits())
    held = answered_guard(crossed(automatic="counts"), answered, History())
    assert held is not None
    assert held.reason is Reason.CONDITION
    before = History()
    before.sending(
        [VisibleSend(IntentKey("k"), SINCE - timedelta(minutes=1), CONVERSATION, None, RuleId("r"))]
    )
    assert answered_guard(crossed(automatic="counts"), state, before) is None
