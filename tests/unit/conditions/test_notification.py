"""notification: what the platform told the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.build import NOW, facts
from tests.unit.conditions.asking import Told, answer, holds, told
from worker.model.chat import Notification
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import NotificationId
from worker.model.verdict import Answer


def about(**fields: object) -> Facts:
    """Facts of this notification."""
    made = Notification(id=NotificationId("noti_1"), **fields)  # type: ignore[arg-type]
    return replace(facts(), notification=made, message=None, text=None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("204", True),
        ("conversation_assigned", True),
        ("[101, conversation_assigned]", True),
        ("{not: conversation_assigned}", False),
        ("{in: [conversation_new, conversation_grab]}", False),
        ("{gte: 200, lt: 300}", True),
    ],
)
def test_type_takes_the_number_or_its_name(written: str, *, expected: bool) -> None:
    """Authors would have to know codes by heart, or could not name new ones."""
    assert holds(f"notification: {{type: {written}}}", about(type=204)) is expected


def test_other_fields_and_its_age() -> None:
    """Old notifications could not be told from new ones."""
    old = about(title="Hi", sender="u_1", read=False, created_at=NOW - timedelta(hours=2))
    assert holds("notification: {title: {contains: H}, from: u_1, read: false}", old)
    assert holds("notification: {age: {older_than: 1h}}", old)
    assert not holds("notification: {read: true}", old)


def test_without_a_notification_it_is_undecided() -> None:
    """A message would count as an unread notification."""
    assert answer("notification: {read: false}", facts()) is Answer.UNDECIDED


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    """The rule would be silent for ever."""
    assert told("notification: {type: [101, conversation_asigned]}") == [
        Told(
            ("notification", "type"),
            "unknown notification type 'conversation_asigned'",
            "did you mean 'conversation_assigned'?",
        )
    ]


def test_it_is_refused_where_no_event_has_a_notification() -> None:
    """The rule could never fire, and nobody would say so."""
    complaints = told("notification: {read: false}", kinds=frozenset({EventKind.MESSAGE_RECEIVED}))
    assert complaints[0].message == "this rule's events have no notification"
