"""The command line: right exit codes, one clear line for what goes wrong, never a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from worker.cli.main import INTERRUPTED, READER_GONE, complain, main
from worker.errors import LedgerError, Problem, RulesError, SettingsError, WorkerError

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _empty_surroundings(clean_environment: Path) -> None:
    """No setting of the machine reaches these tests."""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bogus"],
        ["check", "--format", "xml"],
        ["demo", "--speed", "0"],
        ["demo", "--speed", "fast"],
        ["sandbox", "--port", "70000"],
        ["sandbox", "--generation", "v9"],
        ["status", "--yaml"],
        ["run", "now"],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts tell wrong usage from a wrong rule by this code."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", ["run", "demo", "sandbox", "check", "status", "schema", "healthcheck"]
)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` is the manual people have at hand."""
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == 0
    assert f"worker {verb}" in capsys.readouterr().out


def test_the_help_of_run_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """It is made from the code, so it cannot be out of date."""
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    shown = capsys.readouterr().out
    assert "WORKER_ACCESS_TOKEN_FILE" in shown
    assert "WORKER_SHUTDOWN_GRACE [20s]" in shown


def test_run_without_a_token_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing everybody forgets."""
    assert main(["run"]) == 2
    told = capsys.readouterr().err
    assert told == (
        "worker: WORKER_ACCESS_TOKEN: is required; set it or WORKER_ACCESS_TOKEN_FILE\n"
    )


def test_run_names_an_unknown_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that is misspelt must stop the start, not be passed over."""
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", "acc_x")
    monkeypatch.setenv("WORKER_PLATFROM", "imbrace")
    assert main(["run"]) == 2
    assert "did you mean WORKER_PLATFORM?" in capsys.readouterr().err


def test_run_with_broken_rules_is_exit_1_with_every_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A worker that starts without rules looks alive and answers nobody."""
    (tmp_path / "rules.yaml").write_text("rules:\n  - id: BAD ID\nbogus: 1\n", encoding="utf-8")
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", "acc_x")
    monkeypatch.setenv("WORKER_RULES", "rules.yaml")
    monkeypatch.setenv("WORKER_HTTP_PORT", "off")
    assert main(["run"]) == 1
    told = capsys.readouterr().err
    assert "rules.yaml:2:" in told
    assert "rules.yaml:3:1: " in told
    assert "Traceback" not in told
    assert not (tmp_path / "data").exists()


def test_run_from_a_time_to_come_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in the year would leave every customer without an answer, in silence."""
    monkeypatch.setenv("WORKER_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", "acc_x")
    monkeypatch.setenv("WORKER_RULES", ".")
    monkeypatch.setenv("WORKER_START_FROM", "2999-01-01T00:00:00Z")
    assert main(["run"]) == 2
    assert (
        "WORKER_START_FROM: 2999-01-01T00:00:00+00:00 is still to come" in capsys.readouterr().err
    )


def test_run_on_a_port_that_is_taken_leaves_no_ledger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A start that failed would look like a worker with nothing to do."""
    (tmp_path / "rules.yaml").write_text("rules: []\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("WORKER_ACCESS_TOKEN", "acc_x")
        monkeypatch.setenv("WORKER_RULES", "rules.yaml")
        monkeypatch.setenv("WORKER_HTTP_PORT", str(other.getsockname()[1]))
        assert main(["run"]) == 2
    assert "is taken by another program" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WorkerError("a"), 1),
        (SettingsError("a"), 2),
        (LedgerError("a"), 3),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_an_error_is_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    """Supervisors decide by the code whether to try again."""

    def fail(**_options: object) -> None:
        raise error

    monkeypatch.setattr("worker.settings.load_settings", fail)
    assert main(["status"]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_complaints_cannot_move_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule file's text ends up in them."""
    complain(SettingsError("one\x1b[2J\ntwo"))
    complain(RulesError((Problem("a.yaml", 1, 2, "odd \x07 key", hint="mend"),)))
    assert capsys.readouterr().err == (
        "worker: one\\x1b[2J\nworker: two\na.yaml:1:2: odd \\x07 key; mend\n"
    )


def test_a_reader_that_leaves_is_no_failure(tmp_path: Path) -> None:
    """`worker run --help | head -1` must not print a traceback."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "worker", "check", "--format", "json"],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WORKER_RULES": str(ROOT / "rules")},
        check=False,
    )
    os.close(write)
    assert done.returncode == READER_GONE
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("shell", ["> /dev/full", ">&-"], ids=["full", "closed"])
def test_output_that_cannot_be_written_is_no_traceback(tmp_path: Path, shell: str) -> None:
    """A full disk would read as a fault of the rules."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m worker check --format json {shell}"],
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WORKER_RULES": str(ROOT / "rules")},
        check=False,
        text=True,
    )
    said = "worker: the output cannot be written: no space left on device\n"
    assert (done.returncode, done.stderr) == ((3, said) if "full" in shell else (0, ""))


def test_healthcheck_says_1_where_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Container engines know 0 and 1 only; 2 is reserved."""
    for name, value in (("PORT", "0"), ("PORT", "nonsense"), ("PORT", "1")):
        monkeypatch.setenv(f"WORKER_HTTP_{name}", value)
        assert main(["healthcheck"]) == 1
    monkeypatch.setenv("WORKER_HTTP_PORT", "off")
    assert main(["healthcheck"]) == 0
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Editors read it."""
    import json

    assert main(["schema"]) == 0
    assert "rules" in json.loads(capsys.readouterr().out)["properties"]
