"""The composition root: the only file that knows every part, and the order in which they live."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from worker.clock import Clock, SteadyClock, SystemClock
from worker.errors import RulesError, errors_among
from worker.gateways.connect import Connected, connect_account
from worker.ledger import open_ledger
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import Intent
from worker.model.event import Event
from worker.model.http import Transport
from worker.model.ledger import Ledger, StoredEvent
from worker.runtime.alarm import Alarm
from worker.runtime.bell import Bell, bells_of
from worker.runtime.by_hand import ByHand
from worker.runtime.desk import Post
from worker.runtime.ending import first, listen_for_signals
from worker.runtime.executor import Executor, Ways
from worker.runtime.flows import Flows
from worker.runtime.gather import Gatherer
from worker.runtime.janitor import Janitor
from worker.runtime.live import Live
from worker.runtime.notices import SourceHealth, Standing
from worker.runtime.planner import Planner
from worker.runtime.poller import Poller
from worker.runtime.readback import ReadBack
from worker.runtime.reload import Reloader, RuleFiles, RuleSource, log_loaded
from worker.runtime.retention import SHORTEST_NEEDED, Retention
from worker.runtime.steps import Conditional, Steps
from worker.runtime.tasks import Tasks
from worker.runtime.watch import FindStep, SendGuard
from worker.settings import Settings
from worker.sources.every import sources
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource
from worker.sources.source import Source
from worker.sources.start import Start, platform_now
from worker.sources.timers import TimerSource
from worker.web.server import WebServer

log = get_logger()


Take = Callable[[Iterable[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every part of one account's worker stands on."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    tasks: Tasks
    standing: Standing
    account: Connected
    ledger: Ledger
    memory: Memory
    messages: MessageSource
    gatherer: Gatherer
    post: Post


@dataclass(frozen=True, slots=True)
class Parts:
    """One account's worker, put together; nothing runs yet."""

    ground: Ground
    planner: Planner
    executor: Executor
    pollers: list[Poller]
    reloader: Reloader
    janitor: Janitor
    retention: Retention
    by_hand: ByHand
    alarm: Alarm
    bells: list[Bell]


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event | None = None,
    clock: Clock | None = None,
    transport: Transport | None = None,
    ledger: Ledger | None = None,
    rules: RuleSource | None = None,
    post: Post | None = None,
    listening: Callable[[str], None] | None = None,
) -> int:
    """The service has run until it was told to stop; 0.

    Args:
        stop: ends the run as SIGTERM does; None: signals alone do.
        transport, ledger, rules, post: used instead of HTTP, of what the settings name, and of
            webhooks' own connections: virtual time has neither sockets nor threads.
        listening: told the address of the probes.

    Raises:
        WorkerError: with the exit code that fits: broken rules at the first start (1), settings
            (2), a ledger that cannot be used (3).
    """
    clock = SteadyClock(clock or SystemClock())
    metrics = Metrics(clock)
    stop = stop or asyncio.Event()
    hurry = listen_for_signals(stop)
    async with AsyncExitStack() as stack:
        account = connect_account(settings, clock, metrics, transport)
        stack.push_async_callback(account.close)
        # refuse what can be refused before anything is touched
        ledger = ledger or open_ledger(settings.database_url)
        able = account.gateway.capabilities
        rules = rules or RuleFiles(settings.rules, settings.platform, able, settings.webhook_allow)
        loaded = await asyncio.to_thread(rules.fingerprint)
        live, problems = await asyncio.to_thread(rules.load)
        if live is None:
            raise RulesError(errors_among(problems))
        log_loaded(live, problems)
        ground = _ground(settings, clock, metrics, account, ledger, post)
        parts = _assemble(ground, rules, live, loaded)
        web = WebServer(settings.http_host, settings.http_port, parts.janitor.health, metrics)
        address = await web.start()
        stack.push_async_callback(web.stop)
        await ledger.open()
        stack.push_async_callback(ledger.close)
        if address and listening is not None:
            listening(address)
        await _serve(parts, live, stop, hurry)
    log.info("worker.stopped")
    return 0


