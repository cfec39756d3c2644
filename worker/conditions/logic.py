"""`all`, `any` and `not`: Kleene's three-valued logic over other conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from typing_extensions import override

from worker.conditions.keyed import OneOrMany, OneOrManyOf
from worker.conditions.part import IN_ORDER, AnyCondition, ConditionPart, LoadContext, knowing
from worker.model.facts import Facts
from worker.model.rule import Condition, Touch
from worker.model.verdict import Answer, Near, Verdict


def both(answers: tuple[Answer, ...]) -> Answer:
    """Kleene's "and": one no decides, else one undecided, else yes."""
    if Answer.NO in answers:
        return Answer.NO
    return Answer.UNDECIDED if Answer.UNDECIDED in answers else Answer.YES


def either(answers: tuple[Answer, ...]) -> Answer:
    """Kleene's "or": one yes decides, else one undecided, else no."""
    if Answer.YES in answers:
        return Answer.YES
    return Answer.UNDECIDED if Answer.UNDECIDED in answers else Answer.NO


def negated(answer: Answer) -> Answer:
    """Yes and no change places; undecided stays undecided."""
    return _NEGATED[answer]


_NEGATED = {
    Answer.YES: Answer.NO,
    Answer.NO: Answer.YES,
    Answer.UNDECIDED: Answer.UNDECIDED,
}


def _asked(
    conditions: tuple[ConditionPart, ...], facts: Facts, settles: Answer
) -> tuple[Verdict, ...]:
    """Verdicts in order, up to the one that settles the whole."""
    verdicts: list[Verdict] = []
    for condition in conditions:
        verdict = condition.decide(facts)
        verdicts.append(verdict)
        if verdict.answer is settles:
            break
    return tuple(verdicts)


def asked_in_order(conditions: Iterable[Condition], facts: Facts) -> tuple[Verdict, ...]:
    """Verdicts up to the first no; each condition knows what those before it found."""
    verdicts: list[Verdict] = []
    for condition in conditions:
        verdict = condition.decide(facts)
        verdicts.append(verdict)
        if verdict.answer is Answer.NO:
            break
        if verdict.answer is Answer.YES:
            facts = facts.knowing(verdict.found)
    return tuple(verdicts)


def _joined(kind: str, answer: Answer, parts: tuple[Verdict, ...]) -> Verdict:
    found: dict[str, object] = {}
    for part in parts:
        if part.answer is Answer.YES:
            found.update(part.found)
    deciding = next((part for part in parts if part.answer is answer), None)
    because = f"{deciding.kind}: {deciding.because}" if deciding is not None else ""
    return Verdict(answer, kind, because, parts, found if answer is Answer.YES else {})


def selective(touches: list[Touch]) -> Touch | None:
    """The touch that lets the fewest messages through: words before types before channels."""
    if not touches:
        return None
    return min(touches, key=_breadth)


def _missing(
    conditions: tuple[ConditionPart, ...], facts: Facts
) -> list[tuple[ConditionPart, Near]]:
    """Those that do not say yes, with what would have made them."""
    return [
        (one, one.near(facts)) for one in conditions if one.decide(facts).answer is not Answer.YES
    ]


def _hinted(condition: ConditionPart, near: Near, share: float = 1.0) -> Near:
    hint = f"{condition.key}: {near.hint}" if near.hint else condition.key
    return Near(hint, near.likeness * share)


def _breadth(touch: Touch) -> tuple[int, int]:
    if touch.channels:
        rank = 3
    elif touch.types:
        rank = 2
    elif touch.patterns:
        rank = 1
    else:
        rank = 0
    return rank, len(touch.phrases) + len(touch.patterns) + len(touch.types) + len(touch.channels)


class AllCondition(ConditionPart):
    """Holds when every condition of the list holds; each knows what those before it found."""

    key: ClassVar[str] = "all"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "conditions"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("all: [{channel: web}, {message_type: text}]",)

    conditions: Annotated[tuple[AnyCondition, ...], IN_ORDER, OneOrManyOf()]

    @override
    def decide(self, facts: Facts) -> Verdict:
        parts = asked_in_order(self.conditions, facts)
        return _joined(self.key, both(tuple(part.answer for part in parts)), parts)

    @override
    def near(self, facts: Facts) -> Near:
        missing = _missing(self.conditions, facts)
        if not missing:
            return Near()
        # several that fail are further away than one
        return _hinted(*missing[0], share=1.0 / len(missing))

    @override
    def finds(self) -> frozenset[str]:
        return knowing(LoadContext(), self.conditions).found or frozenset()

    @override
    def misses(self) -> frozenset[str]:
        return knowing(LoadContext(), self.conditions).unsure

    @override
    def touch(self) -> Touch | None:
        touches = [condition.touch() for condition in self.conditions]
        return selective([touch for touch in touches if touch is not None])


class AnyOfCondition(ConditionPart):
    """Holds when at least one condition of the list holds."""

    key: ClassVar[str] = "any"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "conditions"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("any: [{channel: web}, {channel: whatsapp}]",)

    conditions: OneOrMany[AnyCondition]

    @override
    def decide(self, facts: Facts) -> Verdict:
        parts = _asked(self.conditions, facts, Answer.YES)
        return _joined(self.key, either(tuple(part.answer for part in parts)), parts)

    @override
    def near(self, facts: Facts) -> Near:
        missing = _missing(self.conditions, facts)
        nearest = max(missing, key=lambda one: one[1].likeness, default=None)
        return _hinted(*nearest) if nearest else Near()

    @override
    def finds(self) -> frozenset[str]:
        return frozenset().union(*(one.finds() for one in self.conditions))

    @override
    def misses(self) -> frozenset[str]:
        certain = (one.finds() - one.misses() for one in self.conditions)
        return self.finds() - frozenset.intersection(*certain)

    @override
    def touch(self) -> Touch | None:
        phrases: frozenset[str] = frozenset()
        patterns, channels, types = phrases, phrases, phrases
        for condition in self.conditions:
            touch = condition.touch()
            if touch is None:
                return None
            phrases |= touch.phrases
            patterns |= touch.patterns
            channels |= touch.channels
            types |= touch.types
        return Touch(phrases=phrases, patterns=patterns, channels=channels, types=types)


class NotCondition(ConditionPart):
    """Holds when none of its conditions holds; undecided stays undecided."""

    key: ClassVar[str] = "not"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "conditions"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "not: {channel: web}",
        "not: [{channel: web}, {message_type: image}]",
    )

    conditions: OneOrMany[AnyCondition]

    @override
    def decide(self, facts: Facts) -> Verdict:
        parts = _asked(self.conditions, facts, Answer.YES)
        inner = either(tuple(part.answer for part in parts))
        deciding = next((part for part in parts if part.answer is inner), None)
        because = f"{deciding.kind}: {deciding.because}" if deciding is not None else ""
        return Verdict(negated(inner), self.key, because, parts)

    @override
    def near(self, facts: Facts) -> Near:
        holding = [one.key for one in self.conditions if one.decide(facts).answer is Answer.YES]
        return Near(f"it holds when {', '.join(holding)} does not") if holding else Near()
