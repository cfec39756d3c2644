"""The account that the settings name, ready to be opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass

from worker.clock import Clock
from worker.errors import SettingsError
from worker.gateways.imbrace import ImbraceGateway, connect
from worker.gateways.limits import BreakerState, CallReport
from worker.gateways.outside import Poster
from worker.gateways.usage import USAGE_MEMO
from worker.metrics import Metrics
from worker.model.http import Transport
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class Connected:
    """One account's gateway with what stands around it."""

    gateway: ImbraceGateway
    poster: Poster

    def budget_used(self) -> float:
        """Share of the request budget used in the last 60 s, 0…1."""
        figures = self.gateway.budget.figures()
        return figures.used / max(1, figures.allowed)

    def paused(self) -> str:
        """Why nothing is sent to the platform now; "" while it is."""
        state = self.gateway.breaker.state
        if state is BreakerState.UNAUTHORIZED:
            return "the platform refuses the token (401); replace it (WORKER_ACCESS_TOKEN)"
        if state is BreakerState.OPEN:
            return "the platform fails repeatedly; it is probed"
        return ""

    def outlive(
        self,
        memos: MutableMapping[str, str],
        remember: Callable[[Mapping[str, str]], Awaitable[None]],
    ) -> None:
        """The request budget holds over restarts: what the process before used is counted.

        Args:
            memos: what the ledger remembers; empty at the first start: nothing was used before.
            remember: makes names and values durable.
        """

        async def keep(text: str) -> None:
            memos[USAGE_MEMO] = text
            await remember({USAGE_MEMO: text})

        self.gateway.budget.outlive(memos.get(USAGE_MEMO, "") if memos else None, keep)

    async def close(self) -> None:
        """All connections are closed."""
        await self.gateway.close()
        await self.poster.close()

    def token_changed(self) -> None:
        """The next call may try the new token at once."""
        self.gateway.token_changed()


def connect_account(
    settings: Settings, clock: Clock, metrics: Metrics, transport: Transport | None = None
) -> Connected:
    """The account of these settings; no call is made yet.

    Raises:
        SettingsError: a platform this version does not know, or a token that cannot be read.
    """
    if settings.platform != "imbrace":
        raise SettingsError(
            f"WORKER_PLATFORM: {settings.platform} is not available in this version; use imbrace"
        )

    def told(call: CallReport) -> None:
        status = call.status if call.status is not None else (call.fault or "none")
        metrics.request(call.endpoint, status, call.seconds)

    gateway = connect(
        base_url=settings.base_url,
        token_source=settings.token_source("access_token", clock),
        api_token_source=settings.token_source("api_token", clock),
        api_prefix=settings.api_prefix,
        organization_id=settings.organization_id,
        business_unit_id=settings.business_unit_id,
        user_id=settings.user_id,
        requests_per_minute=settings.requests_per_minute,
        concurrency=settings.concurrency,
        request_timeout_s=settings.request_timeout.total_seconds(),
        clock=clock,
        on_call=told,
        transport=transport,
    )
    return Connected(gateway, Poster(settings.webhook_allow))
