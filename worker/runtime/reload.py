"""Rules change while the worker runs: loaded beside the running set, swapped or rejected whole.

Files are looked at, not listened to: that survives editors' renames, half-written files, symlink
swaps of a mounted ConfigMap, and file systems that tell nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from worker.clock import Clock
from worker.errors import Problem, errors_among
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.gateway import Capability
from worker.ruleset.files import watched_paths
from worker.ruleset.load import check_rules
from worker.runtime.collector import resting
from worker.runtime.live import Live
from worker.runtime.notices import Standing

log = get_logger()

LOOK_S = 1.0
"""Between looks; a change is loaded when two looks in a row saw the same."""

AT_ONCE = 100
"""Rules let go of between two turns of others: less than a millisecond's work."""


class RuleSource(Protocol):
    """Where rule sets come from."""

    def fingerprint(self) -> str:
        """Another text whenever there may be other rules."""
        ...

    def load(self) -> tuple[Live | None, tuple[Problem, ...]]:
        """The rules with their index, or None and why not."""
        ...


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """Rules in files, for one platform; its methods run in a thread."""

    path: Path
    platform: str
    capabilities: frozenset[Capability]
    webhook_allow: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """Changes whenever a file of the rules is written, added, removed or replaced."""
        return fingerprint(self.path)

    def load(self) -> tuple[Live | None, tuple[Problem, ...]]:
        """The files' rules with their index, or None and why not."""
        with resting():
            ruleset, problems = check_rules(
                self.path,
                platform=self.platform,
                capabilities=self.capabilities,
                webhook_allow=self.webhook_allow,
            )
            return (None if ruleset is None else Live(ruleset)), problems


class Reloader:
    """Keeps the live rule set in step with where it comes from.

    Args:
        swap: puts a set in force and gives back the one that was.
        loaded: the fingerprint taken before the set in force was read.
    """

    def __init__(
        self,
        rules: RuleSource,
        standing: Standing,
        clock: Clock,
        metrics: Metrics,
        swap: Callable[[Live], Live],
        loaded: str,
    ) -> None:
        self._rules = rules
        self._standing = standing
        self._clock = clock
        self._metrics = metrics
        self._swap = swap
        self._loaded = loaded
        self._replaced: list[Live] = []

    async def run(self) -> None:
        """Never returns: each stable change is loaded, and takes effect whole or not at all."""
        before = self._loaded
        while True:
            await self._clock.rest(LOOK_S)
            await self.let_go()
            now = await asyncio.to_thread(self._rules.fingerprint)
            if now != self._loaded and now == before:
                self._loaded = now
                await self.load()
            before = now

    async def load(self) -> bool:
        """The rules are in force; False: they have errors, and the set before goes on."""
        try:
            live, problems = await asyncio.to_thread(self._rules.load)
        except Exception as error:  # customers are answered by the rules in force, whatever it is
            log.exception("ruleset.unreadable")
            return self._rejected([_fault(error)])
        if live is None:
            return self._rejected(errors_among(problems))
        self._standing.rules_rejected = ()
        self._standing.rules_version = live.ruleset.version
        self._metrics.ruleset_loaded(live.ruleset.version, len(live.ruleset.rules))
        self._replaced.append(self._swap(live))
        log_loaded(live, problems)
        return True

    def _rejected(self, errors: Sequence[Problem]) -> bool:
        self._standing.rules_rejected = tuple(str(one) for one in errors)
        self._metrics.ruleset_rejected(errors)
        log.error("ruleset.rejected", problems=[str(one) for one in errors])
        return False

    async def let_go(self) -> None:
        """A set that was replaced a look ago is out of memory.

        Ten thousand rules that nobody holds any more are taken apart all at once, in whatever
        thread let go of them last: the event loop's would stand still for it.
        """
        if self._replaced:
            await asyncio.to_thread(_taken_apart, self._replaced)


def _fault(error: Exception) -> Problem:
    """What is told of rules at which the worker itself failed."""
    message = f"the worker failed at reading these rules ({type(error).__name__})"
    return Problem("rules", 1, 1, message, "undo the last change; the log has the details")


def _taken_apart(replaced: list[Live]) -> None:
    """Nothing is held of these any more; others had their turn between some rules and the next."""
    while replaced:
        rules = list(replaced.pop().ruleset.rules)
        while rules:
            del rules[-AT_ONCE:]


def log_loaded(live: Live, problems: Iterable[Problem]) -> None:
    """The log tells of the set in force, warnings included."""
    log.info(
        "ruleset.loaded",
        version=live.ruleset.version,
        rules=len(live.ruleset.rules),
        warnings=[str(one) for one in problems if one.warning],
    )


def fingerprint(path: Path) -> str:
    """Changes whenever a file of the rules is written, added, removed or replaced."""
    digest = blake2b(digest_size=16)
    try:
        files = sorted(watched_paths(path))
    except OSError as error:
        return f"unreadable: {error.strerror}"
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            digest.update(f"{file}:gone".encode())
            continue
        digest.update(
            f"{file}:{stat.st_ino}:{stat.st_mtime_ns}:{stat.st_size}".encode(
                "utf-8", "surrogateescape"
            )
        )
    return digest.hexdigest()
