"""Tests of rules, played by tests of ours."""

from __future__ import annotations

from pathlib import Path

from worker.clock import SystemClock
from worker.rehearsal.report import lines_of
from worker.rehearsal.rules import Library
from worker.rehearsal.suite import Result, gather, run

GREETING = """
rules:
  - id: greeting
    when: message.received
    if: [{ text: hello }]
    do: [{ reply: Hello yourself }]
"""


def rehearse(folder: Path, rules: str, tests: str) -> tuple[Result, ...]:
    """The results of the tests, of rules in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(rules, "utf-8")
    (folder / "rules.test.yaml").write_text(tests, "utf-8")
    library = Library()
    (suite,) = gather([folder], folder, library)
    return run(suite, library, SystemClock(), lambda _: None)


def steps(folder: Path, rules: str, *written: str, head: str = "") -> list[str]:
    """What one test of these steps finds wrong, as lines; none: it passed.

    Args:
        written: the steps, each as one line of YAML.
        head: further keys of the test, as lines of YAML.
    """
    keys = "".join(f"    {line}\n" for line in head.splitlines())
    body = "".join(f"      - {step}\n" for step in written)
    (result,) = rehearse(folder, rules, f"tests:\n  - name: a test\n{keys}    steps:\n{body}")
    lines = [line for failure in result.failures for line in lines_of(failure)]
    return [line.replace(f"{folder}/", "") for line in lines]
