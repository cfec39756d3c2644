"""What a question to a calendar costs, and what the first calendar costs a start.

    python benchmarks/calendars.py

One calendar of Hong Kong with holidays, a spring's clock change in London for comparison; times
spread over two years. `cold` is the first round, which finds every day new.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

ASKED = 5_000
ROUNDS = 5
_RULES = """\
calendars:
  {zone_name}:
    timezone: {zone}
    open: {{ mon-fri: ["09:30-13:00", "14:00-18:30"], sat: ["10:00-13:00"] }}
    holidays: {holidays}
"""
_CALENDARS = (("hong_kong", "Asia/Hong_Kong", "HK"), ("london", "Europe/London", "GB-ENG"))


def _rules(folder: Path, count: int) -> Path:
    path = folder / "hours.yaml"
    parts = [
        _RULES.format(zone_name=name, zone=zone, holidays=holidays)
        for name, zone, holidays in _CALENDARS[:count]
    ]
    path.write_text("calendars:\n" + "".join(one.split("\n", 1)[1] for one in parts), "utf-8")
    if not count:
        path.write_text("rules: []\n", "utf-8")
    return path


def questions(folder: Path) -> None:
    """Prints microseconds a question, for each calendar and kind of question."""
    from worker.ruleset.load import load_rules

    chance = random.Random(6)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=chance.randrange(2 * 365 * 1440)) for _ in range(ASKED)]
    calendars = load_rules(_rules(folder, len(_CALENDARS))).calendars
    print(f"{'calendar':12} {'question':16} {'cold µs':>9} {'warm µs':>9}")
    hours = timedelta(hours=30)
    for name, calendar in calendars.items():
        asked: dict[str, Callable[[datetime], object]] = {
            "open_at": calendar.open_at,
            "next_open": calendar.next_open,
            "next_close": calendar.next_close,
            "reason": calendar.reason,
            "add_open 30h": lambda at, one=calendar: one.add_open(at, hours),
            "subtract_open 30h": lambda at, one=calendar: one.subtract_open(at, hours),
        }
        for question, ask in asked.items():
            spent = [_spent(ask, times) for _ in range(ROUNDS)]
            print(f"{name:12} {question:16} {spent[0]:9.2f} {min(spent[1:]):9.2f}")


def _spent(ask: Callable[[datetime], object], times: list[datetime]) -> float:
    begun = time.process_time()
    for at in times:
        ask(at)
    return (time.process_time() - begun) / len(times) * 1e6


def start_of(count: int) -> None:
    """Prints seconds of processor time and megabytes of a start with so many calendars."""
    import worker.app  # noqa: F401 - what a start imports anyway
    from worker.ruleset.load import load_rules

    with tempfile.TemporaryDirectory() as folder:
        path = _rules(Path(folder), count)
        begun = time.process_time()
        calendars = load_rules(path).calendars
        for calendar in calendars.values():
            calendar.reason(datetime(2026, 10, 5, 20, tzinfo=UTC))
        spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} calendars: {spent:.3f} s of processor time to load and ask, {peak:.0f} MB peak")


def main() -> int:
    """Everything is printed."""
    if sys.argv[1:]:
        start_of(int(sys.argv[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        questions(Path(folder))
    print(flush=True)
    for count in range(len(_CALENDARS) + 1):
        subprocess.run([sys.executable, __file__, str(count)], check=True)  # noqa: S603 - ourselves
    return 0


if __name__ == "__main__":
    sys.exit(main())
