"""The demo: sandbox, worker and script together, ended by a summary that is checked."""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from worker.app import run
from worker.clock import SystemClock
from worker.demo.play import Play
from worker.demo.screen import Screen
from worker.demo.script import SCENES
from worker.errors import SettingsError
from worker.ledger import open_ledger
from worker.log import configure_logs
from worker.model.ids import AccountId
from worker.model.ledger import Ledger
from worker.model.verdict import Reason
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.server import SandboxServer
from worker.settings import Settings

READY_S = 15.0
BUDGET = 6000
"""Requests per minute: the sandbox is ours, and the demo should not wait for a budget."""


async def run_demo(
    *,
    keep: bool = False,
    speed: float = 1.0,
    plain: bool = False,
    picture: Path | None = None,
) -> int:
    """The demo has been shown: 0 if every customer got exactly what the script says, else 1.

    Args:
        keep: goes on, with the sandbox open to play in, until interrupted.
        speed: customers type this many times faster.
        picture: what was shown is also written there, as SVG.
    """
    clock = SystemClock()
    screen = Screen(plain=plain, record=picture is not None)
    gateway = SandboxGateway(clock)
    server = SandboxServer(gateway)
    await server.start()
    with tempfile.TemporaryDirectory(prefix="worker-demo-") as directory:
        settings = _settings(server.base_url, gateway.access_token, Path(directory))
        log = Path(directory) / "worker.log"
        with log.open("w", encoding="utf-8") as stream:
            configure_logs(level="info", format="json", stream=stream)
            try:
                code = await _show(settings, gateway, server, screen, clock, keep=keep, speed=speed)
            finally:
                configure_logs(level="error", stream=io.StringIO())
                await server.stop()
    if picture is not None:
        await asyncio.to_thread(picture.write_text, screen.picture(), "utf-8")
    return code


async def _show(
    settings: Settings,
    gateway: SandboxGateway,
    server: SandboxServer,
    screen: Screen,
    clock: SystemClock,
    *,
    keep: bool,
    speed: float,
) -> int:
    stop = asyncio.Event()
    address: list[str] = []
    listening = asyncio.Event()

    def heard(where: str) -> None:
        address.append(where)
        listening.set()

    working = asyncio.create_task(run(settings, stop=stop, listening=heard))
    waiting = asyncio.create_task(listening.wait())
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        working.result()
    screen.heading("One worker, one simulated platform, the rules of this project")
    screen.fact(f"rules {settings.rules}   sandbox {server.base_url}")
    screen.fact(f"probes and metrics {address[0]}")
    ledger = open_ledger(settings.database_url, read_only=True)
    await ledger.open()
    decisions = _Decisions(ledger)
    play = Play(gateway, server, screen, clock, speed=speed, decided=decisions.fresh)
    try:
        await _ready(gateway, clock)
        for scene in SCENES:
            await play.perform(scene)
            if working.done():
                working.result()
        await play.settle()
        rows = play.checked()
        screen.summary(rows)
        right = all(row[3] for row in rows)
        screen.console.print(
            f"[bold]{'Every customer got exactly what the script says.' if right else 'WRONG.'}[/]"
        )
        if keep:
            screen.fact(f"still running; token {gateway.access_token}; Ctrl-C ends it")
            with suppress(asyncio.CancelledError):
                await stop.wait()
        return 0 if right else 1
    finally:
        stop.set()
        await asyncio.gather(working, return_exceptions=True)
        await ledger.close()


async def _ready(gateway: SandboxGateway, clock: SystemClock) -> None:
    """The worker has read both lists once: from now on, what happens is new."""
    until = clock.monotonic() + READY_S
    while clock.monotonic() < until:
        asked = gateway.requests.counts
        if asked.get("list_notifications") and asked.get("list_team_conversations"):
            await clock.sleep(0.5)
            return
        await clock.sleep(0.05)


class _Decisions:
    """Reads the worker's decisions from its ledger, as any tool may while it runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: set[str] = set()

    async def fresh(self) -> list[str]:
        """One line for each decision not told before."""
        lines = []
        for stored in reversed(await self._ledger.events(AccountId("imbrace"), limit=30)):
            trace = stored.trace
            if trace is None or stored.event.id in self._seen:
                continue
            self._seen.add(stored.event.id)
            for one in trace.rules:
                if one.reason is Reason.MATCHED:
                    lines.append(f"{one.rule} acts on {stored.event.kind.value}")
                elif one.reason not in (Reason.CONDITION, Reason.PAUSED):
                    lines.append(f"{one.rule} is withheld: {one.reason.value} ({one.detail})")
        return lines


def _settings(base_url: str, token: str, directory: Path) -> Settings:
    return Settings(
        base_url=base_url,
        access_token=SecretStr(token),
        rules=_shipped_rules(),
        database_url=f"sqlite:///{directory / 'worker.db'}",
        poll_messages="500ms",
        poll_notifications="1s",
        settling_time="2s",
        requests_per_minute=BUDGET,
        http_port=0,
        watch=False,
    )


def _shipped_rules() -> Path:
    for place in (Path("rules"), Path(__file__).parents[2] / "rules"):
        if (place / "schema.json").is_file():
            return place
    raise SettingsError("no shipped rules here: start the demo in the project's directory")
