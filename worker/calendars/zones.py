"""Time zones by name."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA name; asked once, for it reads a whole directory."""
    return frozenset(available_timezones())


@lru_cache(maxsize=100)
def foreign_zone(name: str) -> ZoneInfo | None:
    """The zone that a calendar file names, by IANA's name or Windows'; None: nobody knows it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    # some programs write a path of their own before the zone's name
    parts = WINDOWS_TO_OLSON.get(name, name).strip("/").split("/")
    names = ("/".join(parts[cut:]) for cut in range(len(parts)))
    found = next((one for one in names if one in zone_names()), None)
    return None if found is None else ZoneInfo(found)
