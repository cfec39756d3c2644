"""The page "Write your first rule in ten minutes" is followed word by word: each file is saved,
each change is made, each command is run, and what it prints is what the page shows.
"""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from worker.clock import SystemClock

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-rule.md"
PATIENCE_S = 90.0
"""A command that looks at something under way is run again for so long."""

AT_ONCE = ("/play/", "check", "test", "--text", "grep")
"""In commands that change something, or whose answer is the same each time: they are run once."""

LONGEST_S = 120.0
_BLOCK = re.compile(r"^```(yaml|diff|console)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"`([\w./-]+\.yaml)`")
_ID = re.compile(r"\b(con|conv|msg)_[0-9a-f][0-9a-f-]{30,}")


@dataclass
class Reader:
    """Somebody who does what the page says, in a directory of their own.

    Args:
        ports: what stands on the page, and what is free here.
    """

    here: Path
    ports: Mapping[str, str]
    environment: Mapping[str, str]
    file: Path = Path()
    ids: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    commands: int = 0

    def follow(self, page: str) -> None:
        """The whole page has been followed."""
        for block in _BLOCK.finditer(page):
            kind, text = block[1], block[2]
            if kind == "yaml":
                self.file = self.here / _NAMED.findall(page[: block.start()])[-1]
                self.file.parent.mkdir(exist_ok=True)
                self.file.write_text(text, "utf-8")
            elif kind == "diff":
                self.change(text)
            else:
                for command, output in entered(text):
                    self.enter(command, output)

    def change(self, diff: str) -> None:
        """The lines with - are replaced by those with +, in the file that has them."""
        old = "".join(line[1:] + "\n" for line in diff.splitlines() if line.startswith("-"))
        new = "".join(line[1:] + "\n" for line in diff.splitlines() if line.startswith("+"))
        holders = [
            path
            for path in sorted(self.here.glob("rules/*.yaml"))
            if old in path.read_text("utf-8")
        ]
        # one file has these lines; of several the one that the page named last
        file = self.file if self.file in holders else holders[0]
        text = file.read_text("utf-8")
        at = text.rindex(old)
        file.write_text(text[:at] + new + text[at + len(old) :], "utf-8")

    def enter(self, command: str, output: str) -> None:
        """The command prints what the page shows; soon, where it looks at something under way."""
        self.commands += 1
        for known, here in self.ports.items():
            command = command.replace(known, here)
        for prefix, full in self.ids.items():
            command = re.sub(rf"\b{prefix}_…", full, command)
        assert "…" not in command, f"nothing before tells which id is meant: {command}"
        if command.endswith("&"):
            self.start(command.removesuffix("&"))
            return
        clock = SystemClock()
        until = clock.monotonic() + PATIENCE_S
        at_once = any(word in command for word in AT_ONCE)
        while True:
            printed = self.run(command)
            if fits(output, printed):
                break
            assert not at_once, f"$ {command}\n{printed}\ninstead of\n{output}"
            assert clock.monotonic() < until, f"$ {command}\n{printed}\ninstead of\n{output}"
        self.ids |= {found[1]: found[0] for found in _ID.finditer(printed)}

    def run(self, command: str) -> str:
        """What the command prints, errors included."""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.here,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        return done.stdout + done.stderr

    def start(self, command: str) -> None:
        """The command goes on beside the next ones."""
        self.running.append(
            subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                cwd=self.here,
                env=dict(self.environment),
                start_new_session=True,
            )
        )

    def leave(self) -> None:
        """What was started is stopped."""
        for one in reversed(self.running):
            one.terminate()
        for one in self.running:
            one.wait(LONGEST_S)


def entered(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, with what the page shows it to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command.strip(), output


def fits(shown: str, printed: str) -> bool:
    """It is what the page shows; `…` stands for anything, alone in a line for any lines."""
    if not shown:
        return not printed
    pattern = ""
    for line in shown.splitlines():
        inner = ".*".join(re.escape(part.rstrip()) for part in line.split("…"))
        pattern += r"(?:.*\n)*?" if line == "…" else inner + r"[ \t]*\n"
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader with `worker` on the path, and ports that nobody uses."""
    tools, here = tmp_path / "tools", tmp_path / "here"
    tools.mkdir()
    here.mkdir()
    worker = tools / "worker"
    worker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m worker "$@"\n', "utf-8")
    worker.chmod(worker.stat().st_mode | stat.S_IXUSR)
    with socket.socket() as one, socket.socket() as another:
        one.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        ports = {"8090": str(one.getsockname()[1]), "8080": str(another.getsockname()[1])}
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("WORKER_")
    } | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "WORKER_HTTP_PORT": ports["8080"],
        "COLUMNS": "200",
    }
    made = Reader(here, ports, environment)
    yield made
    made.leave()


def test_the_page_is_right_word_by_word(reader: Reader) -> None:
    """A newcomer whose first command prints something else than the page closes the page."""
    reader.follow(PAGE.read_text("utf-8"))
    assert reader.commands > 15


def test_what_is_shown_is_compared() -> None:
    """A comparison that lets everything pass would keep a wrong page."""
    assert fits("1 rule, … errors\n", "1 rule, 0 errors\n")
    assert not fits("1 rule, 0 errors\n", "1 rule, 1 errors\n")
    assert not fits("1 rule\n", "1 rule\n2 rules\n")
    assert fits("a\n…\nz\n", "a\nb\nc\nz\n")
    assert not fits("a\n…\nz\n", "a\nb\nc\n")
    assert not fits("", "something")
    assert list(entered("$ a b\nout\n$ c\n")) == [("a b", "out\n"), ("c", "")]
