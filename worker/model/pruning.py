"""How old history is dropped: in batches, each of which says where the next one goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PruneFrom:
    """Where the next batch of a pruning goes on; opaque numbers of the store."""

    events: int = 0
    intents: int = 0


FROM_THE_START = PruneFrom()

PRUNE_BATCH = 100
"""Rows of each kind that one batch looks at: about ten milliseconds of the writer's time."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows one batch dropped. `rest`: where the next one goes on; None: all is done."""

    events: int = 0
    intents: int = 0
    firings: int = 0
    rest: PruneFrom | None = None
