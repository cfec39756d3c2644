"""What can be known about the container without a container engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.sources import ROOT
from worker.cli.parser import command_line
from worker.duration import parse_duration
from worker.settings import Settings
from worker.settings.load import NAMES, load_settings

DOCKERFILE = ROOT / "Dockerfile"
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """The Dockerfile's instructions, continued lines joined, comments left out."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(name.upper(), rest.strip()) for name, _, rest in pairs]


def last_stage() -> list[Instruction]:
    """The instructions that make the image that is shipped."""
    every = instructions()
    return every[max(number for number, one in enumerate(every) if one[0] == "FROM") :]


def only(name: str) -> str:
    """The argument of an instruction that must stand once in the last stage."""
    (found,) = [rest for instruction, rest in last_stage() if instruction == name]
    return found


def environment() -> dict[str, str]:
    """The variables the image sets."""
    return dict(pair.split("=", 1) for pair in only("ENV").split())


@pytest.fixture
def compose() -> Any:
    """The compose file."""
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def test_the_image_is_made_in_stages_from_a_slim_one() -> None:
    """Compilers and caches in the shipped image are megabytes, and tools for an intruder."""
    stages = [rest for name, rest in instructions() if name == "FROM"]
    assert len(stages) >= 2
    assert all("-slim" in stage for stage in stages)


def test_it_runs_as_a_numbered_user_that_is_not_root() -> None:
    """An orchestrator that insists on non-root can only check a number."""
    user, group = only("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    after = [name for name, _ in last_stage()][[name for name, _ in last_stage()].index("USER") :]
    assert "COPY" not in after
    assert "RUN" not in after


def test_libraries_come_from_the_lock_with_their_hashes() -> None:
    """An image must hold what was tested, not what was newest that day."""
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert installs
    for one in installs:
        assert "--require-hashes" in one
        assert "requirements.lock" in one
        assert "://" not in one


def test_nothing_is_fetched_from_an_address() -> None:
    """What an address gives today it may not give tomorrow."""
    assert "ADD" not in {name for name, _ in instructions()}
    assert not re.search(r"https?://", DOCKERFILE.read_text(encoding="utf-8"))


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    """A build that fails at its third step is found by whoever deploys."""
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = set()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            copied |= {part.strip("/") for part in rest.split()[:-1]}
    assert copied <= allowed
    assert all((ROOT / one).exists() for one in copied)
    assert allowed <= copied


def test_no_secret_can_get_into_the_image() -> None:
    """Everything that was ever in a layer can be read by whoever has the image."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    assert not re.search(r"(?i)(token|password|secret)\s*=\s*\S", DOCKERFILE.read_text("utf-8"))
    assert "ARG" not in {name for name, _ in instructions()}


def test_signals_reach_the_worker() -> None:
    """Through a shell, SIGTERM would be lost and every stop would be a kill."""
    assert json.loads(only("ENTRYPOINT")) == ["python", "-m", "worker"]
    assert json.loads(only("CMD")) == ["run"]
    assert only("STOPSIGNAL") == "SIGTERM"


def test_the_entry_point_and_the_health_check_are_commands_that_exist(tmp_path: Path) -> None:
    """A health check that cannot be run makes every container sick."""
    check = json.loads(only("HEALTHCHECK").partition("CMD ")[2])
    assert check[:3] == json.loads(only("ENTRYPOINT"))
    command_line().parse_args(check[3:])
    command_line().parse_args(json.loads(only("CMD")))
    done = subprocess.run(
        [sys.executable, *check[1:]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WORKER_HTTP_PORT": "off"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


def test_the_worker_starts_from_a_file_system_it_cannot_write_to() -> None:
    """`read_only` is what careful operators set; bytecode and data must not need the root."""
    image = environment()
    assert image["PYTHONDONTWRITEBYTECODE"] == "1"
    volumes = json.loads(only("VOLUME"))
    database = image["WORKER_DATABASE_URL"].removeprefix("sqlite:///")
    assert any(database.startswith(f"{volume}/") for volume in volumes)
    assert image["WORKER_RULES"] in volumes


def test_the_settings_of_the_image_are_settings(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt one would stop every container at its start."""
    for name, value in environment().items():
        if name.startswith("WORKER_"):
            assert name in NAMES
            monkeypatch.setenv(name, value)
    settings = load_settings()
    assert f"EXPOSE {settings.http_port}" in {f"{name} {rest}" for name, rest in last_stage()}


def test_the_settings_of_the_compose_file_are_settings(
    compose: Any, clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing set outside, `docker compose up` must get as far as the token."""
    secrets = compose["secrets"]
    for name, value in compose["services"]["worker"]["environment"].items():
        assert name in NAMES
        default = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        if name.endswith("_FILE"):
            assert default.removeprefix("/run/secrets/") in secrets
        else:
            monkeypatch.setenv(name, default)
    load_settings()


def test_compose_runs_it_as_it_is_meant_to_run(compose: Any) -> None:
    """People copy this file; what it leaves out, they leave out."""
    service = compose["services"]["worker"]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108 - the container's own
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][1:] == json.loads(
        only("HEALTHCHECK").partition("CMD ")[2]
    )
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    mounts = {mount.split(":")[1]: mount for mount in service["volumes"]}
    assert set(mounts) == set(json.loads(only("VOLUME")))
    assert mounts["/rules"].endswith(":ro")
    assert mounts["/data"].split(":")[0] in compose["volumes"]


def test_the_engine_waits_longer_than_the_worker_needs_to_stop(compose: Any) -> None:
    """A kill during the grace time turns calls into ones of unknown outcome."""
    patience = parse_duration(compose["services"]["worker"]["stop_grace_period"])
    assert patience >= Settings().shutdown_grace + timedelta(seconds=5)
