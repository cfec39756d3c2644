"""No secret leaves the worker, whichever way one looks at it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.process.children import (
    PATIENCE_S,
    ROOT,
    SandboxChild,
    WorkerChild,
    passes,
    sandbox_child,
    worker_settings,
)

HTTP_TOKEN = "http-5e4c1d9b7a2f"
HOOK_SECRET = "hook-81c07f3be65a94d2"
DIGITS_SECRET = "80917263544536271809"
DATABASE_SECRET = "database-c93a6e7f10"
URL_SECRET = "url-77f0a4b9d21e"
HANDED = (HTTP_TOKEN, HOOK_SECRET, DIGITS_SECRET, DATABASE_SECRET, URL_SECRET)

RULES = """
rules:
  - id: told
    when: message.received
    do:
      - webhook:
          url: "http://127.0.0.1:{port}/hook"
          secret: "{secret}"
          json: {{ said: "{{{{ message.text }}}}" }}
          timeout: 1s
      - reply: "Hello"
"""
# Each is a slip of the pen beside or in the secret; what is said about it must not repeat it.
_BEFORE = "rules:\n  - id: told\n    do:\n      - webhook:"
BROKEN = (
    " {{url: 'https://a.example/', secret: %{secret}}}",
    " {{url: 'https://a.example/', secret: @{secret}}}",
    " {{'secret': %{secret}}}",
    "\n          secret: `{secret}",
    "\n          secret: '{secret}",
    "\n         url: x\n          secret: {secret}: a",
    " {{secret: ['{secret}']}}",
    " {{secret: {{a: '{secret}'}}}}",
    " {{secrt: '{secret}', secret: 5}}",
    " '{secret}'",
    " {{url: 'https://u:{secret}@a.example/'}}",
    " {{url: 'https://{secret}@a.example/'}}",
    " {{secret: '{{{{ {secret} }}}}', timeout: x}}",
    " {{secret: {digits}}}",
    " {{secret: -{digits}.5}}",
)
CRASH = """
import sys
from worker.gateways.http import AiohttpTransport
from worker.__main__ import main

async def send(self, request):
    raise RuntimeError(f"{request.headers} {self} {request} {vars(self)}")

AiohttpTransport.send = send
sys.argv = ["worker", "run"]
sys.exit(main())
"""


def leaks(shown: Mapping[str, str], secrets: tuple[str, ...]) -> list[str]:
    """Which surface shows which secret, in whatever way a URL would spell it."""
    return [
        f"{surface} shows {secret}"
        for surface, text in shown.items()
        for secret in secrets
        if secret in text
    ]


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[int, list[web.Request]]]:
    """A webhook's other end: fails once, then is content; its port and what it got."""
    got: list[web.Request] = []

    async def take(request: web.Request) -> web.Response:
        await request.read()
        got.append(request)
        return web.Response(status=500 if len(got) == 1 else 200, text=HOOK_SECRET)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], got
    finally:
        await runner.cleanup()


async def command(environment: Mapping[str, str], *arguments: str) -> str:
    """What the command printed, on both streams."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "worker",
        *arguments,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE_S):
        printed, _ = await child.communicate()
    return printed.decode()


async def pages(address: str) -> str:
    """What the worker's own server shows, headers included: to all, a guesser, and who may."""
    shown = []
    known: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {HTTP_TOKEN}"},
    )
    async with aiohttp.ClientSession() as session:
        for path in ("metrics", "healthz", "readyz", "", "nothing", f"?token={URL_SECRET[:4]}"):
            for headers in known:
                async with session.get(f"{address}/{path}", headers=headers) as answer:
                    shown.append(f"{dict(answer.headers)} {await answer.text()}")
    return "\n".join(shown)


async def until(worker: WorkerChild, event: str, count: int = 1) -> None:
    """The worker has logged the event so often."""
    async with asyncio.timeout(PATIENCE_S):
        while worker.events[event] < count:
            await passes(0.05)


def stored(directory: Path) -> str:
    """Every byte of the ledger and what stands beside it."""
    files = [path for path in directory.iterdir() if path.name.startswith("worker.db")]
    assert files
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


async def troubles(sandbox: SandboxChild, worker: WorkerChild, rules: Path) -> None:
    """The worker has been through what makes programs talkative."""
    who = await sandbox.play("create_contact", display_name="An")
    await sandbox.play("customer_says", who=who, text="hi")
    await until(worker, "intent.settled", 3)  # the webhook once more after its failure
    for fault in ("*: 503 count=3", "*: stall-after seconds=3 count=2", "*: reset-before count=2"):
        await sandbox.fault(fault)
        await sandbox.play("customer_says", who=who, text="again")
        await passes(1.5)
    for number, broken in enumerate(BROKEN):
        (rules / f"{number}.yaml").write_text(
            _BEFORE + broken.format(secret=HOOK_SECRET, digits=DIGITS_SECRET) + "\n", "utf-8"
        )
    await until(worker, "ruleset.rejected")
    await passes(1)
    await sandbox.play("revoke_token")
    await until(worker, "account.paused")


