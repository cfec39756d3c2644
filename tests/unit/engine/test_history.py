"""What guards remember."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.build import NOW
from worker.engine.history import History, Owners
from worker.model.ids import ContactId, ConversationId, IntentKey, RuleId
from worker.model.ledger import VisibleSend
from worker.model.limit import Limit, Per

MINUTE = timedelta(minutes=1)
PER_OWNERS: tuple[tuple[Per, int], ...] = (("conversation", 3), ("contact", 2), ("rule", 4))


def send(
    number: int, minute: float, conversation: str = "v", contact: str = "c", rule: str = "r"
) -> VisibleSend:
    """A send so many minutes after `NOW`."""
    return VisibleSend(
        IntentKey(f"k{number:04}"),
        NOW + minute * MINUTE,
        ConversationId(conversation),
        ContactId(contact),
        RuleId(rule),
    )


def by(conversation: str = "v", contact: str = "c", rule: str = "r") -> Owners:
    """Whose sends are counted."""
    return Owners(ConversationId(conversation), ContactId(contact), RuleId(rule))


@given(
    st.lists(st.floats(-200, 0, allow_nan=False), max_size=40),
    st.integers(1, 6),
    st.integers(1, 120),
)
def test_a_limit_is_reached_exactly_when_its_window_is_full(
    minutes: list[float], most: int, within: int
) -> None:
    """The count kept in step would drift from the plain count."""
    history = History()
    sends = [send(number, minute) for number, minute in enumerate(minutes)]
    history.sending(sends)
    limit = Limit(most, within * MINUTE, "conversation")
    counted = sum(1 for one in sends if one.at >= NOW - limit.within)
    assert (history.reached([limit], NOW, by()) is not None) == (counted >= most)


def test_a_send_counts_once_and_not_at_all_once_it_certainly_failed() -> None:
    """A refused answer would use up the customer's share."""
    history = History()
    limit = Limit(1, 10 * MINUTE, "contact")
    history.sending([send(1, 0), send(1, 0)])
    assert history.reached([limit], NOW, by()) is limit
    history.not_sent(IntentKey("k0001"))
    history.not_sent(IntentKey("k0001"))
    assert history.reached([limit], NOW, by()) is None


def test_a_send_is_not_withheld_by_those_planned_after_it() -> None:
    """Two answers planned together would each make room for the other, and none be sent."""
    history = History()
    limit = Limit(2, 10 * MINUTE, "conversation")
    sends = [send(number, 0) for number in range(3)]
    history.sending(sends)
    reached = [history.reached([limit], NOW, by(), besides=one.key) for one in sends]
    assert [one is None for one in reached] == [True, True, False]


def test_other_conversations_and_contacts_are_not_counted() -> None:
    """A busy customer would silence all others."""
    history = History()
    history.sending([send(1, 0, "v1", "c1")])
    limit = Limit(1, 10 * MINUTE, "conversation")
    assert history.reached([limit], NOW, by("v2", "c1")) is None
    assert history.reached([limit], NOW, by("v1", "c2")) is limit


def test_a_limit_of_a_rule_counts_what_that_rule_sent_wherever() -> None:
    """A rule would fall silent because of what others sent."""
    history = History()
    history.sending([send(1, 0, "v1", "c1", "price"), send(2, 0, "v2", "c2", "price")])
    limit = Limit(2, 10 * MINUTE, "rule")
    assert history.reached([limit], NOW, by("v3", "c3", "price")) is limit
    assert history.reached([limit], NOW, by("v1", "c1", "menu")) is None


def test_what_is_forgotten_no_longer_counts() -> None:
    """Memory would grow for ever."""
    history = History()
    history.sending([send(1, -100), send(2, 0)])
    history.forget(NOW - MINUTE)
    day = Limit(2, timedelta(days=1), "conversation")
    assert history.reached([day], NOW, by()) is None


def test_forgetting_leaves_what_is_younger_to_every_owner() -> None:
    """What is forgotten too early is sent too often; what never is, fills the memory."""
    history = History()
    sends = [
        send(number, number - 100, f"v{number % 3}", f"c{number % 2}", f"r{number % 4}")
        for number in range(100)
    ]
    history.sending(sends)
    history.not_sent(sends[70].key)
    history.forget(NOW - 40 * MINUTE)
    day = timedelta(days=1)
    for per, owners in PER_OWNERS:
        left = [
            most
            for owner in range(owners)
            for most in range(60)
            if history.reached(
                [Limit(most + 1, day, per)], NOW, by(f"v{owner}", f"c{owner}", f"r{owner}")
            )
        ]
        assert len(left) == 39
    history.forget(NOW)
    assert not history._times
    assert not history._sends
