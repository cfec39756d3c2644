"""`worker check`: every problem, in the form that was asked for, with the right exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.cli.main import main

GOOD = """\
rules:
  - id: hello
    when: message.received
    do:
      - reply: Hello!
"""
BAD = """\
rules:
  - id: hello
    when: message.recieved
    do:
      - reply: Hello!
    colour: red
"""


@pytest.fixture(autouse=True)
def rules(clean_environment: Path) -> Path:
    """The rule directory of an empty working directory."""
    directory = clean_environment / "rules"
    directory.mkdir()
    return directory


def write(path: Path, text: str) -> Path:
    """The path, with this text in it."""
    path.write_text(text, encoding="utf-8")
    return path


def test_good_rules_are_exit_0_without_account_or_ledger(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs in a repository's CI, where there is neither."""
    write(rules / "a.yaml", GOOD)
    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 rule, 0 errors")


def test_every_problem_is_printed_with_its_place(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One problem a run makes a file with five take five runs."""
    write(rules / "a.yaml", BAD)
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "a.yaml:3:11: " in told
    assert "a.yaml:6:5: " in told
    assert "2 errors" in told


def test_json_is_for_machines(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Editors and dashboards read it."""
    write(rules / "a.yaml", BAD)
    assert main(["check", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert {problem["line"] for problem in told["problems"]} == {3, 6}


def test_github_marks_the_lines(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pull request shows the problem at its line."""
    write(rules / "a,b.yaml", BAD)
    assert main(["check", "--format", "github"]) == 1
    told = capsys.readouterr().out
    assert "::error file=" in told
    assert "a%2Cb.yaml,line=6,col=5::" in told


def test_paths_are_checked_each_by_itself(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files that hold the same id may be two alternatives, not one set."""
    one, two = write(rules / "a.yaml", GOOD), write(rules / "b.yaml", GOOD)
    assert main(["check", str(one), str(two)]) == 0
    assert main(["check", str(rules)]) == 1
    assert "hello" in capsys.readouterr().out


def test_a_missing_path_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt path in CI must not look like rules that are fine."""
    assert main(["check", "nowhere", "rules/none.yaml"]) == 2
    assert capsys.readouterr().err.count("there is no such file") == 2


@pytest.mark.parametrize("verb", ["check", "run"])
def test_rules_that_are_nowhere_are_a_wrong_setting(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator looks for the setting's name, and not for a mistake in a rule."""
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", "acc_none")
    monkeypatch.setenv("WORKER_RULES", "nowhere")
    assert main([verb]) == 2
    told = capsys.readouterr().err
    assert told == "worker: WORKER_RULES: nowhere: there is no such file or directory\n"


def test_wrong_settings_are_exit_2_and_rules_are_checked_all_the_same(
    rules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are problems of one deployment; its author wants both at once."""
    write(rules / "a.yaml", BAD)
    monkeypatch.setenv("WORKER_POLL_MESSAGES", "2 seconds")
    assert main(["check"]) == 2
    told = capsys.readouterr().out
    assert "WORKER_POLL_MESSAGES: " in told
    assert "a.yaml:6:5: " in told
    assert main(["check", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["settings"]
    assert main(["check", "--format", "github"]) == 2
    assert "::error::WORKER_POLL_MESSAGES: " in capsys.readouterr().out
