"""Two rule sets on the same past: what customers would see otherwise, counted. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from worker.engine.brought import Brought, Doing
from worker.engine.comparison import CHANGES, Change, Comparison, Example, Pair, RuleFigures
from worker.model.event import Event
from worker.model.past import PastDecision
from worker.model.verdict import Reason

EXAMPLES = 10
"""Examples of each kind of change; of different rules first."""

_RULES_SAMPLED = 200  # so many rules have examples of their own: what is kept stays small
_SHOWN = 1000  # characters of a text in an example


class _Samples:
    """A few examples of each rule, so that a busy one does not take all places."""

    def __init__(self) -> None:
        self._by_rule: dict[str, list[Example]] = {}

    def wants(self, rule: str) -> bool:
        """One more of this rule is of use."""
        kept = self._by_rule.get(rule)
        if kept is None:
            return len(self._by_rule) < _RULES_SAMPLED
        return len(kept) < EXAMPLES

    def add(self, rule: str, example: Example) -> None:
        """It is kept."""
        self._by_rule.setdefault(rule, []).append(example)

    def chosen(self) -> Sequence[Example]:
        """One of each rule, then a second of each, …; in order of time."""
        turns = (
            [kept[turn] for kept in self._by_rule.values() if turn < len(kept)]
            for turn in range(EXAMPLES)
        )
        chosen = [one for turn in turns for one in turn][:EXAMPLES]
        return sorted(chosen, key=lambda one: one.at)


class Tally:
    """Counts as decisions come; what it keeps does not grow with their number.

    Args:
        zone: whose days are counted.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._events = self._decisions = 0
        self._unreadable = self._inexact = self._unfollowed = 0
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._pasts = 0
        self._conversations: set[tuple[int, str]] = set()
        self._affected: set[tuple[int, str]] = set()
        self._answers: Counter[Change] = Counter()
        self._days: defaultdict[date, Counter[Change]] = defaultdict(Counter)
        self._rules: defaultdict[str, RuleFigures] = defaultdict(RuleFigures)
        self._actions: Counter[tuple[str, Change]] = Counter()
        self._turned: Counter[tuple[str, Reason, Reason]] = Counter()
        self._samples = {change: _Samples() for change in CHANGES}
        self._shadows = _Samples()
        self._versions: Counter[str] = Counter()

    def another_past(self) -> None:
        """What comes now is of another past: its conversations are others, whatever their ids."""
        self._pasts += 1

    def leave_out(self) -> None:
        """A decision could not be read."""
        self._unreadable += 1

    def add(self, past: PastDecision, before: Brought, after: Brought) -> None:
        """One decision was made both ways."""
        event = past.events[-1]
        self._decisions += 1
        self._events += len(past.events)
        self._first = min(self._first or event.at, event.at)
        self._last = max(self._last or event.at, event.at)
        self._versions[str(past.context.get("ruleset", ""))] += 1
        self._inexact += "standing" not in past.context or "left_out" in past.context
        self._unfollowed += after.unfollowed
        changed = self._count_answers(past, before, after)
        conversation = _conversation(past)
        if conversation:  # a schedule's time is in none
            self._conversations.add((self._pasts, conversation))
            if changed:
                self._affected.add((self._pasts, conversation))
        for kind, count in _actions(before, after).items():
            self._actions[kind] += count
        self._count_reasons(before, after)
        self._count_shadows(past, after)

    def _count_answers(self, past: PastDecision, before: Brought, after: Brought) -> bool:
        pairs = paired(before.answers, after.answers)
        day = self._days[past.events[-1].at.astimezone(self._zone).date()] if pairs else Counter()
        for pair in pairs:
            self._answers[pair.change] += 1
            day[pair.change] += 1
            for rule in pair.rules:
                self._rules[rule].changes[pair.change] += 1
            if pair.change is Change.SAME:
                continue
            rule = pair.rules[0]
            if self._samples[pair.change].wants(rule):
                example = _example(past, pair, _why(pair, before, after))
                self._samples[pair.change].add(rule, example)
        return any(pair.change is not Change.SAME for pair in pairs)

    def _count_reasons(self, before: Brought, after: Brought) -> None:
        # A rule whose conditions do not hold may not have been asked at all: the two are one.
        for rule in before.reasons.keys() | after.reasons.keys():
            was = before.reasons.get(rule, Reason.CONDITION)
            now = after.reasons.get(rule, Reason.CONDITION)
            if was is not Reason.CONDITION:
                self._rules[rule].before[was] += 1
            if now is not Reason.CONDITION:
                self._rules[rule].after[now] += 1
            if was is not now:
                self._turned[rule, was, now] += 1

    def _count_shadows(self, past: PastDecision, after: Brought) -> None:
        for shadow in after.shadows:
            self._rules[shadow.rule].shadows += 1
            if self._shadows.wants(shadow.rule):
                seen = after.answers[0] if after.answers else None
                pair = Pair(Change.NEW if seen is None else Change.DIFFERENT, seen, shadow)
                self._shadows.add(shadow.rule, _example(past, pair, ""))

    def result(self) -> Comparison:
        """Everything so far."""
        return Comparison(
            events=self._events,
            decisions=self._decisions,
            conversations=len(self._conversations),
            affected=len(self._affected),
            first=self._first,
            last=self._last,
            answers={one: self._answers[one] for one in Change},
            days={
                day: {one: counts[one] for one in Change}
                for day, counts in sorted(self._days.items())
            },
            rules=dict(sorted(self._rules.items())),
            actions=dict(sorted(self._actions.items())),
            turned=dict(self._turned.most_common()),
            examples={change: kept.chosen() for change, kept in self._samples.items()},
            shadows=self._shadows.chosen(),
            versions=dict(self._versions.most_common()),
            unreadable=self._unreadable,
            inexact=self._inexact,
            unfollowed=self._unfollowed,
        )


