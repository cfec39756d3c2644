"""Every source of an account, and how often each is polled."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import timedelta

from worker.clock import Clock
from worker.model.event import EventKind
from worker.model.gateway import Gateway
from worker.model.ledger import Ledger
from worker.settings import Settings
from worker.sources.adaptive import AdaptiveMessages
from worker.sources.contacts import ContactSource
from worker.sources.memory import Memory
from worker.sources.messages import MessageSource
from worker.sources.notifications import NotificationSource
from worker.sources.source import Source
from worker.sources.start import Start
from worker.sources.tracked import TrackedSource

MINUTE = timedelta(minutes=1)

CONTACTS_SHARE = 10
"""One request of so many is for walking through the contacts, where rules ask for changes."""


def sources(
    settings: Settings,
    gateway: Gateway,
    ledger: Ledger,
    memory: Memory,
    clock: Clock,
    messages: MessageSource,
    wanted: Callable[[], AbstractSet[EventKind]],
) -> list[tuple[Source, timedelta]]:
    """The sources, each with its interval.

    Args:
        wanted: the kinds of events that the rules in force answer.
    """
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
    contacts = ContactSource(
        gateway,
        ledger,
        memory,
        clock,
        start,
        wanted,
        pages_per_poll=int(
            settings.requests_per_minute / CONTACTS_SHARE / (MINUTE / settings.poll_contacts)
        ),
    )
    return [
        (notifications, settings.poll_notifications),
        (AdaptiveMessages(messages, tracked, clock), settings.poll_messages),
        (contacts, settings.poll_contacts),
    ]
