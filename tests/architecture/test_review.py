"""What docs/review.md offers to copy works: it parses, and the commands in it exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.architecture.refresh_docs import ROOT
from worker.cli.parser import command_line

_BLOCK = re.compile(r"^```yaml (?P<kind>\S+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)


def block(kind: str) -> Any:
    """The block of this kind, read."""
    page = (ROOT / "docs/review.md").read_text("utf-8")
    (text,) = [found["text"] for found in _BLOCK.finditer(page) if found["kind"] == kind]
    return yaml.safe_load(text)


def hooks() -> list[dict[str, Any]]:
    """The hooks this repository offers."""
    read: list[dict[str, Any]] = yaml.safe_load(
        (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    )
    return read


def commands() -> Iterator[list[str]]:
    """Every call of `worker` in the page, in the workflow and in the hooks: its arguments."""
    page = (ROOT / "docs/review.md").read_text("utf-8")
    lines = [line for found in _SHELL.finditer(page) for line in found["text"].splitlines()]
    for job in block("github")["jobs"].values():
        for step in job["steps"]:
            lines += step.get("run", "").splitlines()
    for line in lines:
        words = shlex.split(line.partition("|")[0])
        if "worker" in words:
            yield words[words.index("worker") + 1 :]
    for hook in hooks():
        yield [*hook["entry"].split()[1:], *hook["args"]]


@pytest.mark.parametrize("arguments", tuple(commands()), ids=" ".join)
def test_every_command_that_is_shown_is_one(arguments: list[str]) -> None:
    """A copied workflow would fail on the first change of rules, before anybody's review."""
    assert command_line().parse_args(arguments).call is not None


def test_commands_are_found() -> None:
    """The test above would find nothing wrong in nothing."""
    assert [one[0] for one in commands()].count("check") >= 4


def test_the_workflow_runs_for_rules_and_fetches_what_it_compares_with() -> None:
    """A shallow clone has nothing to compare with, and nobody would see the remarks."""
    workflow = block("github")
    # YAML 1.1, which GitHub does not read by, takes `on` for a truth value
    assert workflow[True]["pull_request"]["paths"] == ["rules/**"]
    steps = workflow["jobs"]["review"]["steps"]
    (checkout,) = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["fetch-depth"] == 0
    assert (ROOT / "dev").is_file()


def test_the_hooks_that_are_named_are_offered_and_complete() -> None:
    """pre-commit would refuse the whole file, and with it every commit."""
    named = {hook["id"] for repo in block("pre-commit")["repos"] for hook in repo["hooks"]}
    assert named == {hook["id"] for hook in hooks()}
    for hook in hooks():
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        assert re.search(hook["files"], "rules/price.yaml")
        assert hook["pass_filenames"] is False


def test_links_lead_somewhere() -> None:
    """A reader would end at a page that is not there."""
    page = (ROOT / "docs/review.md").read_text("utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]+)#?([^)]*)\)", page):
        file = ROOT / "docs" / target
        assert file.is_file()
        titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), flags=re.MULTILINE)
        assert not anchor or anchor in {one.lower().replace(" ", "-") for one in titles}