async def test_no_surface_shows_a_secret(tmp_path: Path) -> None:
    """Logs are shipped to others, metrics are open to all, ledgers are copied to laptops."""
    log = io.StringIO()
    shown: dict[str, str] = {}
    rules = tmp_path / "rules"
    rules.mkdir()
    async with sandbox_child() as sandbox, receiver() as (port, got):
        good = RULES.format(port=port, secret=HOOK_SECRET)
        (rules / "good.yaml").write_text(good, "utf-8")
        tokens = (sandbox.settings["WORKER_ACCESS_TOKEN"], sandbox.settings["WORKER_API_TOKEN"])
        settings = worker_settings(
            sandbox,
            tmp_path,
            rules=str(rules),
            api_token=tokens[1],
            http_token=HTTP_TOKEN,
            http_port="0",
            log_level="debug",
            webhook_allow="127.0.0.0/8",
        )
        worker = await WorkerChild.start(settings, log=log)
        await worker.opened()
        address = next(one["address"] for one in worker.lines if one["event"] == "http.listening")
        troubled = asyncio.create_task(troubles(sandbox, worker, rules))
        while not troubled.done():
            shown["pages"] = shown.get("pages", "") + await pages(address)
            await passes(0.2)
        await troubled
        shown["status"] = await command(settings, "status")
        shown["status --json"] = await command(settings, "status", "--json")
        shown["check"] = await command(settings, "check")
        shown["help"] = await command(settings, "run", "--help")
        shown["ledger, running"] = stored(tmp_path)
        await worker.end(signal.SIGTERM)
        shown["ledger, stopped"] = stored(tmp_path)
        assert worker.events["event.planned"] >= 1
        shown["log"] = log.getvalue()
        assert len(got) >= 2
        assert got[0].headers["X-Worker-Signature"].startswith("sha256=")
        assert not leaks(shown, (*tokens, *HANDED))
        assert worker.events["account.paused"] >= 1
        assert len(list(rules.iterdir())) <= shown["check"].count(".yaml:")
        assert json.loads(shown["status --json"])["events"]["stored"] >= 1


async def test_a_crash_tells_its_cause_without_the_token(tmp_path: Path) -> None:
    """A traceback is the one text nobody wrote; it shows what the code held."""
    (tmp_path / "rules.yaml").write_text(RULES.format(port=9, secret=HOOK_SECRET), "utf-8")
    async with sandbox_child() as sandbox:
        log = io.StringIO()
        settings = worker_settings(
            sandbox, tmp_path, webhook_allow="127.0.0.0/8", log_level="debug"
        )
        worker = await WorkerChild.start(settings, program=("-c", CRASH), log=log)
        assert await worker.ended() == 1
        assert worker.events["worker.failed"] == 1
        assert "RuntimeError" in log.getvalue()
        assert "[hidden]" in log.getvalue()
        assert not leaks({"log": log.getvalue()}, (settings["WORKER_ACCESS_TOKEN"], *HANDED))


async def test_a_setting_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    """The complaint about a password would print the password."""
    (tmp_path / "rules.yaml").write_text("rules: []\n", "utf-8")
    good = {
        "WORKER_ACCESS_TOKEN": "acc_0123456789abcdef0123",
        "WORKER_RULES": str(tmp_path / "rules.yaml"),
        "WORKER_BASE_URL": "http://127.0.0.1:9",
        "WORKER_HTTP_PORT": "off",
    }
    secret = DATABASE_SECRET
    wrong = (
        {"WORKER_DATABASE_URL": f"postgresql://worker:{secret}@127.0.0.1:9/worker"},
        {"WORKER_DATABASE_URL": f"mysql://worker:{secret}@127.0.0.1:9/worker"},
        {"WORKER_DATABASE_URL": f"postgresql://worker:{secret}@[::1/worker"},
        {"WORKER_BASE_URL": f"https://worker:{secret}@gateway.example"},
        {"WORKER_BASE_URL": f"https://gateway.example?token={secret}"},
        {"WORKER_ACCESS_TOKEN": f"acc {secret}"},
        {"WORKER_ACESS_TOKEN": secret},
        {"WORKER_HTTP_PORT": f"key_{secret}"},
    )
    shown = {}
    for number, change in enumerate(wrong):
        name = next(iter(change))
        for verb in ("run", "status") if "DATABASE" in name else ("run",):
            shown[f"{verb} with {name} number {number}"] = told = await command(good | change, verb)
            assert told.startswith("worker: "), told
    assert not leaks(shown, (secret,))
