"""What is meant by names that are no time zones."""

from __future__ import annotations

from collections.abc import Mapping

from worker.calendars.zones import zone_names
from worker.text.names import did_you_mean

_MEANT: Mapping[str, tuple[str, ...]] = {
    "hkt": ("Asia/Hong_Kong",),
    "sgt": ("Asia/Singapore",),
    "myt": ("Asia/Kuala_Lumpur",),
    "pht": ("Asia/Manila",),
    "wib": ("Asia/Jakarta",),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "ict": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"),
    "cst": ("Asia/Taipei", "Asia/Shanghai"),
    "hanoi": ("Asia/Ho_Chi_Minh",),
    "beijing": ("Asia/Shanghai",),
    "gmt+7": ("Asia/Bangkok", "Asia/Ho_Chi_Minh"),
    "gmt+8": ("Asia/Hong_Kong",),
}
"""What is said where the worker is used, and no IANA name. Abbreviations are of no one zone: CST
is a time of America too, so that none of these is taken for the zone."""


def zone_hint(name: str) -> str:
    """What may have been meant by a name that is no zone's; "" where nothing is like it."""
    said = name.casefold().replace(" ", "").replace("utc", "gmt").removeprefix("asia/")
    meant = " or ".join(f"'{zone}'" for zone in _MEANT.get(said, ()))
    return f"did you mean {meant}?" if meant else did_you_mean(name, zone_names())
