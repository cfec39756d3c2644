"""Where the event loop's thread spends its CPU time: sampled, so that looking costs little."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

EVERY_S = 0.002
"""CPU time of the process between two looks."""


class Samples:
    """Frames seen on the main thread.

    Attributes:
        own: looks that found this function running.
        within: looks that found it running or waiting for what it called.
    """

    def __init__(self) -> None:
        self.own: Counter[CodeType] = Counter()
        self.within: Counter[CodeType] = Counter()
        self.looks = 0

    def look(self, _number: int, frame: FrameType | None) -> None:
        """The stack is counted."""
        self.looks += 1
        seen: set[CodeType] = set()
        first = True
        while frame is not None:
            name = frame.f_code
            if first:
                self.own[name] += 1
                first = False
            seen.add(name)
            frame = frame.f_back
        self.within.update(seen)

    def report(self, most: int = 40) -> str:
        """Shares of the looks, the largest first."""
        lines = [f"{self.looks} looks; share alone, share with what it called"]
        lines += [
            f"{count / self.looks:6.1%} {self.within[name] / self.looks:6.1%}  {_name(name)}"
            for name, count in self.own.most_common(most)
        ]
        lines += ["", "share with what it called"]
        lines += [
            f"{count / self.looks:6.1%}  {_name(name)}"
            for name, count in self.within.most_common(2 * most)
        ]
        return "\n".join(lines)


@contextmanager
def sampled() -> Iterator[Samples]:
    """What runs inside is looked at."""
    samples = Samples()
    before = signal.signal(signal.SIGPROF, samples.look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _name(code: CodeType) -> str:
    return f"{'/'.join(Path(code.co_filename).parts[-3:])}:{code.co_name}"
