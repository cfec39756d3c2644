"""Probes and metrics: open on every host, because orchestrators and collectors bring no token.

They show names of parts, figures and places in rule files; never a token or a customer's text.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from aiohttp import web

from worker.metrics import CONTENT_TYPE, Metrics
from worker.web.health import Health

MAX_PROBLEMS = 50  # a probe's body is read by people; the rest is in the logs


def probes(health: Callable[[], Health], metrics: Metrics) -> list[web.RouteDef]:
    """The routes of `/healthz`, `/readyz` and `/metrics`."""

    async def healthz(_request: web.Request) -> web.Response:
        # That this is answered at all says that the event loop is responsive.
        alive = health().alive
        return web.Response(text="ok\n" if alive else "not alive\n", status=200 if alive else 503)

    async def readyz(_request: web.Request) -> web.Response:
        now = health()
        return web.Response(
            text=json.dumps(_told(now), indent=2) + "\n",
            status=200 if now.ready else 503,
            content_type="application/json",
        )

    async def figures(_request: web.Request) -> web.Response:
        metrics.ready(ready=health().ready)
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", figures),
    ]


def _told(health: Health) -> dict[str, object]:
    rejected: dict[str, object] = {"rejected": bool(health.problems)}
    if health.problems:
        rejected["problems"] = list(health.problems[:MAX_PROBLEMS])
        rejected["problems_total"] = len(health.problems)
    return {
        "ready": health.ready,
        "not_ready": list(health.not_ready),
        "parts": dict(health.parts),
        "rules": rejected,
    }
