"""What the sandbox accepted, in the order it took effect, and how often it was asked."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted write that came over the platform's API.

    Args:
        sequence: 1, 2, 3… over the whole sandbox: the order of effect.
        at: platform time, ISO text.
        monotonic: the clock's seconds, for distances.
        kind: `send`, `update_contact`, `read`, `dismiss`, `dismiss_all`, `join`, `leave`,
            `status`, `name`, `assign`, `unassign`, `comment`, `upload`, `create_contact`,
            `create_conversation`, `delete_contact`, `grab`.
        actor: the id of who did it (`u_`, `con_`, `ch_`, or `api`).
        ids: what it was done to: conversation, contact, message or notifications.
        detail: the rest, as plain JSON values.
    """

    sequence: int
    at: str
    monotonic: float
    kind: str
    actor: str
    ids: tuple[str, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)


class Journal:
    """Entries in order; a sequence is its entry's place, so reading on is cheap."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, at: str, monotonic: float, kind: str, actor: str, *ids: str, **detail: Any
    ) -> None:
        """The write is on record with the next sequence."""
        sequence = len(self._entries) + 1
        self._entries.append(Entry(sequence, at, monotonic, kind, actor, ids, detail))

    def entries(self, after: int = 0, kind: str = "") -> Iterator[Entry]:
        """Entries with a sequence above `after`, oldest first; `kind` "" for all kinds."""
        for index in range(max(0, after), len(self._entries)):
            entry = self._entries[index]
            if not kind or entry.kind == kind:
                yield entry


class Requests:
    """How often each endpoint was asked, and when; refused and faulted calls count too."""

    def __init__(self, remembered: int = 200_000) -> None:
        self.counts: Counter[str] = Counter()
        self.times: deque[tuple[float, str]] = deque(maxlen=remembered)

    def add(self, monotonic: float, endpoint: str) -> None:
        """One more request is counted."""
        self.counts[endpoint] += 1
        self.times.append((monotonic, endpoint))

    def clear(self) -> None:
        """Counting starts anew."""
        self.counts.clear()
        self.times.clear()

    def busiest(self, window_s: float = 60.0) -> int:
        """The most requests that any window of this length held."""
        most, start = 0, 0
        times = [at for at, _ in self.times]
        for end, at in enumerate(times):
            while at - times[start] >= window_s:
                start += 1
            most = max(most, end - start + 1)
        return most
