"""`worker test`: exit codes, what is printed, which rules a path is for, JUnit."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.rehearsals import GREETING
from worker.cli.main import main

PASSES = """
tests:
  - name: hello is answered
    steps:
      - message: hello
      - expect: { fired: greeting }
"""
FAILS = """
tests:
  - name: bye is answered too
    steps:
      - message: bye
      - expect: { fired: greeting, sent: "\\x07Bye" }
"""
BRANCHES = """
rules:
  - id: greeting
    when: message.received
    if:
      - any:
          - text: hello
          - all: [{ channel: whatsapp }, { any: [{ text: hey }, { text: yo }] }]
    do:
      - reply: { text: { en: Hello, th: สวัสดี } }
  - id: leaving
    when: message.received
    if: [{ text: bye }]
    do: [{ tag: left }]
  - id: resting
    state: paused
    when: message.received
    do: [{ tag: never }]
"""

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules with a test that passes."""
    rules = tmp_path / "shop"
    rules.mkdir()
    (rules / "a.yaml").write_text(GREETING, "utf-8")
    (rules / "a.test.yaml").write_text(PASSES, "utf-8")
    return rules


def test_tests_that_pass_are_exit_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CI goes by the exit code."""
    assert main(["test", str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["coverage: 1 of 1 rules fired", f"{folder}/a.test.yaml: 1 passed"]
    assert said[2].startswith("1 test: 1 passed, in ")


def test_a_test_that_fails_is_exit_1_and_reads_like_a_diff(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The author must see what differed, and where the test says otherwise."""
    (folder / "b.test.yaml").write_text(FAILS, "utf-8")
    assert main(["test", str(folder)]) == 1
    said = capsys.readouterr().out
    assert (
        said.splitlines()[:6]
        == [
            f"FAILED {folder}/b.test.yaml:3: bye is answered too",
            f"  {folder}/b.test.yaml:6:26: not as expected",
            "    - fired: greeting",
            "    + fired: none",
            '        greeting on message.received "bye": condition',
            "          no  text: mentions not 'hello'",
        ]
        or "no  text" in said
    )
    assert "2 tests: 1 passed, 1 failed" in said


def test_a_broken_rule_or_test_is_exit_1_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing can be played on rules that cannot be read."""
    (folder / "a.test.yaml").write_text(PASSES.replace("greeting", "greting"), "utf-8")
    assert main(["test", str(folder)]) == 1
    assert capsys.readouterr().err == (
        f"{folder}/a.test.yaml:6:26: there is no rule 'greting'; did you mean 'greeting'?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere: there is no such file or directory"),
        (["shop", "-k", "goodbye"], "-k goodbye: no test below shop has this in its name"),
        (["shop", "--junit", "no/such/file.xml"], "--junit no/such/file.xml: cannot be written"),
        (["shop/a.yaml"], "shop/a.yaml: there is no test here; write them below 'tests'"),
        (["shop", "--colour"], "usage: worker test "),
        (["shop", "--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_misuse_is_exit_2(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    """A pipeline that tests nothing must not be green."""
    monkeypatch.chdir(folder.parent)
    try:
        code = main(["test", *arguments])
    except SystemExit as ended:  # how argparse refuses
        code = int(str(ended.code))
    assert code == 2
    assert told in capsys.readouterr().err


def test_a_wrong_setting_is_exit_2(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests would run on other rules than the author believes."""
    monkeypatch.setenv("WORKER_RULSE", str(folder))
    assert main(["test"]) == 2


def test_without_a_path_the_rules_in_use_are_tested(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`worker test` beside `worker run` means the same rules."""
    monkeypatch.setenv("WORKER_RULES", str(folder))
    assert main(["test"]) == 0
    assert "1 test: 1 passed" in capsys.readouterr().out


def test_rules_that_are_gone_are_not_looked_for_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A draft beside the rules in use passed their tests, and the worker had no rule at all."""
    monkeypatch.setenv("WORKER_RULES", str(folder))
    (folder / "a.yaml").rename(folder.parent / "draft.yaml")
    assert main(["test"]) == 1
    assert "there is no rule 'greeting'" in capsys.readouterr().err


def test_a_path_inside_the_rules_chooses_tests_and_keeps_the_rules(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of tests has no rules of its own."""
    monkeypatch.setenv("WORKER_RULES", str(folder))
    (folder / "more").mkdir()
    (folder / "more" / "b.test.yaml").write_text(FAILS, "utf-8")
    assert main(["test", str(folder / "a.test.yaml")]) == 0
    assert "coverage" not in capsys.readouterr().out  # of half the tests it would mislead
    assert main(["test", str(folder / "more")]) == 1
    assert main(["test", str(folder)]) == 1


def test_a_file_of_tests_elsewhere_is_for_the_rules_beside_it(folder: Path) -> None:
    """An author's first attempt is a folder with two files."""
    assert main(["test", str(folder / "a.test.yaml")]) == 0
    (folder / "tests").mkdir()
    (folder / "a.test.yaml").rename(folder / "tests" / "a.test.yaml")
    assert main(["test", str(folder / "tests")]) == 0


def test_tests_may_stand_beside_their_rules(folder: Path) -> None:
    """One file that shows what it does is the easiest to copy."""
    alone = folder / "alone.yaml"
    alone.write_text(GREETING + PASSES, "utf-8")
    assert main(["test", str(alone)]) == 0


def test_a_part_of_a_name_chooses_tests(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever works on one rule runs its tests."""
    (folder / "b.test.yaml").write_text(FAILS, "utf-8")
    assert main(["test", str(folder), "-k", "HELLO"]) == 0
    assert "1 test: 1 passed" in capsys.readouterr().out


def test_what_no_test_exercised_is_told_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untested branch is where the surprise will be."""
    (folder / "a.yaml").write_text(BRANCHES, "utf-8")
    assert main(["test", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[:6] == [
        f"{folder}/a.yaml:8:13: greeting: branch 2 of this any was never taken",
        f"{folder}/a.yaml:8:50: greeting: branch 1 of this any was never taken",
        f"{folder}/a.yaml:8:65: greeting: branch 2 of this any was never taken",
        f"{folder}/a.yaml:10:9: greeting never answered in th",
        f"{folder}/a.yaml:11:5: leaving never fired",
        "coverage: 1 of 2 rules fired, 1 of 4 branches of any taken, 1 of 2 texts by language said",
    ]


def test_the_junit_file_is_xml_with_one_suite_a_file(folder: Path, tmp_path: Path) -> None:
    """A report that CI cannot read is a pipeline that fails for no reason."""
    (folder / "b.test.yaml").write_text(FAILS, "utf-8")
    report = tmp_path / "report.xml"
    assert main(["test", str(folder), "--junit", str(report)]) == 1
    root = ET.fromstring(report.read_bytes())  # noqa: S314 - our own
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    assert [(one.get("name"), one.get("failures")) for one in root] == [
        (f"{folder}/a.test.yaml", "0"),
        (f"{folder}/b.test.yaml", "1"),
    ]
    good, bad = root.findall("testsuite/testcase")
    assert (good.get("name"), good.get("line"), list(good)) == ("hello is answered", "3", [])
    assert float(good.get("time", "")) > 0
    assert bad[0].tag == "failure"
    assert (bad[0].get("message") or "").startswith(f"{folder}/b.test.yaml:6:26")
    assert "- fired: greeting" in (bad[0].text or "")
    assert "\N{REPLACEMENT CHARACTER}Bye" in (bad[0].text or "")  # no control character in XML
