"""Results as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker.rehearsal.coverage import Coverage
from worker.rehearsal.play import Failure
from worker.rehearsal.suite import Result


def lines_of(failure: Failure) -> Iterator[str]:
    """Where the test says otherwise, what it expected (-), what it got (+), and why."""
    difference = failure.difference
    yield f"{failure.place}: {failure.message or 'not as expected'}"
    if difference is not None:
        yield from (f"  - {line}" for line in difference.expected)
        yield from (f"  + {line}" for line in difference.got)
        yield from (f"      {line}" for line in difference.why)


def failed(result: Result) -> Iterator[str]:
    """A test that failed."""
    yield f"FAILED {result.path}:{result.line}: {result.name}"
    for failure in result.failures:
        yield from (f"  {line}" for line in lines_of(failure))


def by_file(results: Sequence[Result]) -> Iterator[str]:
    """One line for each file."""
    for path in dict.fromkeys(one.path for one in results):
        mine = [one for one in results if one.path == path]
        yield f"{path}: {_counted(mine)}"


def summary(results: Sequence[Result], seconds: float) -> str:
    """The last line."""
    count = len(results)
    return f"{count} test{'' if count == 1 else 's'}: {_counted(results)}, in {seconds:.1f} s"


def _counted(results: Sequence[Result]) -> str:
    bad = sum(not one.passed for one in results)
    good = len(results) - bad
    return f"{good} passed, {bad} failed" if bad else f"{good} passed"


def exercised(found: Coverage) -> Iterator[str]:
    """What no test exercised, each with its place, and how much was."""
    for gap in found.gaps:
        yield f"{gap.place}: {gap.what}"
    parts = (
        (found.rules, "rules fired"),
        (found.cases, "ways of choose taken"),
        (found.branches, "branches of any taken"),
        (found.texts, "texts by language said"),
    )
    told = ", ".join(f"{done} of {every} {what}" for (done, every), what in parts if every)
    yield f"coverage: {told}"
