"""What documents show works: each block of YAML passes the loader, each link leads somewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.architecture.refresh_docs import ROOT
from worker.cli.parser import FAMILIES
from worker.errors import errors_among
from worker.model.event import EventKind
from worker.model.gateway import Capability
from worker.model.verdict import Reason
from worker.ruleset.document import read_document
from worker.ruleset.load import check_rules

DOCUMENTS = ("README.md", "rules/README.md", "worker/README.md", "worker/DECISIONS.md")

_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)\)")
_SHARED = "rules/names.yaml"


def blocks() -> Iterator[tuple[str, str]]:
    """Every block of YAML, with where it stands."""
    for path in DOCUMENTS:
        text = (ROOT / path).read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 2
            yield f"{path}:{line}", found[1]


BLOCKS = tuple(blocks())


_RULE = "rules: [{ id: other, when: message.received, do: [{ stop: true }] }]\n"


def complaints(folder: Path, text: str, *, advice: bool = False) -> Sequence[str]:
    """What is wrong with a rule file that may use the shipped names; warnings with `advice`."""
    folder.mkdir(parents=True)
    (folder / "shown.yaml").write_text(text, encoding="utf-8")
    shown = set(read_document("", text.encode()).value)
    if not {"phrases", "vars", "calendars"} & shown:
        shutil.copy(ROOT / _SHARED, folder / "names.yaml")
    if not {"rules", "tests"} & shown:
        (folder / "rule.yaml").write_text(_RULE, encoding="utf-8")
    _, problems = check_rules(folder, capabilities=frozenset(Capability))
    return [str(problem) for problem in (problems if advice else errors_among(problems))]


def as_rules(item: str) -> Iterator[str]:
    """Rule files around one item of `if`, of `do`, or of a test's `steps`: one must be right."""
    lines = "\n".join(f"      {line}" for line in item.splitlines())
    for kind in (EventKind.MESSAGE_RECEIVED, EventKind.NOTIFICATION_CREATED):
        head = f"rules:\n  - id: shown\n    when: {kind.value}\n"
        yield f"{head}    if:\n{lines}\n    do:\n      - stop: true\n"
        yield f"{head}    do:\n{lines}\n"
    rule = "rules:\n  - {id: price-list, when: message.received, do: [{stop: true}]}\n"
    begin = "      - notification: {id: n1, type: 201}\n"
    yield f"{rule}tests:\n  - name: shown\n    contacts: {{c1: }}\n    steps:\n{begin}{lines}\n"


def items(block: str) -> Iterator[str]:
    """A YAML list's items, each as a list of its own."""
    yield from (piece for piece in re.split(r"^(?=- )", block, flags=re.MULTILINE) if piece.strip())


@pytest.mark.parametrize(("place", "block"), BLOCKS, ids=[place for place, _ in BLOCKS])
def test_every_block_of_yaml_passes_the_loader(tmp_path: Path, place: str, block: str) -> None:
    """Whoever copies from the documents would be told that they are wrong."""
    if not block.startswith("- "):
        assert not complaints(tmp_path / "rules", block, advice=True), place
        return
    for number, item in enumerate(items(block)):
        tried = [
            complaints(tmp_path / f"{number}-{way}", text)
            for way, text in enumerate(as_rules(item))
        ]
        assert not all(tried), f"{place}: {item}\n{tried}"


def test_documents_show_rules() -> None:
    """The test above would find nothing wrong in nothing."""
    assert sum(1 for place, _ in BLOCKS if place.startswith("rules/README.md")) > 10


def test_the_checkout_has_every_command_of_the_worker() -> None:
    """`./dev check` worked, so `./dev explain` is typed next."""
    verbs = {family.__module__.rpartition(".")[2] for family in FAMILIES}
    cases = re.findall(
        r"^    ([a-z |]+)\)$", (ROOT / "dev").read_text(encoding="utf-8"), re.MULTILINE
    )
    missing = verbs - set(" | ".join(cases).split(" | "))
    assert not missing  # `test` is there too: the tests of the checkout


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_leads_to_a_file(path: str) -> None:
    """A reader would end at a page that is not there."""
    text = (ROOT / path).read_text(encoding="utf-8")
    targets = [target for target in _LINK.findall(text) if "://" not in target]
    missing = [one for one in targets if not (ROOT / path).parent.joinpath(one).exists()]
    assert not missing


def test_the_guide_explains_every_reason() -> None:
    """An operator would meet a word nobody explained."""
    guide = (ROOT / "rules/README.md").read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"`{reason.value}`" not in guide] == []


def test_the_guide_lists_every_shipped_file() -> None:
    """A file without a line would be found by accident only."""
    guide = (ROOT / "rules/README.md").read_text(encoding="utf-8")
    files = (path.name for path in (ROOT / "rules").glob("*.yaml"))
    names = sorted(name for name in files if not name.endswith(".test.yaml"))
    assert names == sorted(set(re.findall(r"^\| \[([\w-]+\.yaml)\]", guide, flags=re.MULTILINE)))


def test_every_dependency_has_its_reason() -> None:
    """A library nobody remembers the reason for is never taken out again."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = project.partition("dependencies = [")[2].partition("]")[0]
    names = [name.lower() for name in re.findall(r'"([A-Za-z0-9_-]+)', listed)]
    decisions = (ROOT / "worker/DECISIONS.md").read_text(encoding="utf-8").lower()
    headings = " ".join(re.findall(r"^### .*", decisions, flags=re.MULTILINE))
    assert [name for name in names if name not in headings] == []
