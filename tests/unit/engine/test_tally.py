"""Two rule sets on the same past, counted: what is new, gone, different, and for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from tests.build import NOW, event, message
from worker.engine.brought import Brought, Doing
from worker.engine.comparison import Change, Comparison
from worker.engine.tally import EXAMPLES, Tally, paired
from worker.model.event import EventKind
from worker.model.ids import ConversationId
from worker.model.past import PastDecision
from worker.model.verdict import Reason, Trace


def said(rule: str, text: str) -> Doing:
    """An answer."""
    return Doing(rule, "reply", text)


def brought(*answers: Doing, actions: tuple[Doing, ...] = (), **reasons: Reason) -> Brought:
    """These answers, and what other rules came to."""
    acted = {one.rule: Reason.MATCHED for one in answers}
    told = {name.replace("_", "-"): reason for name, reason in reasons.items()}
    return Brought(answers=answers, actions=actions, reasons={**acted, **told})


def past(number: int = 1, conversation: str = "conv_1", **context: object) -> PastDecision:
    """A decision on one message."""
    at = NOW + timedelta(hours=number)
    one = replace(
        event(message(f"question {number}", name=f"msg_{number}", created_at=at)),
        conversation_id=ConversationId(conversation),
    )
    return PastDecision((one,), at, Trace(), {"standing": {}, "ruleset": "v1", **context})


def compared(*decisions: tuple[PastDecision, Brought, Brought]) -> Comparison:
    """What is found in these."""
    tally = Tally(UTC)
    for one in decisions:
        tally.add(*one)
    return tally.result()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        ([("a", "x")], [("a", "x")], ["same a a"]),
        ([("a", "x")], [("b", "x")], ["same a b"]),
        ([("a", "x")], [("a", "y")], ["different a a"]),
        ([("a", "x")], [("b", "y")], ["different a b"]),
        ([], [("a", "x")], ["new a"]),
        ([("a", "x")], [], ["gone a"]),
        ([("a", "x"), ("b", "y")], [("b", "y"), ("a", "z")], ["same b b", "different a a"]),
        ([("a", "x"), ("a", "y")], [("a", "y")], ["same a a", "gone a"]),
        ([("a", "x")], [("a", "x"), ("a", "x")], ["same a a", "new a"]),
        ([("a", "x"), ("b", "y")], [("b", "z")], ["different b b", "gone a"]),
    ],
)
def test_every_answer_has_one_place(
    before: list[tuple[str, str]], after: list[tuple[str, str]], expected: list[str]
) -> None:
    """An answer that only moved to another rule or place would be told as gone and as new."""
    pairs = paired([said(*one) for one in before], [said(*one) for one in after])
    told = [
        " ".join([one.change, *(side.rule for side in (one.before, one.after) if side)])
        for one in pairs
    ]
    assert told == expected


def test_counts_are_of_answers_rules_days_and_conversations() -> None:
    """An author would see one figure and guess the others."""
    found = compared(
        (past(1), brought(said("a", "x")), brought(said("a", "y"))),
        (past(2, "conv_2"), brought(), brought(said("b", "n"), a=Reason.COOLDOWN)),
        (past(30, "conv_2"), brought(said("a", "x")), brought(a=Reason.COOLDOWN)),
        (past(31, "conv_3"), brought(said("a", "x")), brought(said("a", "x"))),
    )
    assert (found.events, found.decisions, found.conversations, found.affected) == (4, 4, 3, 2)
    assert found.answers == {"same": 1, "different": 1, "new": 1, "gone": 1}
    assert [(str(day), counts[Change.GONE]) for day, counts in found.days.items()] == [
        ("2026-10-05", 0),
        ("2026-10-06", 1),
    ]
    assert found.rules["a"].before == {Reason.MATCHED: 3}
    assert found.rules["a"].after == {Reason.MATCHED: 2, Reason.COOLDOWN: 2}
    assert found.rules["b"].changes == {Change.NEW: 1}
    assert found.turned == {
        ("a", Reason.MATCHED, Reason.COOLDOWN): 1,
        ("a", Reason.CONDITION, Reason.COOLDOWN): 1,
        ("b", Reason.CONDITION, Reason.MATCHED): 1,
    }
    assert (found.first, found.last) == (NOW + timedelta(hours=1), NOW + timedelta(hours=31))


def test_a_schedule_is_no_conversation() -> None:
    """A rule for every minute would make of one customer in two one of ten thousand."""
    (told,) = past().events
    due = replace(told, kind=EventKind.SCHEDULE, message=None, conversation_id=None)
    timed = replace(past(2), events=(due,))
    found = compared(
        (past(1), brought(said("a", "x")), brought(said("a", "y"))),
        (timed, brought(), brought()),
    )
    assert (found.decisions, found.conversations, found.affected) == (2, 1, 1)


def test_a_gone_answer_says_what_kept_the_rule_from_it() -> None:
    """A word alone leaves the author to search for the guard, the rule above, or the condition."""
    found = compared(
        (past(1), brought(said("a", "x")), brought(a=Reason.LIMIT)),
        (past(2), brought(b=Reason.CONDITION), brought(said("b", "x"))),
        (past(3), brought(said("a", "x")), brought()),
    )
    assert [one.why for one in found.examples[Change.GONE]] == ["limit", ""]
    assert [one.why for one in found.examples[Change.NEW]] == ["condition"]


def test_unseen_actions_are_counted_by_kind() -> None:
    """A rule that stops tagging changes what other rules do next month."""
    tag, other = Doing("a", "tag", '{"add": ["x"]}'), Doing("a", "tag", '{"add": ["y"]}')
    found = compared(
        (past(1), brought(actions=(tag,)), brought(actions=(tag,))),
        (past(2), brought(actions=(tag,)), brought(actions=(other,))),
        (past(3), brought(), brought(actions=(tag, tag))),
    )
    assert found.actions == {("tag", "new"): 3, ("tag", "gone"): 1}
    assert found.affected == 0
    assert found.differs


def test_a_busy_rule_leaves_room_for_examples_of_others() -> None:
    """Ten examples of one rule tell nothing of the nine others that changed."""
    busy = [(past(n), brought(), brought(said("busy", "x"))) for n in range(30)]
    rare = [(past(100 + n), brought(), brought(said(f"rare-{n}", "x"))) for n in range(4)]
    kept = compared(*busy, *rare).examples[Change.NEW]
    rules = [one.pair.rules[0] for one in kept]
    assert len(kept) == EXAMPLES
    assert set(rules) == {"busy", "rare-0", "rare-1", "rare-2", "rare-3"}
    assert [one.at for one in kept] == sorted(one.at for one in kept)


def test_what_is_kept_does_not_grow_with_the_past() -> None:
    """A year of decisions would fill the memory with examples nobody asked for."""
    tally = Tally(UTC)
    for number in range(2000):
        tally.add(past(number % 5), brought(), brought(said(f"rule-{number % 400}", "x" * 5000)))
    kept = tally._samples[Change.NEW]._by_rule
    assert len(kept) <= 200
    assert all(
        len(one.pair.after.text) <= 1000
        for some in kept.values()
        for one in some
        if one.pair.after is not None
    )
    assert tally.result().answers[Change.NEW] == 2000


def test_what_was_recorded_in_part_or_cannot_be_read_is_counted() -> None:
    """A figure of half a past looks like one of the whole."""
    bare = replace(past(1), context={"ruleset": "v0"})
    cut = past(2, left_out=["contact"])
    tally = Tally(UTC)
    for one in (bare, cut, past(3)):
        tally.add(one, brought(), brought())
    tally.leave_out()
    found = tally.result()
    assert (found.inexact, found.unreadable, found.decisions) == (2, 1, 3)
    assert found.versions == {"v1": 2, "v0": 1}


def test_shadow_rules_stand_beside_what_customers_saw() -> None:
    """A rule on trial could not be judged."""
    after = replace(
        brought(said("a", "seen"), quiet=Reason.SHADOW), shadows=(said("quiet", "unseen"),)
    )
    found = compared((past(1), brought(said("a", "seen")), after))
    (shown,) = found.shadows
    assert shown.pair.before == said("a", "seen")
    assert shown.pair.after == said("quiet", "unseen")
    assert found.rules["quiet"].shadows == 1
    assert not found.differs
    assert found.answers[Change.SAME] == 1


def test_nothing_is_a_whole_answer_too() -> None:
    """An empty ledger would end in an error instead of a sentence."""
    found = compared()
    assert (found.first, found.last, found.decisions, found.affected) == (None, None, 0, 0)
    assert not found.differs
