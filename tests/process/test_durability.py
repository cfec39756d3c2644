"""What is not durable is not acted on; a store that fails or is damaged ends in one clear line."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from tests.process.children import ROOT, SandboxChild, WorkerChild, sandbox_child, worker_settings
from tests.process.customers import Customers, rules
from worker.ledger.rescue import rescue

COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")

UNPRIVILEGED = """
import ctypes, sys
# Root ignores modes; without its capabilities it is a user like any other.
# Source: capset(2), version 3 of its header
header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
ctypes.CDLL(None).capset(header, none)
from worker.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
SMALL_FILES = """
import resource, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from worker.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass(slots=True)
class Scene:
    """A sandbox with customers, and the settings of the worker that serves them."""

    sandbox: SandboxChild
    customers: Customers
    directory: Path
    environment: dict[str, str]
    workers: list[WorkerChild] = field(default_factory=list)

    @property
    def ledger(self) -> Path:
        """The file."""
        return self.directory / "worker.db"

    async def worker(self, *program: str, **more: str) -> WorkerChild:
        """One more was started."""
        worker = await WorkerChild.start(
            self.environment | more, program=program or ("-m", "worker", "run")
        )
        self.workers.append(worker)
        return worker

    async def serves(self) -> None:
        """A worker answers all that is due, once each, and stops as it should."""
        worker = await self.worker()
        await worker.opened()
        compared = await self.customers.served()
        assert compared.faultless, compared
        assert await worker.end(signal.SIGTERM) == 0

    async def had_a_past(self) -> None:
        """There is a ledger with answered questions."""
        await self.customers.write(8)
        await self.serves()

    async def sent(self) -> int:
        """Answers at the gateway."""
        return (await self.customers.compared()).sent

    def asked(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the worker has run, as any user."""
        return subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, *arguments],
            cwd=ROOT,
            env=_clean() | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("WORKER_")}


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Three conversations, nothing written yet."""
    (tmp_path / "rules.yaml").write_text(rules(), "utf-8")
    async with sandbox_child() as sandbox:
        customers = Customers(sandbox, seed=1)
        await customers.arrive(3)
        made = Scene(sandbox, customers, tmp_path, worker_settings(sandbox, tmp_path))
        yield made
        for worker in made.workers:
            await worker.destroy()


@pytest.fixture(scope="session")
def broken_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes a disk fail on demand."""
    library = tmp_path_factory.mktemp("disk") / "broken_disk.so"
    source = Path(__file__).with_name("broken_disk.c")
    assert COMPILER is not None
    subprocess.run(
        [COMPILER, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, text=True
    )
    return library


def one_line(worker: WorkerChild) -> str:
    """The only line on standard error."""
    (line,) = worker.complaints.splitlines()
    return line


@needs_compiler
@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("sync", "the disk failed"),
        pytest.param("full", "the disk is full", marks=pytest.mark.slow),
    ],
)
async def test_nothing_is_sent_once_the_disk_fails(
    scene: Scene, broken_disk: Path, way: str, words: str
) -> None:
    """An answer whose intent is not durable is an answer sent twice."""
    order = scene.directory / "order"
    worker = await scene.worker(LD_PRELOAD=str(broken_disk), BROKEN_DISK=str(order))
    await worker.opened()
    await scene.customers.write(4)
    before = (await scene.customers.served(quiet_s=1.0)).sent
    order.write_text(way)
    await scene.customers.write(6)
    assert await worker.ended() == 3
    assert words in one_line(worker)
    assert str(scene.ledger) in one_line(worker)
    (failed,) = [line for line in worker.lines if line["event"] == "ledger.failed"]
    assert words in failed["error"]
    assert await scene.sent() == before
    order.unlink()
    await scene.serves()


@needs_compiler
@pytest.mark.parametrize("way", ["sync", pytest.param("full", marks=pytest.mark.slow)])
async def test_a_start_on_a_failing_disk_says_so(scene: Scene, broken_disk: Path, way: str) -> None:
    """The first migration is a commit like any other."""
    order = scene.directory / "order"
    order.write_text(way)
    worker = await scene.worker(LD_PRELOAD=str(broken_disk), BROKEN_DISK=str(order))
    assert await worker.ended() == 3
    assert one_line(worker).startswith("worker: ledger")
    order.unlink()
    await scene.had_a_past()


