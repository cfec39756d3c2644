"""What is remembered for a while: bounded in number, by the monotonic clock in time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from worker.clock import Clock

K = TypeVar("K")
V = TypeVar("V")

FOREVER: Final = float("inf")


class Shelf(Generic[K, V]):
    """Values that expire; the oldest goes when there are too many."""

    def __init__(self, clock: Clock, most: int) -> None:
        """Empty. `most`: how many are kept."""
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What was put there and has not expired."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        until, value = kept
        if until <= self._clock.monotonic():
            del self._kept[key]
            return None
        return value

    def put(self, key: K, value: V, for_s: float = FOREVER) -> None:
        """It is remembered for so many seconds."""
        self._kept[key] = (self._clock.monotonic() + for_s, value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """It is forgotten."""
        self._kept.pop(key, None)
