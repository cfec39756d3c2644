"""What the tests of a rule set never exercised: rules, branches of `any`, languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.actions.wording import ANY
from worker.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from worker.model.rule import Condition, Place, Rule, RuleSet, places
from worker.model.verdict import Answer, Reason, Verdict
from worker.rehearsal.window import Window, texts_of
from worker.ruleset.document import Document, read_document

Loc = tuple[int | str, ...]

_KEYS = {AllCondition: "all", AnyOfCondition: "any", NotCondition: "not"}
_ACTED = frozenset({Reason.MATCHED, Reason.SHADOW})


@dataclass(frozen=True, slots=True)
class Covered:
    """What was exercised: rules by id, steps and branches of `any` by rule and place in it, texts
    by rule, step and language.
    """

    rules: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, int]] = frozenset()
    branches: frozenset[tuple[str, Loc]] = frozenset()
    texts: frozenset[tuple[str, int, str]] = frozenset()

    def __or__(self, other: Covered) -> Covered:
        return Covered(
            self.rules | other.rules,
            self.steps | other.steps,
            self.branches | other.branches,
            self.texts | other.texts,
        )


def covered(windows: Iterable[Window], rules: RuleSet) -> Covered:
    """What one test exercised of these rules."""
    known: dict[str, Rule] = {rule.id: rule for rule in rules.rules}
    acted: set[str] = set()
    branches: set[tuple[str, Loc]] = set()
    steps: set[tuple[str, int]] = set()
    texts: set[tuple[str, int, str]] = set()
    for window in windows:
        for decision in window.decisions:
            trace = decision.stored.trace
            for one in trace.rules if trace is not None else ():
                rule = known.get(one.rule)
                if one.reason in _ACTED:
                    acted.add(one.rule)
                if rule is not None:
                    taken = _taken(rule.conditions, one.verdicts, ("if",))
                    branches |= {(one.rule, loc) for loc in taken}
        steps |= {(one.rule_id, one.position) for one in window.intents.values()}
        texts |= {(one.rule, one.position, one.language) for one in window.sent if one.chosen}
    return Covered(frozenset(acted), frozenset(steps), frozenset(branches), frozenset(texts))


def _taken(
    conditions: Sequence[Condition], verdicts: Sequence[Verdict], below: Loc
) -> Iterator[Loc]:
    """Branches of `any` that said yes."""
    for position, (condition, verdict) in enumerate(zip(conditions, verdicts, strict=False)):
        loc = (*below, position)
        if below[-1:] == ("any",) and verdict.answer is Answer.YES:
            yield loc
        if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
            yield from _taken(condition.conditions, verdict.parts, (*loc, _KEYS[type(condition)]))


def _branches(conditions: Sequence[Condition], below: Loc) -> Iterator[Loc]:
    for position, condition in enumerate(conditions):
        loc = (*below, position)
        if below[-1:] == ("any",):
            yield loc
        if isinstance(condition, AllCondition | AnyOfCondition | NotCondition):
            yield from _branches(condition.conditions, (*loc, _KEYS[type(condition)]))


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that no test exercised, and where it stands."""

    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a rule set was exercised; counts are (exercised, all)."""

    rules: tuple[int, int]
    cases: tuple[int, int]
    branches: tuple[int, int]
    texts: tuple[int, int]
    gaps: tuple[Gap, ...]


def coverage(rules: RuleSet, found: Covered) -> Coverage:
    """What is left of the rules that can act, in the order of their files.

    Of a rule that never fired nothing more is told: all of it is left.
    """
    books = _Books()
    counts = [[0, 0], [0, 0], [0, 0], [0, 0]]
    gaps: list[Gap] = []

    able = [rule for rule in rules.rules if rule.state != "paused"]
    for rule in sorted(able, key=lambda one: one.order):
        fired = rule.id in found.rules
        spots = dict(places(rule.steps))
        counts[0][0] += fired
        counts[0][1] += 1
        if not fired:
            gaps.append(Gap(f"{rule.id} never fired", rule.place))
        for loc in _branches(rule.conditions, ("if",)):
            taken = (rule.id, loc) in found.branches
            what = f"{rule.id}: branch {int(loc[-1]) + 1} of this any was never taken"
            counts[2][0] += taken
            counts[2][1] += 1
            if fired and not taken:
                gaps.append(Gap(what, books.place(rule, loc)))
        for position, languages in _texts(rule):
            unsaid = [one for one in languages if (rule.id, position, one) not in found.texts]
            counts[3][0] += len(languages) - len(unsaid)
            counts[3][1] += len(languages)
            if fired and unsaid:
                what = f"{rule.id} never answered in {', '.join(unsaid)}"
                gaps.append(Gap(what, spots[position].place))
        for position, number, inside in _cases(rule):
            done = any((rule.id, place) in found.steps for place in inside)
            counts[1][0] += done
            counts[1][1] += 1
            if fired and not done:
                what = f"{rule.id}: way {number + 1} through this choose was never taken"
                gaps.append(Gap(what, spots[position].place))
    pairs = [(done, every) for done, every in counts]
    return Coverage(pairs[0], pairs[1], pairs[2], pairs[3], tuple(gaps))


def _texts(rule: Rule) -> Iterator[tuple[int, list[str]]]:
    """The languages of each step that speaks in several, by its place in the whole tree."""
    if rule.state != "live":
        return
    for position, step in places(rule.steps):
        wording = texts_of(step.action)
        if wording and ANY not in wording:
            yield position, list(wording)


def _cases(rule: Rule) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Each way through each `choose`: the place of the step, which way, and the places inside."""
    if rule.state != "live":
        return
    for position, step in places(rule.steps):
        first = position + 1
        for number, branch in enumerate(step.branches):
            inside = frozenset(place for place, _ in places(branch.steps, first))
            yield position, number, inside
            first += len(inside)


@dataclass(slots=True)
class _Books:
    """The rule files, read again where a place below a rule is asked for."""

    documents: dict[str, Document | None] = field(default_factory=dict)

    def place(self, rule: Rule, loc: Loc) -> Place:
        """Where a part of the rule stands; where the rule does, if the file has changed."""
        path = rule.place.path
        if path not in self.documents:
            try:
                self.documents[path] = read_document(path, Path(path).read_bytes())
            except OSError:
                self.documents[path] = None
        document = self.documents[path]
        value = document.value if document is not None else None
        raw = value.get("rules") if isinstance(value, dict) else None
        for position, one in enumerate(raw if isinstance(raw, list) else ()):
            if document is not None and isinstance(one, dict) and one.get("id") == rule.id:
                return document.place(("rules", position, *loc))
        return rule.place
