"""Whatever bytes a rule file holds, the loader gives a rule set or problems with their places."""

from __future__ import annotations

from pathlib import Path

from worker.errors import errors_among
from worker.ruleset.load import check_rules


def fuzz_rules(fed: bytes, path: Path) -> None:
    """The file is a rule set, or has problems.

    Args:
        path: where the file may be written.

    Raises:
        Exception: a finding.
    """
    path.write_bytes(fed)
    ruleset, problems = check_rules(path)
    errors = errors_among(problems)
    assert (ruleset is None) == bool(errors)
    for problem in problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message
        assert problem.path == str(path)
