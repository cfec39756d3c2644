"""The worker's own HTTP server."""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from worker.errors import SettingsError
from worker.log import get_logger
from worker.metrics import Metrics
from worker.web.health import Health
from worker.web.probes import probes

log = get_logger()

# Nothing here takes an upload; a form with a token is far smaller.
_MAX_REQUEST_BYTES = 64 * 1024
# A stop waits for the worker's own work, not for a browser that keeps a connection open.
_CLOSE_WITHIN_S = 1.0

_HEADERS = {
    "Server": "worker",  # not the versions of what it is built with
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class WebServer:
    """Probes and metrics on one host and port.

    Args:
        port: 0 takes any free one; None serves nothing.
        health: asked at each probe; must be quick.
    """

    def __init__(
        self, host: str, port: int | None, health: Callable[[], Health], metrics: Metrics
    ) -> None:
        self._host = host
        self._port = port
        self._health = health
        self._metrics = metrics
        self._runner: web.AppRunner | None = None
        self.address: str | None = None

    async def start(self) -> str | None:
        """It listens; its address, such as `http://127.0.0.1:8080`. None where the port is off.

        Raises:
            SettingsError: host or port cannot be listened on.
        """
        if self._port is None:
            return None
        app = web.Application(middlewares=[_plain_errors], client_max_size=_MAX_REQUEST_BYTES)
        app.on_response_prepare.append(_add_headers)
        app.add_routes(probes(self._health, self._metrics))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_WITHIN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise SettingsError(_refusal(error, self._host, self._port)) from None
        self._runner = runner
        self.address = _address(self._host, runner.addresses[0][1])
        log.info("http.listening", address=self.address)
        return self.address

    async def stop(self) -> None:
        """Nothing listens any more; harmless when nothing did."""
        runner, self._runner, self.address = self._runner, None, None
        if runner is not None:
            await runner.cleanup()


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refusal(error: OSError, host: str, port: int) -> str:
    where = _address(host, port).removeprefix("http://")
    if error.errno == errno.EADDRINUSE:
        return (
            f"WORKER_HTTP_PORT: {where} is taken by another program, or by a worker that runs;"
            " choose another port, 0 for any free one, or off"
        )
    if error.errno == errno.EACCES:
        return f"WORKER_HTTP_PORT: {where} needs privileges; choose a port above 1023"
    # From 3.13 on, asyncio says that no address could be bound without any number.
    if isinstance(error, socket.gaierror) or error.errno in (None, errno.EADDRNOTAVAIL):
        return f"WORKER_HTTP_HOST: {host} is no address of this machine"
    return f"WORKER_HTTP_HOST: cannot listen on {where}: {error.strerror or 'refused'}"


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Handler | Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A fault of ours is one log line and a bare 500; it never shows in the answer."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        # The one place where a page's fault must not end the server.
        log.exception("http.failed", path=request.path)
        return web.Response(text="500: see the log\n", status=500)
