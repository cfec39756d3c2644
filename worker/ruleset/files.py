"""Which files are rules, and their content."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.errors import Problem

MAX_BYTES = 4 * 1024 * 1024
"""Largest rule file."""

_SUFFIXES = (".yaml", ".yml")
_CALENDAR = ".ics"
_TEST_SUFFIXES = (".test.yaml", ".test.yml")
# Editors' and Kubernetes' own: hidden files, `..data`, `#name#`, `~name`.
_NOT_RULES = (".", "#", "~")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file as it was read. `problem` where it could not be; then `content` is empty.

    `name` is the path below the rules' directory, the same on every machine.
    """

    path: str
    name: str
    content: bytes = b""
    problem: Problem | None = None

    @property
    def for_tests(self) -> bool:
        """It may hold tests only."""
        return self.name.lower().endswith(_TEST_SUFFIXES)


def read_rule_files(where: Path) -> tuple[RuleFile, ...]:
    """Every rule file of a directory in path order, or the one file; never raises."""
    if not os.path.lexists(where):
        return (_failed(where, where.name, "there is no such file or directory", _NAME_IT),)
    if not where.is_dir():
        return (read_file(where, where.name),)
    closed: list[OSError] = []
    found = sorted(rule_paths(where, closed.append), key=lambda path: path.relative_to(where).parts)
    if closed:  # the rules in there are not gone, and nobody is to think so
        return tuple(_closed(where, error) for error in closed)
    if not found:
        return (_failed(where, where.name, "there is no rule file (*.yaml, *.yml)", _NAME_IT),)
    return tuple(read_file(path, path.relative_to(where).as_posix()) for path in found)


_NAME_IT = "name the directory or file that holds the rules"


def watched_paths(where: Path) -> Iterator[Path]:
    """Every file whose change may change the rules: rule files, and calendars they take in.

    Of one file alone: calendars beside it, not those in folders below.
    """
    if where.is_dir():
        yield from rule_paths(where, suffixes=(*_SUFFIXES, _CALENDAR))
    else:
        yield where
        yield from where.parent.glob(f"*{_CALENDAR}")


def rule_paths(
    top: Path,
    on_closed: Callable[[OSError], None] | None = None,
    suffixes: tuple[str, ...] = _SUFFIXES,
) -> Iterator[Path]:
    """Every rule file below `top`, links followed, each directory once.

    Args:
        on_closed: is told each directory that cannot be listed; else it is passed over.
        suffixes: how their names end, in capitals or not: a rule that is passed over is silent.
    """
    seen: set[str] = set()
    for folder, folders, names in os.walk(top, onerror=on_closed, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()  # a link to a directory above: read once
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(_NOT_RULES))
        for name in names:
            if name.lower().endswith(suffixes) and not name.startswith(_NOT_RULES):
                yield Path(folder) / name


def read_file(path: Path, name: str, most: int = MAX_BYTES) -> RuleFile:
    """One file as it is; never raises.

    Args:
        most: the largest that is read, in bytes.
    """
    try:
        # a fifo or a device would block or never end
        if not stat.S_ISREG(path.stat().st_mode):
            return _failed(path, name, "this is no regular file", "move it elsewhere")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        return _unread(path, name, error)
    if len(content) > most:
        size = f"larger than {most >> 20} MiB"
        return _failed(path, name, size, "split it into several files")
    return RuleFile(str(path), name, content)


def _closed(where: Path, error: OSError) -> RuleFile:
    folder = Path(os.fsdecode(error.filename or where))
    return _unread(folder, folder.relative_to(where).as_posix(), error)


def _unread(path: Path, name: str, error: OSError) -> RuleFile:
    said = (error.strerror or type(error).__name__).lower()
    return _failed(path, name, f"cannot be read: {said}", "check that it exists and its rights")


def _failed(path: Path, name: str, message: str, hint: str) -> RuleFile:
    return RuleFile(str(path), name, problem=Problem(str(path), 1, 1, message, hint))
