"""`worker check --against`: what a change of rules does to customers, in one screen."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.recorded_past import Said, record
from worker.cli.main import main

BEFORE = """\
rules:
  - id: price
    when: message.received
    if: [{ text: { mentions: price } }]
    do: [{ reply: "It is 100 dollars." }]
  - id: hello
    when: message.received
    if: [{ text: { mentions: hello } }]
    do: [{ reply: "Hello!" }]
"""
AFTER = """\
rules:
  - id: price
    when: message.received
    if: [{ text: { mentions: [price, cost] } }]
    do: [{ reply: "It is 90 dollars." }]
"""
PAST = (
    Said("ann", "the price?"),
    Said("bob", "hello, price?", 1),
    Said("cat", "hello", 2),
    Said("dan", "what does it cost", 3),
    Said("eve", "thanks", 4),
)


def git(*arguments: str) -> str:
    """What git says in the working directory, as nobody in particular."""
    nobody = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *nobody, *arguments],  # noqa: S607 - the git of whoever tests
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    ).stdout


@pytest.fixture(autouse=True)
def repository(clean_environment: Path) -> Path:
    """A repository whose last commit has the rules before, and whose files are those after."""
    write("rules", BEFORE)
    git("init", "-q", "-b", "main")
    git("add", "rules")
    git("commit", "-q", "-m", "before")
    write("rules", AFTER)
    return clean_environment


def write(folder: str, text: str) -> None:
    """The folder holds these rules."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, "rules.yaml").write_text(text, "utf-8")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What `--format json` says."""
    assert main(["check", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("where", ["HEAD", "main", "old", "old/rules.yaml"])
def test_a_commit_or_a_directory_is_compared_on_the_recorded_past(
    capsys: pytest.CaptureFixture[str], where: str
) -> None:
    """A reviewer would read YAML and guess who is answered otherwise."""
    write("old", BEFORE)
    record(Path("old"), *PAST)
    assert main(["check", "rules", "--against", where]) == 0
    text = capsys.readouterr().out
    assert text.startswith("1 rule, 0 errors, 0 warnings\n")
    assert "3 before, 3 after: 0 the same, 1 new, 1 gone, 2 different" in text
    assert "4 of 5 conversations would have seen something else" in text
    assert "- price: It is 100 dollars.\n    + price: It is 90 dollars." in text
    assert "no such rule any more" in text
    assert len(text.splitlines()) <= 40


def test_the_live_rules_are_not_part_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The difference of two versions would be mixed with that to what ran last week."""
    write("live", BEFORE.replace("Hello!", "Good day!"))
    record(Path("live"), *PAST)
    report = told(capsys, "rules", "--against", "rules")["against"]["report"]
    assert report["answers"]["same"] == report["answers"]["before"] == 3
    assert report["conversations"]["affected"] == 0


def test_json_holds_the_whole_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipeline that comments on a merge request would have to read text."""
    write("old", BEFORE)
    record(Path("old"), *PAST)
    found = told(capsys, "--against", "HEAD")
    assert found["ok"] is True
    assert found["against"]["problem"] == ""
    report = found["against"]["report"]
    assert report["answers"]["gone"] == 1
    assert report["rules"]["hello"]["before"] == {"matched": 1, "outranked": 1}
    assert report["examples"]["new"][0]["asked"] == ["what does it cost"]


def test_for_github_each_rule_is_a_remark_at_its_line_without_customers_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A log that many can read would show what customers wrote."""
    write("old", BEFORE)
    record(Path("old"), *PAST)
    assert main(["check", "rules", "--against", "old", "--format", "github"]) == 0
    text = capsys.readouterr().out
    price = "::notice file=rules/rules.yaml,line=2::price: acts 2 → 3 times, 1 new, 2 different"
    assert price in text.splitlines()
    assert "::notice::hello: acts 1 → 0 times, 1 gone, outranked 1 → 0, no such rule" in text
    assert "1 gone, 2 different" in text
    assert "cost" not in text.replace("::notice", "")
    assert "conv_" not in text


def test_errors_come_first_and_nothing_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the rules compared with all of them would look like a difference."""
    write("rules", AFTER.replace("reply", "rply"))
    assert main(["check", "rules", "--against", "HEAD"]) == 1
    text = capsys.readouterr().out
    assert "rules/rules.yaml:5:" in text
    assert "not compared: the errors above come first" in text


def test_broken_rules_before_do_not_hinder_who_mends_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The change that repairs main could never be merged."""
    write("old", BEFORE.replace("reply", "rply"))
    record(Path("rules"), *PAST)
    assert main(["check", "rules", "--against", "old"]) == 0
    text = capsys.readouterr().out
    assert "the rules at old have 2 errors themselves, nothing to compare with: old/rules.y" in text


TESTS = """\
tests:
  - name: a question about the price is answered
    steps:
      - message: { text: "what is the price?" }
      - expect: { fired: price }
  - name: what it costs is the same question
    steps:
      - message: { text: "what does it cost" }
      - expect: { fired: price }
  - name: twice in a row
    steps:
      - message: { text: "price" }
      - after: 1h
        message: { text: "hello" }
"""


def test_without_a_ledger_it_is_compared_on_the_tests_of_the_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where changes are reviewed there is no ledger: nobody would ever see a comparison."""
    Path("rules/price.test.yaml").write_text(TESTS, "utf-8")
    assert main(["check", "rules", "--against", "HEAD"]) == 0
    text = capsys.readouterr().out
    assert "3 tests of the rules (there is no ledger at data/worker.db);" in text
    assert "3 before, 3 after: 0 the same, 1 new, 1 gone, 2 different" in text
    assert "3 of 3 conversations would have seen something else" in text
    assert not Path("data").exists()


def test_a_ledger_that_has_recorded_nothing_is_no_past(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever started the worker once would be told that no change does anything to anybody."""
    record(Path("rules"))
    Path("rules/price.test.yaml").write_text(TESTS, "utf-8")
    assert main(["check", "rules", "--against", "HEAD"]) == 0
    text = capsys.readouterr().out
    assert "3 tests of the rules (the ledger has recorded nothing since)" in text
    assert "3 of 3 conversations would have seen something else" in text


def test_examples_from_tests_may_be_seen_by_many(capsys: pytest.CaptureFixture[str]) -> None:
    """Authors' own words hide nothing, and show a reviewer most."""
    Path("rules/price.test.yaml").write_text(TESTS, "utf-8")
    assert main(["check", "rules", "--against", "HEAD", "--format", "github"]) == 0
    text = capsys.readouterr().out
    assert "what does it cost" in text
    assert "::notice file=rules/rules.yaml,line=2::price: acts 2 → 3 times" in text


def test_what_a_test_says_is_no_command_to_whoever_runs_the_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A proposed change could speak to the runner of the workflow in the name of the check."""
    wicked = TESTS.replace('"what does it cost"', '"::add-mask::what does it cost"')
    Path("rules/price.test.yaml").write_text(wicked, "utf-8")
    assert main(["check", "rules", "--against", "HEAD", "--format", "github"]) == 0
    text = capsys.readouterr().out
    assert "“::add-mask::what does it cost”" in text
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert all(line.startswith("::notice") for line in commands)


def test_tests_that_only_the_rules_before_have_are_played_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A change that takes away a rule with its tests would show no difference."""
    write("old", BEFORE)
    Path("old/hello.test.yaml").write_text(
        "tests:\n  - name: greeted\n    steps:\n      - message: { text: hello }\n", "utf-8"
    )
    report = told(capsys, "rules", "--against", "old")["against"]["report"]
    assert report["answers"]["gone"] == report["answers"]["before"] == 1


def test_without_ledger_and_tests_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """No difference would be believed where nothing was compared."""
    assert main(["check", "rules", "--against", "HEAD"]) == 0
    text = capsys.readouterr().out
    assert "nothing to compare on: the rules have no tests, and there is no ledger" in text


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--against", "nowhere"], "--against nowhere: there is no such directory, and git knows"),
        (["--against=-x"], "--against -x: there is no such directory, and git knows"),
        (["--against=--output=x"], "--against --output=x: there is no such directory"),
        (["--against", "HEAD", "--since", "soon"], "--since soon: expected"),
        (["--since", "7d"], "--since is for --against"),
        (["rules", "--against", "HEAD"], "name one path"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_it(
    capsys: pytest.CaptureFixture[str], arguments: list[str], wrong: str
) -> None:
    """Something else would be compared, and nobody would know."""
    assert main(["check", "rules", *arguments]) == 2
    assert wrong in capsys.readouterr().err
    assert not Path("x").exists()


def test_a_path_that_commit_does_not_have_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A new directory of rules would be compared with nothing, in silence."""
    write("more/rules", AFTER)
    assert main(["check", "more/rules", "--against", "HEAD"]) == 2
    assert "--against HEAD: there is no more/rules in that commit" in capsys.readouterr().err


def test_outside_a_repository_a_commit_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Git's own words are about work trees; the author has a directory."""
    lone = tmp_path_factory.mktemp("lone")
    (lone / "rules.yaml").write_text(AFTER, "utf-8")
    assert main(["check", str(lone), "--against", "HEAD"]) == 2
    assert f"{lone} is in no git repository" in capsys.readouterr().err


def test_a_single_file_and_names_git_could_misread_are_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder called like a pattern would be compared with others as well."""
    odd = ":(top)rules [1]*"
    write(odd, BEFORE)
    git("--literal-pathspecs", "add", odd)
    git("commit", "-q", "-m", "odd names")
    write(odd, AFTER)
    record(Path("rules"), *PAST)
    for path in (odd, f"{odd}/rules.yaml"):
        report = told(capsys, path, "--against", "HEAD")["against"]["report"]
        assert report["answers"]["different"] == 2


@pytest.mark.parametrize("linked", ["rules", "rules/rules.yaml"])
def test_a_link_is_followed_to_where_git_keeps_the_files(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory, linked: str
) -> None:
    """Rules that are mounted by a link would be answered with a traceback."""
    record(Path("rules"), *PAST)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    link = elsewhere / Path(linked).name
    link.symlink_to(Path(linked).absolute())
    report = told(capsys, str(link), "--against", "HEAD")["against"]["report"]
    assert report["answers"]["different"] == 2


def test_a_link_out_of_the_repository_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file is there, and git knows nothing of it."""
    lone = tmp_path_factory.mktemp("lone")
    (lone / "rules.yaml").write_text(AFTER, "utf-8")
    Path("lone.yaml").symlink_to(lone / "rules.yaml")
    assert main(["check", "lone.yaml", "--against", "HEAD"]) == 2
    assert "lone.yaml is in no git repository" in capsys.readouterr().err


def test_a_hook_of_git_compares_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells its hooks where it works; the whole repository would be read as rules."""
    record(Path("rules"), *PAST)
    Path("other.yaml").write_text("no: rules\n", "utf-8")
    git("add", "other.yaml")
    git("commit", "-q", "-m", "other")
    monkeypatch.setenv("GIT_DIR", str(Path(".git").absolute()))
    monkeypatch.setenv("GIT_INDEX_FILE", str(Path(".git/index").absolute()))
    report = told(capsys, "rules", "--against", "HEAD")["against"]["report"]
    assert report["answers"]["different"] == 2


def test_nothing_of_the_repository_changes() -> None:
    """A check that leaves files or moves the index would be part of the next commit."""
    before = git("status", "--porcelain")
    main(["check", "rules", "--against", "HEAD"])
    assert git("status", "--porcelain") == before
