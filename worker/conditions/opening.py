"""What templates and expressions see of calendars: `calendars.NAME.next_open`, asked when read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from worker.calendars import Calendar
from worker.model.facts import Facts
from worker.text.offered import Shape

CALENDAR: Mapping[str, Shape] = {
    "open": "bool",
    "next_open": "local time",
    "next_close": "local time",
    "reason": "text",
    "holiday": "text",
    "timezone": "text",
}
"""Names below a calendar."""


class Opening(Mapping[str, Any]):
    """One calendar at one time. Times are in the calendar's zone; None where there is none."""

    def __init__(self, calendar: Calendar, now: datetime, language: str) -> None:
        self._calendar = calendar
        self._now = now
        self._language = language

    def __getitem__(self, name: str) -> Any:
        return _VALUES[name](self)

    def __iter__(self) -> Iterator[str]:
        return iter(CALENDAR)

    def __len__(self) -> int:
        return len(CALENDAR)

    def _here(self, at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(self._calendar.zone)

    def _open(self) -> bool:
        return self._calendar.open_at(self._now)

    def _next_open(self) -> datetime | None:
        return self._here(self._calendar.next_open(self._now))

    def _next_close(self) -> datetime | None:
        return self._here(self._calendar.next_close(self._now))

    def _reason(self) -> str:
        return self._calendar.reason(self._now)

    def _holiday(self) -> str:
        return self._calendar.holiday(self._now, self._language)

    def _timezone(self) -> str:
        return self._calendar.zone.key


_VALUES: Mapping[str, Callable[[Opening], Any]] = {
    name: getattr(Opening, f"_{name}") for name in CALENDAR
}


def openings(facts: Facts, language: str = "") -> Mapping[str, Opening]:
    """Every calendar at the time of the facts.

    Args:
        language: in which holidays are named; BCP 47, "" for English.
    """
    return {name: Opening(one, facts.now, language) for name, one in facts.calendars.items()}