async def test_a_file_that_may_not_grow_stops_the_worker_before_it_sends(scene: Scene) -> None:
    """A quota is met in the middle of a commit; what was sent by then is known to the next."""
    limit = str(400_000)
    worker = await scene.worker("-c", SMALL_FILES, limit, "run")
    await worker.opened()
    while worker.process.returncode is None and scene.customers.asked < 2000:
        await scene.customers.write(10)
    assert await worker.ended() == 3
    assert "nothing of this step was stored" in one_line(worker)
    assert worker.events["ledger.failed"] == 1
    compared = await scene.customers.compared()
    assert compared.doubled == compared.out_of_order == compared.foreign == 0
    await scene.serves()


def _forbid(*paths: Path) -> None:
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)


async def test_a_database_that_may_not_be_written_is_said_and_still_readable(scene: Scene) -> None:
    """A volume mounted read-only must be one line, and `worker status` must look into it."""
    await scene.had_a_past()
    beside = [one for one in scene.directory.iterdir() if one.name.startswith("worker.db")]
    _forbid(*beside, scene.directory)
    try:
        worker = await scene.worker("-c", UNPRIVILEGED, "run")
        assert await worker.ended() == 3
        assert "check the owner, mode and mount" in one_line(worker)
        status = scene.asked("status")
        assert (status.returncode, status.stderr) == (0, "")
        assert "0 without a decision" in status.stdout
    finally:
        scene.directory.chmod(0o755)
    for one in beside:
        one.chmod(0o644)
    await scene.customers.write(3)
    await scene.serves()


@pytest.mark.slow
async def test_a_file_that_may_not_be_written_in_a_writable_directory_is_said(
    scene: Scene,
) -> None:
    """A backup restored by another user looks like this."""
    await scene.had_a_past()
    _forbid(scene.ledger)
    worker = await scene.worker("-c", UNPRIVILEGED, "run")
    assert await worker.ended() == 3
    assert "may not be written; check its owner, mode and mount" in one_line(worker)
    assert scene.asked("status").returncode == 0


def _no_database(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be one " * 200)


def _middle(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        for at in range(4096, size - 4096, 4096):
            file.seek(at)
            file.write(b"\xa5" * 4096)


def _end(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _first_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)


@pytest.mark.parametrize(
    "harm",
    [
        _middle,
        pytest.param(_no_database, marks=pytest.mark.slow),
        pytest.param(_end, marks=pytest.mark.slow),
        pytest.param(_first_page, marks=pytest.mark.slow),
    ],
)
async def test_a_damaged_database_is_one_clear_line_everywhere(
    scene: Scene, harm: Callable[[Path], None]
) -> None:
    """Whoever is called at night needs to know what to do, not where Python was."""
    await scene.had_a_past()
    before = await scene.sent()
    harm(scene.ledger)
    await scene.customers.write(3)
    worker = await scene.worker()
    assert await worker.ended() == 3
    assert "damaged" in one_line(worker)
    assert "restore a backup" in one_line(worker)
    assert await scene.sent() == before
    status = scene.asked("status")
    assert status.returncode in {0, 3}
    assert "Traceback" not in status.stderr
    if status.returncode:
        assert "damaged" in status.stderr
        assert len(status.stderr.splitlines()) == 1


async def test_what_can_be_read_of_a_damaged_database_is_a_ledger_again(scene: Scene) -> None:
    """The way out that `docs/crashes.md` shows must lead out."""
    await scene.had_a_past()
    with closing(sqlite3.connect(scene.ledger)) as link:
        (root,) = link.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'intents_by_state'"
        ).fetchone()
    with scene.ledger.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xa5" * 4096)
    worker = await scene.worker()
    assert await worker.ended() == 3
    assert "worker rescue" in one_line(worker)
    rescued = scene.directory / "rescued.db"
    assert sum(rescue(scene.ledger, rescued).values()) > 0
    for name in ("worker.db-wal", "worker.db-shm"):
        (scene.directory / name).unlink(missing_ok=True)
    rescued.replace(scene.ledger)
    await scene.customers.write(3)
    await scene.serves()


async def test_after_the_loss_of_the_ledger_nobody_is_answered_twice(scene: Scene) -> None:
    """The last way out, an empty ledger, must not answer the past again."""
    await scene.had_a_past()
    before = await scene.sent()
    for one in scene.directory.glob("worker.db*"):
        one.unlink()
    scene.environment["WORKER_START_FROM"] = "now"
    worker = await scene.worker()
    await worker.opened()
    await scene.customers.served(quiet_s=2.0)
    assert await scene.sent() == before
    assert await worker.end(signal.SIGTERM) == 0
