"""When one condition on the customer's words follows from another.

What a phrase that was found says of the message is written down as texts that are certain to stand
in it; the other condition is asked of those. Where they do not settle it, nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from worker.conditions.sought import COMPARED, Comparison, Mention, Patterns, Sought
from worker.model.text import MessageText
from worker.text.phrase import Accents, find_phrase, folds, searched

_BRIDGES = frozenset("_.,'")
"""Signs that may bind a phrase which ends in one to what follows in the message."""

# Which comparisons say where in the message a phrase stands, and which of the others so hold.
_IMPLIED = {
    "mentions": {"mentions", "equals"},
    "equals": {"equals"},
    "starts_with": {"starts_with", "equals"},
    "ends_with": {"ends_with", "equals"},
    "contains": {"mentions", "equals", "starts_with", "ends_with", "contains"},
}


_MOST_COMPARED = 10_000
"""Pairs of phrases; beyond them only equal ones are found."""
_MOST_APART = 100
"""Phrases that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What is known of a message because one of these phrases or patterns was found in it.

    Args:
        operator: how it was found.
        plain: the phrases as they are compared, or the patterns.
        folded: the same without accents.
        accents, fuzzy, raw: as in the condition.
    """

    operator: str
    plain: tuple[str, ...]
    folded: tuple[str, ...] = ()
    accents: Accents = "auto"
    fuzzy: bool = False
    raw: bool = False


Known = tuple[Clue, ...]
"""One for each key of a condition."""


def known_of(soughts: tuple[Sought, ...]) -> Known:
    """What is known when all of these hold."""
    return tuple(clue for sought in soughts if (clue := _clue(sought)) is not None)


def one_by_one(known: Known) -> Iterator[Known]:
    """The same for each phrase of the first key; what follows from each follows from all."""
    first, *others = known
    if not first.folded or len(first.plain) > _MOST_APART:
        yield known
        return
    for plain, folded in zip(first.plain, first.folded, strict=True):
        yield (replace(first, plain=(plain,), folded=(folded,)), *others)


def settles(soughts: tuple[Sought, ...], known: Known) -> bool:
    """Each of `soughts` holds for every message of which this is known."""
    return all(any(_follows(sought, clue) for clue in known) for sought in soughts)


def keys_of(soughts: tuple[Sought, ...]) -> frozenset[str]:
    """Texts of which one stands in a sample of whatever settles these; empty: there are none."""
    for clue in known_of(soughts):
        if clue.folded:
            return frozenset(clue.plain if clue.accents == "exact" else clue.folded)
    return frozenset()


def samples_of(soughts: tuple[Sought, ...]) -> Iterator[str]:
    """Texts that hold one of the `keys_of` whatever follows from these."""
    for clue in known_of(soughts):
        if clue.folded:
            yield from {min(clue.plain, key=len), min(clue.folded, key=len)}


def _clue(sought: Sought) -> Clue | None:
    if isinstance(sought, Patterns):
        patterns = tuple(pattern.pattern for pattern in sought.patterns)
        return Clue("matches", patterns, raw=sought.raw)
    if isinstance(sought, Mention):
        matcher = sought.matcher
        return Clue("mentions", matcher.plain, matcher.folded, matcher.accents, sought.fuzzy)
    if isinstance(sought, Comparison):
        plain = tuple(one.form.plain for one in sought.wanted)
        folded = tuple(one.form.folded for one in sought.wanted)
        return Clue(sought.name, plain, folded, sought.accents)
    return None


def _samples(plain: str, folded: str, accents: Accents) -> Iterator[MessageText]:
    """What certainly stands in a message without accents, and in one with."""
    if accents != "exact":
        yield MessageText(folded, folded, folded, accented=False)
    elif plain == folded:  # else no message without accents has it
        yield MessageText(plain, plain, plain, accented=False)
    if accents == "fold":
        yield MessageText(folded, "", folded, accented=True)
    else:
        yield MessageText(plain, plain, "", accented=True)


def _follows(sought: Sought, clue: Clue) -> bool:
    wide = _clue(sought)
    if wide is None:
        return False
    if wide.operator == "matches":
        same = clue.operator == "matches" and wide.raw is clue.raw
        return same and set(clue.plain) <= set(wide.plain)
    if clue.operator not in _IMPLIED[wide.operator] or (clue.fuzzy and not wide.fuzzy):
        return False
    equal = set(wide.plain) if wide.accents == clue.accents else set[str]()
    forms = zip(clue.plain, clue.folded, strict=True)
    left = [form for form in forms if form[0] not in equal]
    if left and (clue.fuzzy or len(left) * len(wide.plain) > _MOST_COMPARED):
        return False
    return all(_stands_in(sample, sought, clue.operator) for sample in _all_samples(left, clue))


def _all_samples(forms: list[tuple[str, str]], clue: Clue) -> Iterator[MessageText]:
    for plain, folded in forms:
        yield from _samples(plain, folded, clue.accents)


def _stands_in(sample: MessageText, sought: Sought, operator: str) -> bool:
    """What `sought` looks for is in the sample, wherever in a message that stands."""
    if isinstance(sought, Comparison):
        compare = COMPARED[sought.name]
        return any(compare(sample, wanted.form, sought.accents) for wanted in sought.wanted)
    if not isinstance(sought, Mention):
        return False
    ends = sample.raw[0] + sample.raw[-1]
    if operator == "mentions" and not _BRIDGES.isdisjoint(ends):
        return False
    matcher = sought.matcher
    hay = searched(sample, matcher.accents)
    # without a mistake, also where mistakes are forgiven
    needles = matcher.folded if folds(sample, matcher.accents) else matcher.plain
    return any(needle in hay and find_phrase(hay, needle) >= 0 for needle in needles)
