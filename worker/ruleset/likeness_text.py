"""When one condition on the customer's words follows from another.

What a phrase that was found says of the message is written down as texts that are certain to stand
in it; the other condition is asked of those. Where they do not settle it, nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a message because one phrase or pattern was found in it.

    Args:
        operator: how it was found.
        phrase: as it is compared, or the pattern.
        folded: the same without accents.
        samples: the part of the message that is certain; one for messages without accents, one for
            those with. Empty where nothing is.
        accents, fuzzy, raw: as in the condition.
    """

    operator: str
    phrase: str
    folded: str = ""
    samples: tuple[MessageText, ...] = ()
    accents: Accents = "auto"
    fuzzy: bool = False
    raw: bool = False


Known = tuple[tuple[Evidence, ...], ...]
"""For each key of a condition, the phrases of which one was found."""


def known_of(soughts: tuple[Sought, ...]) -> Known:
    """What is known when all of these hold."""
    return tuple(tuple(_evidence(sought)) for sought in soughts)


def one_by_one(known: Known) -> Iterator[Known]:
    """The same for each phrase of the first key; what follows from each follows from all."""
    for one in known[0]:
        yield ((one,), *known[1:])


def settles(soughts: tuple[Sought, ...], known: Known) -> bool:
    """Each of `soughts` holds for every message of which this is known."""
    return all(
        any(all(_holds(sought, one) for one in evidence) for evidence in known)
        for sought in soughts
    )


def keys_of(soughts: tuple[Sought, ...]) -> frozenset[str]:
    """Texts of which one stands in a sample of whatever settles these; empty: there are none."""
    for sought in soughts:
        if isinstance(sought, Mention | Comparison):
            forms, accents = _forms(sought)
            return frozenset(plain if accents == "exact" else folded for plain, folded in forms)
    return frozenset()


def samples_of(soughts: tuple[Sought, ...]) -> Iterator[str]:
    """Texts that hold one of the `keys_of` whatever follows from these."""
    for evidence in known_of(soughts):
        shortest = min(evidence, key=lambda one: len(one.phrase))
        yield from {shortest.phrase, shortest.folded} - {""}


def _forms(sought: Mention | Comparison) -> tuple[tuple[tuple[str, str], ...], Accents]:
    """Each phrase with its accents and folded, and how they are compared."""
    if isinstance(sought, Mention):
        return sought.matcher.forms, sought.matcher.accents
    return tuple((one.form.plain, one.form.folded) for one in sought.wanted), sought.accents


def _evidence(sought: Sought) -> Iterator[Evidence]:
    if isinstance(sought, Patterns):
        for pattern in sought.patterns:
            yield Evidence("matches", pattern.pattern, raw=sought.raw)
    elif isinstance(sought, Mention | Comparison):
        operator = sought.name if isinstance(sought, Comparison) else "mentions"
        fuzzy = isinstance(sought, Mention) and sought.fuzzy
        forms, accents = _forms(sought)
        for plain, folded in forms:
            samples = tuple(_samples(plain, folded, accents))
            yield Evidence(operator, plain, folded, samples, accents, fuzzy)


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


def _holds(sought: Sought, known: Evidence) -> bool:
    if isinstance(sought, Patterns):
        patterns = {pattern.pattern for pattern in sought.patterns}
        same = known.operator == "matches" and sought.raw is known.raw
        return same and known.phrase in patterns
    if not isinstance(sought, Mention | Comparison):
        return False
    name = sought.name if isinstance(sought, Comparison) else "mentions"
    if known.operator not in _IMPLIED[name]:
        return False
    if known.fuzzy:
        return _forgives(sought, known)
    return all(_stands_in(sample, sought, known) for sample in known.samples)


def _stands_in(sample: MessageText, sought: Mention | Comparison, known: Evidence) -> bool:
    if isinstance(sought, Comparison):
        compare = COMPARED[sought.name]
        return any(compare(sample, wanted.form, sought.accents) for wanted in sought.wanted)
    ends = known.phrase[0] + known.phrase[-1]
    if known.operator == "mentions" and not _BRIDGES.isdisjoint(ends):
        return False
    accents = sought.matcher.accents
    hay, folded = searched(sample, accents), folds(sample, accents)
    # without a mistake, also where mistakes are forgiven
    return any(find_phrase(hay, form[folded]) >= 0 for form in sought.matcher.forms)


def _forgives(sought: Mention | Comparison, known: Evidence) -> bool:
    """The same phrase is looked for, with the same mistakes."""
    if not isinstance(sought, Mention) or not sought.fuzzy:
        return False
    same = sought.matcher.accents == known.accents
    return same and any(plain == known.phrase for plain, _ in sought.matcher.forms)
