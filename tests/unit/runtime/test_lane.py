"""Whose turn it is in a conversation."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.ledger.nouns import event, intent
from worker.model.action import Intent, IntentState
from worker.model.ids import IntentKey, RuleId
from worker.runtime.lane import Lane, cause_of

FIRST = replace(intent(event(1)), key=IntentKey("first"), rule_id=RuleId("one"), position=0)
SECOND = replace(FIRST, key=IntentKey("second"), position=1)
OTHER = replace(FIRST, key=IntentKey("other"), rule_id=RuleId("two"))


def lane(*intents: Intent) -> Lane:
    """These wait."""
    made = Lane()
    for one in intents:
        made.add(one)
    return made


def test_intents_are_done_in_the_order_they_came() -> None:
    """A customer would read the answer before the greeting."""
    waiting = lane(FIRST, SECOND, OTHER)
    turns = []
    while len(waiting):
        one, _ = waiting.next(lambda _: 0.0)
        assert one is not None
        turns.append(one.key)
        waiting.ended(one)
    assert turns == ["first", "second", "other"]


def test_a_delayed_intent_holds_up_its_own_rule_and_nothing_else() -> None:
    """Later steps would overtake earlier ones, or one delay silence the conversation."""
    pauses = {"first": 60.0, "second": 0.0, "other": 0.0}
    waiting = lane(FIRST, SECOND, OTHER)
    assert waiting.next(lambda one: pauses[one.key]) == (OTHER, 0.0)
    waiting.ended(OTHER)
    assert waiting.next(lambda one: pauses[one.key]) == (None, 60.0)


def test_one_that_was_begun_is_not_overtaken() -> None:
    """Order would be lost whenever the platform is busy."""
    begun = replace(FIRST, state=IntentState.RETRYING)
    assert lane(begun, OTHER).next(lambda _: 60.0) == (begun, 0.0)


def test_a_failure_is_known_while_its_rule_has_steps_left() -> None:
    """Later steps would go on after a dead one; or what is known of failures grow for ever."""
    waiting = lane(FIRST, SECOND, OTHER)
    waiting.fail({cause_of(FIRST)})
    waiting.ended(FIRST)
    assert waiting.failed(SECOND)
    assert not waiting.failed(OTHER)
    waiting.ended(SECOND)
    assert not waiting.failed(FIRST)
