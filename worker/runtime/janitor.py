"""Small standing duties: the account is opened, the token watched, lag measured, health told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from worker.clock import Clock
from worker.errors import Fault, GatewayError
from worker.gateways.connect import Connected
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import IntentState
from worker.model.health import Health
from worker.model.ledger import Ledger
from worker.runtime.executor import Executor
from worker.runtime.notices import POLLED, RULES_VERSION, Standing
from worker.runtime.planner import Planner
from worker.runtime.retention import SHORTEST_NEEDED
from worker.sources.memory import Memory
from worker.sources.start import platform_now

log = get_logger()

BEAT_S = 0.5
"""How often lag is measured and the token looked at."""

LAG_TOLD_S = 0.5
FIGURES_S = 5.0
FORGET_S = 60.0
NOTE_S = 10.0
"""How often `worker status` is left a note: seldom enough to cost nothing."""

POLL_PATIENCE = 5.0  # a tight budget stretches an interval to four
"""A source is fresh for so many intervals, and never less than `SHORTEST_FRESH_S`."""

SHORTEST_FRESH_S = 30.0


class Janitor:
    """Keeps `Standing` and the gauges true."""

    def __init__(
        self,
        standing: Standing,
        account: Connected,
        ledger: Ledger,
        memory: Memory,
        planner: Planner,
        executor: Executor,
        clock: Clock,
        metrics: Metrics,
        token: Callable[[], str],
    ) -> None:
        self._standing = standing
        self._account = account
        self._ledger = ledger
        self._memory = memory
        self._planner = planner
        self._executor = executor
        self._clock = clock
        self._metrics = metrics
        self._token = token
        self._last_token = token()
        self._opened = False
        self._noted: dict[str, str] = {}
        self._looks_back = max(SHORTEST_NEEDED, planner.live.longest_memory)

    async def open_account(self) -> None:
        """The account was reached and its ids are learned; tried again until it works."""
        attempt = 0
        while True:
            try:
                identity = await self._account.gateway.open()
            except GatewayError as error:
                text = f"{error.fault.value}: {error}"
                if text != self._standing.account_error:
                    log.warning("source.failed", source="account", error=str(error))
                self._standing.account_error = text
                paused = error.fault in (Fault.PAUSED, Fault.UNAUTHORIZED)
                await self._clock.sleep(2.0 if paused else min(30.0, 2.0**attempt))
                attempt = min(attempt + 1, 5)
                continue
            self._standing.account_error = ""
            self._opened = True
            log.info(
                "account.opened", user=identity.user_id, business_unit=identity.business_unit_id
            )
            return

    async def run(self) -> None:
        """Never returns."""
        figures_at = forget_at = note_at = self._clock.monotonic()
        while True:
            begun = self._clock.monotonic()
            await self._clock.rest(BEAT_S)
            now = self._clock.monotonic()
            self._lag(now - begun - BEAT_S)
            self._look_at_token()
            self._look_at_account()
            await self._look_back()
            self._metrics.budget(self._account.budget_used())
            self._metrics.queue(self._planner.depth + self._executor.depth)
            if now >= figures_at:
                figures_at = now + FIGURES_S
                await self._figures()
            if now >= note_at:
                note_at = now + NOTE_S
                await self._note()
            if now >= forget_at:
                forget_at = now + FORGET_S
                platform = platform_now(self._account.gateway, self._clock)
                self._memory.history.forget(platform - self._looks_back)

    async def _look_back(self) -> None:
        """As much is remembered as the rules in force need, after a change of them too."""
        needed = self._planner.live.longest_memory
        if needed > self._looks_back:
            platform = platform_now(self._account.gateway, self._clock)
            await self._memory.look_back(platform - needed)
        self._looks_back = needed

    async def _note(self) -> None:
        """What only this process knows is in the ledger, for `worker status`."""
        wall, now = self._clock.now(), self._clock.monotonic()
        note = {RULES_VERSION: self._standing.rules_version}
        for name, source in self._standing.sources.items():
            if source.last_success is not None:
                read_at = wall - timedelta(seconds=now - source.last_success)
                note[f"{POLLED}{name}"] = read_at.isoformat(timespec="seconds")
        changed = {name: value for name, value in note.items() if self._noted.get(name) != value}
        if changed:
            self._noted.update(changed)
            await self._ledger.remember(self._memory.account, changed)

    def _lag(self, lag_s: float) -> None:
        lag_s = max(0.0, lag_s)
        self._metrics.loop_lag(lag_s)
        if lag_s >= LAG_TOLD_S:
            log.warning("loop.lagged", seconds=round(lag_s, 3))

    def _look_at_token(self) -> None:
        token = self._token()
        if token != self._last_token:
            self._last_token = token
            self._account.token_changed()

    def _look_at_account(self) -> None:
        paused = self._account.paused()
        if paused and not self._standing.account_paused:
            log.error("account.paused", why=paused)
        elif self._standing.account_paused and not paused:
            log.info("account.resumed")
        self._standing.account_paused = paused
        self._metrics.account(paused=bool(paused))

    async def _figures(self) -> None:
        held = await self._ledger.summary(self._memory.account)
        self._metrics.held(
            in_doubt=held.intents.get(IntentState.IN_DOUBT, 0),
            dead=held.intents.get(IntentState.DEAD, 0),
        )
        self._metrics.unplanned(held.unplanned)
        self._metrics.awaiting(person=held.awaiting_person, anybody=held.awaiting_answer)

    def health(self) -> Health:
        """What the probes tell; made anew at each question."""
        now = self._clock.monotonic()
        parts = {"rules": "ok", "ledger": self._standing.ledger_failed or "ok"}
        ready = not self._standing.ledger_failed and self._opened
        parts["account"] = (
            self._standing.account_paused
            or self._standing.account_error
            or ("ok" if self._opened else "not reached yet")
        )
        ready = ready and parts["account"] == "ok"
        for name, source in self._standing.sources.items():
            limit = max(SHORTEST_FRESH_S, POLL_PATIENCE * source.interval_s)
            if source.last_success is None:
                parts[name] = f"never read; {source.last_error or 'first read is under way'}"
                ready = False
            elif now - source.last_success > limit:
                age = now - source.last_success
                parts[name] = f"last read {age:.0f} s ago; {source.last_error}"
                ready = False
            else:
                parts[name] = f"ok; {source.degraded}" if source.degraded else "ok"
        return Health(
            ready=ready,
            parts=parts,
            problems=self._standing.rules_rejected,
        )
