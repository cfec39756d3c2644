"""Which files of a directory are rules."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from worker.ruleset.files import MAX_BYTES, read_rule_files


def names(folder: Path) -> list[str]:
    return [file.name for file in read_rule_files(folder)]


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("vars: {}\n", encoding="utf-8")


def test_yaml_files_are_found_at_any_depth_in_path_order(tmp_path: Path) -> None:
    """Ties of priority go by file order, so the order must be the same on every machine."""
    write(tmp_path, "b.yml", "a/z.yaml", "a/b/c.yaml", "a-b.yaml", "README.md", "schema.json")
    assert names(tmp_path) == ["a/b/c.yaml", "a/z.yaml", "a-b.yaml", "b.yml"]


def test_names_in_capitals_are_rule_files_too(tmp_path: Path) -> None:
    """A file from another system would be passed over without a word, and its rules be silent."""
    write(tmp_path, "MENU.YAML", "Price.Yml", "MENU.TEST.YAML")
    assert names(tmp_path) == ["MENU.TEST.YAML", "MENU.YAML", "Price.Yml"]
    assert [file.for_tests for file in read_rule_files(tmp_path)] == [True, False, False]


def test_what_editors_leave_behind_is_no_rule(tmp_path: Path) -> None:
    """A lock or backup file read as a rule would double it."""
    write(
        tmp_path,
        "a.yaml",
        ".hidden.yaml",
        ".#a.yaml",
        "#a.yaml#",
        "#a.yaml",
        "~a.yaml",
        "a.yaml~",
        "a.yaml.swp",
        "a.yaml.tmp",
        ".git/x.yaml",
    )
    assert names(tmp_path) == ["a.yaml"]


def test_a_mounted_config_map_is_read_once(tmp_path: Path) -> None:
    """Kubernetes shows each file as a link through `..data`; read twice, rules are doubled."""
    write(tmp_path, "..2026_01_01/a.yaml")
    (tmp_path / "..data").symlink_to("..2026_01_01")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    assert names(tmp_path) == ["a.yaml"]
    assert read_rule_files(tmp_path)[0].content == b"vars: {}\n"


def test_linked_directories_are_followed_and_circles_end(tmp_path: Path) -> None:
    """Shared rules are linked in; a link to the directory above must not hang the start."""
    write(tmp_path, "rules/a.yaml", "shared/b.yaml")
    (tmp_path / "rules/shared").symlink_to(tmp_path / "shared")
    (tmp_path / "shared/back").symlink_to(tmp_path / "rules")
    assert names(tmp_path / "rules") == ["a.yaml", "shared/b.yaml"]


def test_one_file_can_be_named(tmp_path: Path) -> None:
    """`worker check one.yaml` is how a rule is tried."""
    write(tmp_path, "one.yaml")
    (found,) = read_rule_files(tmp_path / "one.yaml")
    assert (found.name, found.problem) == ("one.yaml", None)


@pytest.mark.parametrize("what", ["absent", "empty", "fifo", "dangling", "large"])
def test_what_cannot_be_read_is_a_problem_not_a_crash(tmp_path: Path, what: str) -> None:
    """Rules disappear, grow and turn into odd things while a worker watches them."""
    where = tmp_path / "rules"
    if what != "absent":
        where.mkdir()
    if what == "fifo":
        os.mkfifo(where / "a.yaml")
    elif what == "dangling":
        (where / "a.yaml").symlink_to("nowhere")
    elif what == "large":
        (where / "a.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (found,) = read_rule_files(where)
    assert found.problem is not None
    assert found.content == b""


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    """The bound is the one that is documented."""
    (tmp_path / "a.yaml").write_bytes(b"#" * MAX_BYTES)
    assert read_rule_files(tmp_path)[0].problem is None


def test_files_for_tests_are_known_by_name(tmp_path: Path) -> None:
    """They hold only tests, and never change what customers get."""
    write(tmp_path, "a.test.yaml", "b.test.yml", "test.yaml")
    assert [file.for_tests for file in read_rule_files(tmp_path)] == [True, True, False]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_directory_is_a_problem_not_an_absence(tmp_path: Path) -> None:
    """The rules in it would silently stop to work, and the rest would go on without them."""
    write(tmp_path, "a.yaml", "closed/b.yaml")
    (tmp_path / "closed").chmod(0)
    try:
        (found,) = read_rule_files(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert found.problem is not None
    assert (found.name, found.problem.message) == ("closed", "cannot be read: permission denied")


def test_directories_that_cannot_be_listed_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for a file system that fails, and where the tests are run by root."""
    write(tmp_path, "a.yaml", "far/b.yaml")
    listed = os.scandir

    def scandir(folder: str) -> object:
        if str(folder).endswith("far"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = read_rule_files(tmp_path)
    assert found.problem is not None
    assert found.problem.message == "cannot be read: input/output error"
