"""A rule as the engine sees it: triggers, conditions, steps and guards, all frozen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from worker.calendars import Calendar
from worker.model.action import Action
from worker.model.event import EventKind
from worker.model.facts import Facts, Names
from worker.model.ids import RuleId
from worker.model.limit import Limit, Per
from worker.model.verdict import Verdict

State = Literal["live", "shadow", "paused"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a rule file; line and column count from 1."""

    path: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Touch:
    """What a message must touch for a condition to be able to say yes; the index is built from it.

    A condition is *touched* when at least one key of at least one field is present. It may be
    touched and still say no; it must never say yes untouched. `phrases` are searched as plain
    substrings of `MessageText.folded` and must be given in that form; `patterns` are RE2, searched
    in `plain`.
    """

    phrases: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


class Condition(Protocol):
    """One item of `if`: a pure question about facts."""

    def decide(self, facts: Facts) -> Verdict:
        """The verdict; never raises for anything a customer or a platform can send."""
        ...

    def touch(self) -> Touch | None:
        """The keys of which one must be present for a yes; None: always ask."""
        ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """One kind of `when`; `parameters` as written (`menu`, `payload`), or in one spelling for the
    kinds that happen only because a rule names them (`for`, `calendar`, `cron`…): equal parameters
    are one event.
    """

    kind: EventKind
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One item of `do`. `id` is as written or ""; `conditions` are asked when it is reached.

    `asked`: differs between conditions that are written differently; "" without any.
    `branches`: the ways through a `choose`, the first that holds is taken.
    """

    action: Action
    id: str = ""
    conditions: tuple[Condition, ...] = ()
    place: Place = Place()
    asked: str = ""
    branches: tuple[Branch, ...] = ()

    @property
    def visible(self) -> bool:
        """Customers see it, or something inside it."""
        return self.action.visible or any(
            step.visible for branch in self.branches for step in branch.steps
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a `choose`. Without conditions it always holds: `otherwise`."""

    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]


def places(steps: Iterable[Step], first: int = 0) -> Iterator[tuple[int, Step]]:
    """Every step of the tree with its place: outer ones before inner ones, in written order."""
    for step in steps:
        yield first, step
        first += 1
        for branch in step.branches:
            for place, inner in places(branch.steps, first):
                yield place, inner
                first = place + 1


@dataclass(frozen=True, slots=True)
class Script:
    """A rule as it was written, for flows that go on with it when it may have changed.

    `name` is a hash of `body`.
    """

    name: str
    body: str


LONGEST_REST = timedelta(days=31)
"""A rule that waits for an opening rests no longer: what guards remember has a bound."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """At most one firing in `window`, or until a calendar next opens; one of the two is given."""

    window: timedelta | None
    per: Per = "conversation"
    until_open: Calendar | None = None

    @property
    def longest(self) -> timedelta:
        """How long a firing can matter."""
        return LONGEST_REST if self.window is None else self.window

    def rests_until(self, fired: datetime) -> datetime:
        """When the rule may fire again that fired at this time."""
        if self.until_open is None:
            return fired + self.longest
        opens = self.until_open.next_open(fired)
        latest = fired + LONGEST_REST
        return latest if opens is None else min(opens, latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `order` is its place in file order over the whole set, from 0.

    A key the rule leaves out has the value of `defaults`, else the shipped one.
    """

    id: RuleId
    order: int
    triggers: tuple[Trigger, ...]
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    place: Place = Place()
    description: str = ""
    state: State = "live"
    priority: int = 0
    vars: Mapping[str, Any] = field(default_factory=dict)
    also: bool = False
    cooldown: Cooldown | None = None
    limits: tuple[Limit, ...] = ()
    expires_after: timedelta = timedelta(minutes=15)
    human_quiet: timedelta = timedelta(minutes=30)
    settle: timedelta = timedelta(seconds=2)
    continue_on_error: bool = False
    allow_unsafe: bool = False
    script: Script | None = None
    """Of a rule that waits or asks."""
    visible: bool = field(init=False, repr=False, compare=False)
    """Some step of it is seen by the customer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "visible", any(step.visible for step in self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules, loaded whole.

    Args:
        rules: in the order they are asked: priority downwards, then file order.
        version: short hash of the files' content.
        stop_phrases: `phrases.stop`, asked of every customer message; None without one.
        stop_confirmation: the reply that confirms an opt-out, once; None for none.
        start_phrases, start_confirmation: the same of coming back, asked of who opted out so.
        limits: `defaults.limits`, counted over all rules together.
        settle: `defaults.settle`.
        vars: file-level names.
        calendars: opening hours by name.
    """

    rules: tuple[Rule, ...]
    version: str
    limits: tuple[Limit, ...]
    settle: timedelta
    stop_phrases: Condition | None = None
    stop_confirmation: Action | None = None
    start_phrases: Condition | None = None
    start_confirmation: Action | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def names(self) -> Names:
        """What conditions and templates may name beside the event."""
        return Names(self.vars, self.calendars)


__all__ = [
    "Condition",
    "Cooldown",
    "Limit",
    "Per",
    "Place",
    "Rule",
    "RuleSet",
    "State",
    "Step",
    "Touch",
    "Trigger",
]