def paired(before: Iterable[Doing], after: Iterable[Doing]) -> list[Pair]:
    """Every answer before with the one that takes its place after.

    The same text is the same answer, whichever rule gives it; then those of one rule belong
    together, in order; then one that goes and one that comes.
    """
    old, new = list(before), list(after)
    pairs = [Pair(Change.SAME, *one) for one in _matches(old, new, lambda doing: doing.text)]
    pairs += [Pair(Change.DIFFERENT, *one) for one in _matches(old, new, lambda doing: doing.rule)]
    pairs += [Pair(Change.DIFFERENT, *one) for one in _matches(old, new, lambda _doing: "")]
    pairs += [Pair(Change.GONE, before=one) for one in old]
    return pairs + [Pair(Change.NEW, after=one) for one in new]


def _matches(
    old: list[Doing], new: list[Doing], key: Callable[[Doing], str]
) -> list[tuple[Doing, Doing]]:
    """Pairs of the same key, in order; they are taken out of both lists."""
    found = []
    for one in list(old):
        other = next((later for later in new if key(later) == key(one)), None)
        if other is not None:
            found.append((one, other))
            old.remove(one)
            new.remove(other)
    return found


def _actions(before: Brought, after: Brought) -> Counter[tuple[str, Change]]:
    if before.actions == after.actions:
        return Counter()
    old = Counter((one.kind, one.text) for one in before.actions)
    new = Counter((one.kind, one.text) for one in after.actions)
    counts: Counter[tuple[str, Change]] = Counter()
    for (kind, _), number in (new - old).items():
        counts[kind, Change.NEW] += number
    for (kind, _), number in (old - new).items():
        counts[kind, Change.GONE] += number
    return counts


def _why(pair: Pair, before: Brought, after: Brought) -> str:
    """What else became of the rule."""
    if pair.change is Change.DIFFERENT or not pair.rules:
        return ""
    other = after if pair.change is Change.GONE else before
    reason = other.reasons.get(pair.rules[0])
    return "" if reason is None or reason is Reason.MATCHED else reason.value


def _conversation(past: PastDecision) -> str:
    """Its id; "" for an event that is in none."""
    event = past.events[-1]
    if event.conversation_id is not None:
        return str(event.conversation_id)
    told = past.context.get("conversation")
    return str(told["id"]) if isinstance(told, Mapping) and "id" in told else ""


def _example(past: PastDecision, pair: Pair, why: str) -> Example:
    event = past.events[-1]
    return Example(
        event=str(event.id),
        at=event.at,
        conversation=_conversation(past) or str(event.id),
        asked=tuple(_cut(text) for text in map(_words, past.events) if text),
        pair=Pair(pair.change, _short(pair.before), _short(pair.after)),
        why=why,
    )


def _words(event: Event) -> str:
    return event.message.words if event.message is not None else ""


def _short(doing: Doing | None) -> Doing | None:
    return None if doing is None else Doing(doing.rule, doing.kind, _cut(doing.text))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
