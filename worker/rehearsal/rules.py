"""Rule sets for rehearsals: loaded once, shared by all tests, and put in force one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from worker.errors import Problem
from worker.model.gateway import Capability
from worker.model.ids import RuleId
from worker.model.rule import Rule, RuleSet
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
        live: the newest that could be read.
    """

    def __init__(self, live: Live) -> None:
        self.live = live
        self._loaded: Loaded = (live, ())
        self._changes = 0
        self._versions: dict[str, RuleSet] = {live.ruleset.version: live.ruleset}

    def put(self, loaded: Loaded) -> None:
        """The files hold this now; the worker has yet to look."""
        self._loaded = loaded
        self._changes += 1
        if loaded[0] is not None:
            self.live = loaded[0]
            self._versions[self.live.ruleset.version] = self.live.ruleset

    def written_again(self) -> None:
        """The files were written once more, as they are."""
        self.put((Live(replace(self.live.ruleset)), ()))

    def find(self, rule: str) -> Rule | None:
        """The rule with this id, of the rules in force."""
        return self.live.find(RuleId(rule))

    def of(self, version: object) -> RuleSet:
        """The rule set of this version; the one in force where nobody knows it."""
        return self._versions.get(str(version), self.live.ruleset)

    def fingerprint(self) -> str:
        """Another text after each `put`."""
        return str(self._changes)

    def load(self) -> Loaded:
        """What was put last."""
        return self._loaded
