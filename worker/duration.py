"""Durations as people write them, in rules and in settings: `500ms`, `15s`, `1h30m`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

# Units from large to small, each at most once: `1h30m` reads one way only.
_SHAPE = re.compile(
    r"(?:(?P<d>\d{1,9})d)?(?:(?P<h>\d{1,9})h)?(?:(?P<m>\d{1,9})m(?!s))?"
    r"(?:(?P<s>\d{1,9})s)?(?:(?P<ms>\d{1,9})ms)?",
    re.ASCII,
)
EXPECTED = "a duration such as 500ms, 15s, 15m, 24h, 7d or 1h30m"

LONGEST = timedelta(days=36_500)
"""A time that is so far away can still be reckoned with; what is longer is a slip of the finger."""

EXPECTED_AT_MOST = f"at most {LONGEST.days}d"


class TooLongError(ValueError):
    """The text is a duration, longer than `LONGEST`."""


def parse_duration(text: str) -> timedelta:
    """The length that `text` names; never negative, `LONGEST` at most.

    Raises:
        ValueError: it is not a duration, or too long a one (`TooLongError`); the text says what was
            expected.
    """
    found = _SHAPE.fullmatch(text)
    if found is None or not text:
        raise ValueError(f"expected {EXPECTED}")
    part = {unit: int(digits or 0) for unit, digits in found.groupdict().items()}
    try:
        length = timedelta(
            days=part["d"],
            hours=part["h"],
            minutes=part["m"],
            seconds=part["s"],
            milliseconds=part["ms"],
        )
    except OverflowError:
        length = timedelta.max
    if length > LONGEST:
        raise TooLongError(f"too long; expected {EXPECTED}, {EXPECTED_AT_MOST}")
    return length


def format_duration(length: timedelta) -> str:
    """The shortest text that `parse_duration` reads back to `length`, to the millisecond."""
    left_ms = round(length / timedelta(milliseconds=1))
    if left_ms <= 0:
        return "0s"
    written = ""
    for unit, size_ms in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        count, left_ms = divmod(left_ms, size_ms)
        written += f"{count}{unit}" if count else ""
    return written + (f"{left_ms}ms" if left_ms else "")