def _ground(
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    account: Connected,
    ledger: Ledger,
    post: Post | None,
) -> Ground:
    """What every part stands on."""
    gateway = account.gateway
    memory = Memory(ledger, gateway.identity.account)
    messages = MessageSource(gateway, ledger, memory, clock, Start(settings.start_from))
    return Ground(
        settings=settings,
        clock=clock,
        metrics=metrics,
        tasks=Tasks(),
        standing=Standing(),
        account=account,
        ledger=ledger,
        memory=memory,
        messages=messages,
        gatherer=Gatherer(gateway, ledger, memory, clock, messages.first_seen),
        post=post or account.poster.post,
    )


def _assemble(ground: Ground, rules: RuleSource, live: Live, loaded: str) -> Parts:
    """Planner and executor know each other: a last look before sending may find new events."""
    standing, metrics, clock = ground.standing, ground.metrics, ground.clock
    standing.rules_version = live.ruleset.version
    metrics.ruleset_loaded(live.ruleset.version, len(live.ruleset.rules))

    async def take(events: Iterable[Event]) -> None:
        await planner.take(tuple(events))

    steps = Steps()
    flows = ground.gatherer.flows = Flows(
        ground.ledger,
        ground.memory,
        clock,
        lambda: planner.live.ruleset,
        ground.settings.webhook_allow,
    )

    async def find(intent: Intent) -> Conditional | None:
        return steps.find(intent, planner.live) or await flows.conditional(intent)

    def swap(live: Live) -> Live:
        flows.forget_scripts()
        for bell in bells:
            bell.wake()  # they look once this is done
        return planner.swap(live)

    now = partial(platform_now, ground.account.gateway, clock)
    read_until = partial(_read_until, ground)
    alarm = Alarm(
        TimerSource(ground.ledger, ground.memory),
        clock,
        now,
        read_until=read_until,
        busy=lambda lane: planner.waits(lane) or lane in ground.memory.unsettled,
        take=take,
    )
    executor = _executor(ground, find, steps.forget, take, alarm)
    planner = Planner(
        ground.ledger,
        ground.memory,
        ground.gatherer,
        live,
        clock,
        metrics,
        ground.tasks,
        executor.enqueue,
        steps,
    )
    bells = bells_of(
        ground.ledger, ground.memory, clock, lambda: planner.live.ruleset, now, read_until, take
    )
    ground.messages.arrived = take
    ground.messages.is_answering = executor.is_answering
    return Parts(
        ground,
        planner,
        executor,
        _pollers(ground, planner, take),
        Reloader(rules, standing, clock, metrics, swap, loaded),
        _janitor(ground, planner, executor),
        _retention(ground, planner, now),
        ByHand(ground.ledger, ground.memory, executor, clock, metrics, now, alarm.added),
        alarm,
        bells,
    )


def _janitor(ground: Ground, planner: Planner, executor: Executor) -> Janitor:
    return Janitor(
        ground.standing,
        ground.account,
        ground.ledger,
        ground.memory,
        planner,
        executor,
        ground.clock,
        ground.metrics,
        token=ground.settings.token_source("access_token"),
    )


def _retention(ground: Ground, planner: Planner, now: Callable[[], datetime]) -> Retention:
    clock = ground.clock
    return Retention(
        ground.ledger,
        ground.memory.account,
        clock,
        ground.settings.keep_history,
        # a machine's clock that runs ahead must not make everything old
        now=lambda: min(clock.now(), now()),
        needed=lambda: planner.live.longest_memory,
    )


def _pollers(ground: Ground, planner: Planner, take: Take) -> list[Poller]:
    settings, gateway = ground.settings, ground.account.gateway
    ledger, memory, clock = ground.ledger, ground.memory, ground.clock
    polled = sources(
        settings,
        gateway,
        ledger,
        memory,
        clock,
        ground.messages,
        lambda: planner.live.kinds,
    )
    return [_poller(ground, one, interval, take) for one, interval in polled]


