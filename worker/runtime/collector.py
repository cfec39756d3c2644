"""Python's cycle collector, kept from stopping the event loop.

It looks at every container there is each time their number has grown by a quarter: 300 to 600 ms
while 10,000 rules are loaded (`benchmarks/reload.py`), and now and then while they are in force.
So it rests during a load, and what stands after one is taken out of its sight. What an old rule
set leaves behind in cycles is not found either; once that may be much, all is shown again.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 20_000
"""Containers made before the youngest are looked at (Python's own: 700). An event makes hundreds
that die by themselves; looking for cycles among them cost a tenth of all CPU time."""

GROWN: Final = 2
"""When so many times the pieces of memory are held as after the first load, all is shown again."""

_first_load: list[int] = []


@contextmanager
def resting() -> Iterator[None]:
    """Nothing is collected inside; what stands at the end is not looked at any more."""
    gc.disable()
    try:
        yield
    finally:
        _settle()


def _settle() -> None:
    gc.freeze()
    # not how many are out of sight: to count those, each is visited, and the loop stands still
    held = sys.getallocatedblocks()
    if not _first_load:
        _first_load.append(held)
    if held > GROWN * _first_load[0]:
        _first_load.clear()
        gc.unfreeze()
    _, middle, old = gc.get_threshold()
    gc.set_threshold(YOUNG, middle, old)
    gc.enable()
