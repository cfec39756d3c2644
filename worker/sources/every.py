"""Every source of an account, and how often each is polled."""

from __future__ import annotations

from datetime import timedelta

from worker.clock import Clock
from worker.model.gateway import Gateway
from worker.model.ledger import Ledger
from worker.settings import Settings
from worker.sources.adaptive import AdaptiveMessages
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource
from worker.sources.notifications import NotificationSource
from worker.sources.source import Source
from worker.sources.start import Start
from worker.sources.tracked import TrackedSource

MINUTE = timedelta(minutes=1)


def sources(
    settings: Settings,
    gateway: Gateway,
    ledger: Ledger,
    memory: Memory,
    clock: Clock,
    messages: MessageSource,
) -> list[tuple[Source, timedelta]]:
    """The sources, each with its interval."""
    start = Start(settings.start_from)
    tracked = TrackedSource(
        gateway,
        ledger,
        memory,
        clock,
        start,
        messages,
        # half the budget: the other half is for sends and everything else
        reads_per_poll=int(settings.requests_per_minute / 2 / (MINUTE / settings.poll_messages)),
    )
    notifications = NotificationSource(gateway, ledger, memory, clock, start)
    return [
        (notifications, settings.poll_notifications),
        (AdaptiveMessages(messages, tracked, clock), settings.poll_messages),
    ]
