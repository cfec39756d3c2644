"""Rule sets for rehearsals: loaded once, shared by all tests, and put in force one by one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from worker.engine.index import RuleIndex
from worker.errors import Problem
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.ids import EventId, RuleId
from worker.model.rule import Rule
from worker.ruleset.load import check_rules
from worker.runtime.live import Live

Loaded = tuple[Live | None, tuple[Problem, ...]]


class Library:
    """Every rule set that a run of tests needs, each read once."""

    def __init__(self, webhook_allow: tuple[str, ...] = ()) -> None:
        self.webhook_allow = webhook_allow
        self._loaded: dict[Path, Loaded] = {}

    def add(self, path: Path, live: Live) -> None:
        """This is what stands there."""
        self._loaded[path.resolve()] = (live, ())

    def load(self, path: Path) -> Loaded:
        """The rule set of a file or directory, or why there is none."""
        real = path.resolve()
        if real not in self._loaded:
            ruleset, problems = check_rules(
                path, capabilities=frozenset(Capability), webhook_allow=self.webhook_allow
            )
            self._loaded[real] = (None if ruleset is None else Live(ruleset), problems)
        return self._loaded[real]


class RulesInForce:
    """Where the worker of one test takes its rules from; see `worker.runtime.reload.RuleSource`.

    Attributes:
        heard: the facts each event was decided on, the newest.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.heard: dict[EventId, Facts] = {}
        self._loaded = loaded
        self._changes = 0
        self.live = cast("Live", loaded[0])

    def put(self, loaded: Loaded) -> None:
        """The files hold this now; the worker has yet to look."""
        self._loaded = loaded
        self._changes += 1
        if loaded[0] is not None:
            self.live = loaded[0]

    def find(self, rule: str) -> Rule | None:
        """The rule with this id, of the rules in force."""
        return self.live.find(RuleId(rule))

    def fingerprint(self) -> str:
        """Another text after each `put`."""
        return str(self._changes)

    def load(self) -> Loaded:
        """The rules, and an index that lets us hear what is asked."""
        live, problems = self._loaded
        if live is None:
            return None, problems
        own = copy.copy(live)
        own.index = cast("RuleIndex", _HeardIndex(live.index, self.heard))
        return own, problems


class _HeardIndex:
    """An index that keeps the facts it is asked about."""

    def __init__(self, index: RuleIndex, heard: dict[EventId, Facts]) -> None:
        self._index = index
        self._heard = heard

    def candidates(self, facts: Facts) -> Sequence[Rule]:
        self._heard[facts.event.id] = facts
        return self._index.candidates(facts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)
