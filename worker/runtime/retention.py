"""History older than `WORKER_KEEP_HISTORY` is dropped, once an hour and little by little."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from worker.clock import Clock
from worker.log import get_logger
from worker.model.ids import AccountId
from worker.model.ledger import Ledger
from worker.model.pruning import FROM_THE_START

log = get_logger()

ROUND = timedelta(hours=1)
"""Between rounds; shorter where history is kept so briefly that an hour would be much."""

ROUNDS_A_KEEP = 10
BATCH_PAUSE_S = 0.2
"""Between batches: the writer belongs to the customers."""

NEEDED = "history.needed_s"
"""Memo: how far back the rules look, in whole seconds; absent up to `SHORTEST_NEEDED`."""

SHORTEST_NEEDED = timedelta(days=1)
"""The default limits look back 24 h; `worker prune` never drops what is younger."""


class Retention:
    """Keeps the store bounded.

    Args:
        keep: how long history is kept.
        now: wall time.
        needed: how far back cooldowns and limits of the rules in force look: never dropped.
    """

    def __init__(
        self,
        ledger: Ledger,
        account: AccountId,
        clock: Clock,
        keep: timedelta,
        now: Callable[[], datetime],
        needed: Callable[[], timedelta],
    ) -> None:
        self._ledger = ledger
        self._account = account
        self._clock = clock
        self._keep = keep
        self._now = now
        self._needed = needed
        self._told: timedelta | None = None

    async def run(self) -> None:
        """Never returns."""
        pause = min(ROUND, self._keep / ROUNDS_A_KEEP)
        while True:
            await self.tell_needed()
            await self._clock.rest(pause.total_seconds())
            await self.round()

    async def round(self) -> None:
        """Whatever is old enough has been dropped, batch by batch."""
        before = self._now() - max(self._keep, self._needed())
        events = intents = 0
        start = FROM_THE_START
        while True:
            pruned = await self._ledger.prune(self._account, before, start=start)
            events, intents = events + pruned.events, intents + pruned.intents
            if pruned.rest is None:
                break
            start = pruned.rest
            await self._clock.sleep(BATCH_PAUSE_S)
        if events or intents:
            log.info("history.pruned", events=events, actions=intents, before=before.isoformat())

    async def tell_needed(self) -> None:
        """`worker prune`, which knows no rules, finds in the ledger what they need."""
        needed = self._needed()
        if needed == self._told:
            return
        self._told = needed
        far = needed > SHORTEST_NEEDED
        value = str(int(needed.total_seconds())) if far else ""
        await self._ledger.remember(self._account, {NEEDED: value})
