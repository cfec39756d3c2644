"""What was found by deciding the same past by two rule sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from worker.engine.brought import Doing
from worker.model.verdict import Reason


class Change(StrEnum):
    """What becomes of one answer."""

    SAME = "same"
    DIFFERENT = "different"
    NEW = "new"
    GONE = "gone"


CHANGES = (Change.NEW, Change.GONE, Change.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Pair:
    """One answer before and after; None where there is none."""

    change: Change
    before: Doing | None = None
    after: Doing | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules it is about, the later one first."""
        both = (one.rule for one in (self.after, self.before) if one is not None)
        return tuple(dict.fromkeys(both))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One change, as it happened.

    Args:
        asked: what the customer wrote, oldest first; empty where it was no message.
        why: what the rule of a gone answer came to after, or that of a new one before; "" where
            that says nothing.
    """

    event: str
    at: datetime
    conversation: str
    asked: tuple[str, ...]
    pair: Pair
    why: str = ""


@dataclass(slots=True)
class RuleFigures:
    """One rule: how often it came to each reason but `condition`, before and after, and what became
    of its answers.
    """

    before: Counter[Reason] = field(default_factory=Counter)
    after: Counter[Reason] = field(default_factory=Counter)
    changes: Counter[Change] = field(default_factory=Counter)
    shadows: int = 0

    @property
    def differs(self) -> bool:
        """It would act, or be withheld, otherwise; or say something else."""
        return self.before != self.after or any(self.changes[one] for one in CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was found.

    Args:
        events: all of those decided; `decisions`: a burst is one.
        conversations: those with decisions; `affected`: those whose customer would see something
            else.
        days: answers by the day of their event.
        actions: unseen actions that are new or gone, by kind.
        turned: how often a rule came to another reason, by (rule, before, after); `condition` also
            stands for a rule that was not asked.
        versions: decisions by the version of the rules that made them.
        unreadable: decisions whose context cannot be read: left out.
        inexact: decisions recorded before all that guards ask was recorded.
        unfollowed: waits and questions that would have begun only after; what then comes of them is
            not known.
    """

    events: int
    decisions: int
    conversations: int
    affected: int
    first: datetime | None
    last: datetime | None
    answers: Mapping[Change, int]
    days: Mapping[date, Mapping[Change, int]]
    rules: Mapping[str, RuleFigures]
    actions: Mapping[tuple[str, Change], int]
    turned: Mapping[tuple[str, Reason, Reason], int]
    examples: Mapping[Change, Sequence[Example]]
    shadows: Sequence[Example]
    versions: Mapping[str, int]
    unreadable: int
    inexact: int
    unfollowed: int

    @property
    def differs(self) -> bool:
        """Somebody would have seen something else, or something else would have been done."""
        return any(self.answers[one] for one in CHANGES) or bool(self.actions)
