"""Rules as they stood elsewhere: in another directory, or in git at some commit."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import SettingsError

_OF_A_HOOK = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""Git sets these for its hooks; by them it would take any folder for the top of the repository."""


@contextmanager
def rules_elsewhere(path: Path, where: str) -> Iterator[Path]:
    """The rules to compare `path` with.

    Args:
        where: a directory or file that is there, else what git knows as a commit (a branch, a tag,
            `HEAD~1`); the same path is looked up in it.

    Raises:
        SettingsError: it is neither; with what to do.
    """
    if os.path.lexists(where):
        yield Path(where)
        return
    with tempfile.TemporaryDirectory(prefix="worker-rules-") as folder:
        yield _from_git(path, where, Path(folder))


def _from_git(path: Path, where: str, folder: Path) -> Path:
    real = path.resolve()  # a link is followed: git keeps the files where they are
    home = real if real.is_dir() else real.parent
    top = _git(home, "rev-parse", "--show-toplevel")
    if top is None:
        raise SettingsError(
            f"--against {where}: there is no such directory, and {path} is in no git repository"
        )
    root = Path(os.fsdecode(top).removesuffix("\n"))
    commit = None
    if not where.startswith("-"):  # to git that is an option
        commit = _git(root, "rev-parse", "--verify", "--quiet", f"{where}^{{commit}}")
    if commit is None:
        raise SettingsError(
            f"--against {where}: there is no such directory, and git knows no such commit here; "
            "fetch it first (a shallow clone has one commit only)"
        )
    named = commit.decode().strip()
    within = real.relative_to(root.resolve())
    content = _git(root, "--literal-pathspecs", "archive", "--format=tar", named, "--", str(within))
    if content is None:
        raise SettingsError(f"--against {where}: there is no {within} in that commit")
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise SettingsError(f"--against {where}: {within} cannot be unpacked: {error}") from error
    return folder / within


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git answers; None where it refuses.

    Raises:
        SettingsError: there is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603 - no shell; a name that begins with - was refused
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the git of whoever asks
            capture_output=True,
            check=False,
            env={name: value for name, value in os.environ.items() if name not in _OF_A_HOOK},
        )
    except FileNotFoundError as error:
        raise SettingsError("git is not installed; name a directory with the rules") from error
    return done.stdout if done.returncode == 0 else None
