"""Which tests there are, and playing them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.clock import Clock
from worker.errors import SettingsError
from worker.model.gateway import Capability
from worker.model.rule import RuleSet
from worker.rehearsal.coverage import Covered, covered
from worker.rehearsal.play import Failure, play
from worker.rehearsal.rules import Library
from worker.ruleset.files import read_rule_files
from worker.ruleset.load import load_tests
from worker.ruleset.testing.written import WrittenTest
from worker.runtime.live import Live


@dataclass(frozen=True, slots=True)
class Suite:
    """A rule set and those of its tests that were asked for.

    Args:
        whole: all of its tests are here.
    """

    live: Live
    tests: tuple[WrittenTest, ...]
    whole: bool

    @property
    def rules(self) -> RuleSet:
        """The rules under test."""
        return self.live.ruleset


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `seconds` of real time."""

    path: str
    line: int
    name: str
    failures: tuple[Failure, ...]
    covered: Covered
    seconds: float

    @property
    def passed(self) -> bool:
        """Everything was as expected."""
        return not self.failures


def gather(
    paths: Sequence[Path], rules: Path, library: Library, wanted: str = ""
) -> tuple[Suite, ...]:
    """The tests below `paths`, each set of rules read once.

    A path inside `rules` names tests of that rule set. Any other directory is a rule set of its
    own; a file of tests, or a directory of such files, belongs to the directory around it.

    Args:
        rules: the rules in use.
        wanted: part of the names of the tests to keep; case does not matter.

    Raises:
        SettingsError: there is no such path, or no test.
        RulesError: rules or tests have errors.
    """
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        told = (f"{path}: there is no such file or directory" for path in missing)
        raise SettingsError("\n".join(told))
    below: dict[Path, list[Path]] = {}
    for path in paths:
        below.setdefault(_home(path, rules), []).append(path)
    suites = tuple(_suite(home, some, library, wanted) for home, some in below.items())
    if not any(suite.tests for suite in suites):
        named = ", ".join(map(str, paths))
        if wanted:
            raise SettingsError(f"-k {wanted}: no test below {named} has this in its name")
        hint = "write them below 'tests', in a file *.test.yaml for instance"
        raise SettingsError(f"{named}: there is no test here; {hint}")
    return suites


def _home(path: Path, rules: Path) -> Path:
    """The rule set that the tests of this path are for."""
    real, known = path.resolve(), rules.resolve()
    if known == real or known in real.parents:
        return rules
    if path.is_dir():
        only_tests = all(file.for_tests for file in read_rule_files(path) if not file.problem)
        return path.parent if only_tests else path
    return path.parent if path.name.endswith((".test.yaml", ".test.yml")) else path


def _suite(home: Path, paths: Iterable[Path], library: Library, wanted: str) -> Suite:
    ruleset, tests = load_tests(
        home, capabilities=frozenset(Capability), webhook_allow=library.webhook_allow
    )
    live = Live(ruleset)
    library.add(home, live)
    tops = [path.resolve() for path in paths]
    kept = tuple(
        test
        for test in tests
        if wanted.casefold() in test.form.name.casefold()
        and any(_is_below(Path(test.path).resolve(), top) for top in tops)
    )
    return Suite(live, kept, whole=len(kept) == len(tests))


def _is_below(path: Path, top: Path) -> bool:
    return path == top or top in path.parents


def run(
    suite: Suite, library: Library, clock: Clock, told: Callable[[Result], None]
) -> tuple[Result, ...]:
    """Every test of the suite has been played.

    Args:
        clock: how long each takes, in real time.
        told: hears of each test that has ended.
    """
    return tuple(_results(suite, library, clock, told))


def _results(
    suite: Suite, library: Library, clock: Clock, told: Callable[[Result], None]
) -> Iterator[Result]:
    for test in suite.tests:
        begun = clock.monotonic()
        outcome = play(test, suite.live, library)
        at = test.at
        result = Result(
            path=at.path,
            line=at.line,
            name=test.form.name,
            failures=tuple(outcome.failures),
            covered=covered(outcome.windows, suite.rules),
            seconds=clock.monotonic() - begun,
        )
        told(result)
        yield result
