"""all, any, not: Kleene's logic, so that an unknown fact never fires a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from tests.build import facts
from tests.unit.conditions.asking import Told, read, told
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Answer, Verdict

YES, NO, UNDECIDED = Answer.YES, Answer.NO, Answer.UNDECIDED

# Kleene's strong logic, written out: the code is compared with this and not with itself.
AND = {
    (YES, YES): YES,
    (YES, NO): NO,
    (YES, UNDECIDED): UNDECIDED,
    (NO, YES): NO,
    (NO, NO): NO,
    (NO, UNDECIDED): NO,
    (UNDECIDED, YES): UNDECIDED,
    (UNDECIDED, NO): NO,
    (UNDECIDED, UNDECIDED): UNDECIDED,
}
OR = {
    (YES, YES): YES,
    (YES, NO): YES,
    (YES, UNDECIDED): YES,
    (NO, YES): YES,
    (NO, NO): NO,
    (NO, UNDECIDED): UNDECIDED,
    (UNDECIDED, YES): YES,
    (UNDECIDED, NO): UNDECIDED,
    (UNDECIDED, UNDECIDED): UNDECIDED,
}
NOT = {YES: NO, NO: YES, UNDECIDED: UNDECIDED}


class Fixed(ConditionPart):
    """Always gives the same answer."""

    key: ClassVar[str] = "fixed"
    said: Answer
    touches: Touch | None = None

    def decide(self, facts: Facts) -> Verdict:
        """The answer it was made with."""
        return Verdict(self.said, "fixed", self.said.value)

    def touch(self) -> Touch | None:
        """The touch it was made with."""
        return self.touches


Tree = tuple[ConditionPart, Answer]


def _folded(table: dict[tuple[Answer, Answer], Answer], start: Answer) -> Callable[..., Answer]:
    def fold(answers: list[Answer]) -> Answer:
        folded = start
        for one in answers:
            folded = table[folded, one]
        return folded

    return fold


ALL, ANY = _folded(AND, YES), _folded(OR, NO)
LEAVES = st.sampled_from(Answer).map(lambda said: (Fixed(said=said), said))


def _grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    many = st.lists(inner, min_size=1, max_size=4)

    def built(kind: type[ConditionPart], expect: Callable[..., Answer]) -> st.SearchStrategy[Tree]:
        return many.map(
            lambda trees: (
                kind.model_validate([part for part, _ in trees]),
                expect([said for _, said in trees]),
            )
        )

    return st.one_of(
        built(AllCondition, ALL),
        built(AnyOfCondition, ANY),
        built(NotCondition, lambda answers: NOT[ANY(answers)]),
    )


@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_every_combination_agrees_with_the_truth_table(tree: Tree) -> None:
    """A wrong corner of the table fires a rule on a fact that nobody knows."""
    condition, expected = tree
    assert condition.decide(facts()).answer is expected


def test_not_of_undecided_stays_undecided() -> None:
    """`not: {tag: vip}` would answer a VIP whenever the tags could not be read."""
    condition = read("not: {tag: vip}")
    assert condition.decide(facts(tags=None)).answer is UNDECIDED


def test_the_verdict_shows_what_decided_and_every_part_that_was_asked() -> None:
    """`worker explain` could only say that something inside did not hold."""
    verdict = read("all: [{channel: web}, {message_type: image}, {tag: x}]").decide(facts())
    assert verdict.because == "message_type: the message type is text"
    assert [part.kind for part in verdict.parts] == ["channel", "message_type"]


def test_values_found_inside_are_found_outside() -> None:
    """`found.email` would be lost as soon as the extract stands inside `all`."""
    condition = read("any: [{extract: {phone: true}}, {all: [{extract: {email: true}}]}]")
    assert condition.decide(facts("me@example.com")).found == {"email": "me@example.com"}
    assert condition.finds() == {"email", "phone"}


def test_any_is_touched_by_what_touches_one_of_its_branches() -> None:
    """A branch without keys would never be asked again once its neighbours are indexed."""
    both = read("any: [{channel: web}, {message_type: image}]").touch()
    assert both == Touch(channels=frozenset({"web"}), types=frozenset({"image"}))
    assert read("any: [{channel: web}, {tag: vip}]").touch() is None


def test_all_is_touched_by_its_most_selective_part() -> None:
    """The index would look at every message of a channel instead of those with the word."""
    touch = read("all: [{channel: web}, {text: refund}, {tag: vip}]").touch()
    assert touch == Touch(phrases=frozenset({"refund"}))
    assert read("all: [{tag: vip}]").touch() is None


def test_not_is_always_asked() -> None:
    """What a `not` needs is an absence, and absences have no key."""
    assert read("not: {channel: web}").touch() is None


def test_mistakes_inside_are_told_with_their_path() -> None:
    """An author would search a long rule for a typing mistake."""
    assert told("all: [{channel: web}, {not: {chanel: web}}]") == [
        Told(("all", 1, "not", "chanel"), "unknown condition 'chanel'", "did you mean 'channel'?")
    ]
    assert [one.loc for one in told("any: []")] == [("any",)]


def test_an_item_has_exactly_one_kind() -> None:
    """Two keys in one item would be read as one of them."""
    assert told("{channel: web, tag: vip}") == [
        Told(
            (),
            "expected exactly one condition here, found channel, tag",
            "put each in a list item of its own",
        )
    ]
    assert told("web")[0].message == "expected a mapping with one condition, found a text"
