"""One loop a source: polled as often as activity asks and the budget allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.event import Event
from worker.runtime.notices import SourceHealth
from worker.sources.source import Polled, Source

log = get_logger()

BUSY_SHARE = 4.0
"""After movement the next poll comes after a quarter of the interval: customers write in bursts."""

PLENTY = 0.1
"""Below this share of the request budget they come sooner still, in proportion to what is used:
fewer messages come together then, and none waits for the work of many others."""

SHORTEST_S = 0.1
TIGHT = 0.7
"""From this share of the request budget on, polls leave the rest to sends."""

LONGEST_BACK_OFF_S = 60.0


class Poller:
    """Polls one source for ever and hands its events on."""

    def __init__(
        self,
        source: Source,
        health: SourceHealth,
        clock: Clock,
        metrics: Metrics,
        budget_used: Callable[[], float],
        take: Callable[[Iterable[Event]], Awaitable[None]],
    ) -> None:
        self._source = source
        self._health = health
        self._clock = clock
        self._metrics = metrics
        self._budget_used = budget_used
        self._take = take
        self._failures = 0

    async def run(self) -> None:
        """Never returns; a gateway that fails is asked again, more and more rarely."""
        while True:
            begun = self._clock.monotonic()
            try:
                polled = await self._source.poll()
            except GatewayError as error:
                await self._clock.sleep(self._told(self._failed(error)))
                continue
            self._succeeded(polled)
            await self._take(polled.events)
            self._health.seen_until = begun
            await self._clock.rest(self._told(self._pause_s(polled)))

    def _told(self, pause_s: float) -> float:
        self._metrics.poll_interval(self._source.name, pause_s)
        return pause_s

    def _succeeded(self, polled: Polled) -> None:
        name, health = self._source.name, self._health
        if self._failures:
            log.info("source.recovered", source=name, failures=self._failures)
        self._failures = 0
        health.last_success = self._clock.monotonic()
        health.last_error = ""
        if polled.degraded != health.degraded:
            if polled.degraded:
                log.warning("source.degraded", source=name, why=polled.degraded)
            health.degraded = polled.degraded
        self._metrics.polled(name)
        if polled.unreadable:
            self._metrics.rows_unreadable(name, polled.unreadable)
        log.debug("source.polled", source=name, requests=polled.requests, events=len(polled.events))

    def _failed(self, error: GatewayError) -> float:
        name = self._source.name
        self._failures += 1
        self._metrics.poll_failed(name, error.fault.value)
        told = f"{error.fault.value}: {error}"
        if told != self._health.last_error:
            log.warning("source.failed", source=name, error=str(error), fault=error.fault.value)
        self._health.last_error = told
        if error.fault in (Fault.PAUSED, Fault.UNAUTHORIZED):
            return self._health.interval_s  # refused here, without a call
        pause = self._health.interval_s * 2.0 ** min(self._failures - 1, 8)
        return max(min(LONGEST_BACK_OFF_S, pause), error.retry_after_s or 0.0)

    def _pause_s(self, polled: Polled) -> float:
        interval = self._health.interval_s
        used = self._budget_used()
        if used >= TIGHT:
            # at the full budget, four intervals; polls must not eat what sends need
            return interval * (1.0 + 3.0 * min(1.0, (used - TIGHT) / (1.0 - TIGHT)))
        if polled.movement:
            busy = interval / BUSY_SHARE * min(1.0, used / PLENTY)
            return max(min(SHORTEST_S, interval), busy)
        return interval