def _read_until(ground: Ground) -> datetime | None:
    """The platform time up to which messages have been read; None: not yet."""
    health = ground.standing.sources[ground.messages.name]
    if health.seen_until is None:
        return None
    ago = ground.clock.monotonic() - health.seen_until
    return platform_now(ground.account.gateway, ground.clock) - timedelta(seconds=ago)


def _executor(
    ground: Ground, find: FindStep, forget: Callable[[Intent], None], take: Take, alarm: Alarm
) -> Executor:
    settings, gateway, memory = ground.settings, ground.account.gateway, ground.memory
    guard = SendGuard(
        gateway,
        ground.ledger,
        memory,
        ground.messages,
        ground.gatherer,
        ground.clock,
        find,
        take,
    )
    readback = ReadBack(
        gateway,
        memory,
        ground.clock,
        settling_s=settings.settling_time.total_seconds(),
        in_doubt_after_s=settings.in_doubt_after.total_seconds(),
    )
    ways = Ways(
        concurrency=settings.concurrency,
        request_timeout_s=settings.request_timeout.total_seconds(),
        tag_field=settings.tag_field,
        quick_replies=settings.quick_replies,
        dry_run=settings.dry_run,
    )
    return Executor(
        gateway,
        ground.ledger,
        memory,
        guard,
        readback,
        ground.clock,
        ground.metrics,
        ground.tasks,
        ways,
        ground.post,
        forget,
        ground.gatherer.flows.suspend,
        alarm.added,
    )


def _poller(ground: Ground, source: Source, interval: timedelta, take: Take) -> Poller:
    health = SourceHealth(interval.total_seconds())
    ground.standing.sources[source.name] = health
    return Poller(source, health, ground.clock, ground.metrics, ground.account.budget_used, take)


async def _serve(parts: Parts, live: Live, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    """Everything runs until `stop`; what runs then gets the grace time, unless `hurry`."""
    ground = parts.ground
    try:
        await first(ground.tasks.watch(), _work(parts, live), stop.wait())
    finally:
        await first(
            parts.executor.stop(ground.settings.shutdown_grace.total_seconds()), hurry.wait()
        )
        await ground.tasks.stop()


async def _work(parts: Parts, live: Live) -> None:
    ground, settings, memory = parts.ground, parts.ground.settings, parts.ground.memory
    now = platform_now(ground.account.gateway, ground.clock)
    since = now - max(SHORTEST_NEEDED, live.longest_memory)
    await memory.load(since)
    ground.account.outlive(memory.memos, partial(ground.ledger.remember, memory.account))
    left = await ground.ledger.open_intents(memory.account)
    waiting = await ground.ledger.unplanned(memory.account)
    log.info(
        "worker.started",
        account=memory.account,
        platform=settings.platform,
        rules=len(live.ruleset.rules),
        version=live.ruleset.version,
        open_intents=len(left),
        unplanned=len(waiting),
        dry_run=settings.dry_run,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(parts.janitor.run())
        group.create_task(parts.retention.run())
        if settings.watch:
            group.create_task(parts.reloader.run())
        group.create_task(_poll(parts, left, waiting))


async def _poll(parts: Parts, left: Iterable[Intent], waiting: Iterable[StoredEvent]) -> None:
    """Work begins once the account has been opened; until then that is tried again.

    What was left open waits for it too: how old it is, is only known by the platform's clock, and
    that is learned from the platform's first answer. What waits for a decision is handed over
    first, for the executor's last looks find newer messages; and nothing is decided before the
    actions left open stand in their lanes.
    """
    await parts.janitor.open_account()
    await parts.planner.take([one.event for one in waiting])
    await parts.executor.resume(left)
    async with asyncio.TaskGroup() as group:
        group.create_task(parts.planner.run())
        group.create_task(parts.by_hand.run())
        group.create_task(parts.alarm.run())
        for bell in parts.bells:
            group.create_task(bell.run())
        for poller in parts.pollers:
            group.create_task(poller.run())
