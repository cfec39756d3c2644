"""Ids and names as the platform makes them, the same for the same seed."""

from __future__ import annotations

import random
from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Identifiers:
    """A source of ids of its own, so that faults and ids do not disturb each other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # repeatable; no secret

    def uuid(self) -> str:
        """A UUIDv4 text."""
        bits = self._random.getrandbits(128)
        bits = bits & ~(0xF000 << 64) | (0x4000 << 64)
        bits = bits & ~(0xC000 << 48) | (0x8000 << 48)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def make(self, prefix: str) -> str:
        """An id such as `conv_<uuid>`."""
        return f"{prefix}_{self.uuid()}"

    def file_name(self) -> str:
        """The random part of an uploaded file's address."""
        return f"{self._random.getrandbits(130):x}"

    def display_name(self, country: str = "UNK") -> str:
        """The platform's name of a customer it knows nothing of: `UNK#DO1695`."""
        draw = self._random
        letters = draw.choice(_LETTERS) + draw.choice(_LETTERS)
        return f"{country}#{letters}{draw.randrange(10_000):04d}"


def conversation_name(display_name: str, at: datetime) -> str:
    """The platform's name of a new conversation: `UNK#FR3184@16 Sep 2025`."""
    return f"{display_name}@{at.day} {_MONTHS[at.month - 1]} {at.year}"


def platform_time(at: datetime) -> str:
    """ISO-8601 UTC with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds")[:23] + "Z"
