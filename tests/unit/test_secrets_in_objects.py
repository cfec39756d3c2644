"""No object shows a secret when it is printed: in a debugger, an assertion, a log line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.clocks import HandClock
from worker.actions.webhook import WebhookAction
from worker.conditions.part import LoadContext
from worker.gateways.connect import connect_account
from worker.gateways.http import AiohttpTransport
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.protocol import credentials, get
from worker.metrics import Metrics
from worker.ruleset.load import load_rules
from worker.settings import Settings
from worker.settings.token import TokenSource

TOKEN = "acc_0a1b2c3d4e5f6a7b8c9d"
SECRET = "hook-81c07f3be65a94d2"
PASSWORD = "database-c93a6e7f10"


def everything(tmp_path: Path, clock: HandClock) -> dict[str, Any]:
    """Each kind of object that has to do with a secret."""
    path = tmp_path / "token"
    path.write_text(TOKEN, "utf-8")
    settings = Settings(
        access_token=SecretStr(TOKEN),
        api_token=SecretStr(TOKEN),
        http_token=SecretStr(TOKEN),
        database_url=f"postgresql://worker:{PASSWORD}@127.0.0.1/worker",
    )
    account = connect_account(settings, clock, Metrics(clock))
    transport = AiohttpTransport("https://gateway.example")
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "rules:\n  - id: told\n    when: message.received\n    do:\n"
        f"      - webhook: {{url: 'https://a.example/hook', secret: '{SECRET}'}}\n",
        "utf-8",
    )
    ruleset = load_rules(rules)
    return {
        "settings": settings,
        "settings as text": str(settings),
        "settings as json": settings.model_dump_json(exclude={"database_url"}),
        "source": TokenSource(TOKEN),
        "source of a file": TokenSource(path=path, clock=clock),
        "request": get("x", "/x").__class__(
            method="POST",
            path="/x",
            headers=credentials(TOKEN),
            body={"token": TOKEN},
            has_body=True,
        ),
        "transport": transport,
        "client": ImbraceClient(transport, token=lambda: TOKEN, clock=clock),
        "account": account,
        "gateway": account.gateway,
        "poster": account.poster,
        "action": WebhookAction.model_validate(
            {"url": "https://a.example/hook", "secret": SECRET}, context=LoadContext()
        ),
        "rule set": ruleset,
        "rule": ruleset.rules[0],
        "step": ruleset.rules[0].steps[0].action,
    }


async def test_no_object_shows_a_secret(tmp_path: Path, clock: HandClock) -> None:
    """Any of them can end up in the text of an error."""
    for name, one in everything(tmp_path, clock).items():
        for text in (
            repr(one),
            str(one),
            f"{one}",
            repr([one]),
            repr(vars(one)) if name == "poster" else "",
        ):
            for secret in (TOKEN, SECRET, PASSWORD):
                assert secret not in text, name
