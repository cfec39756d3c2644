"""What making and changing a frozen value costs: a `Noun`, and a dataclass with the same fields.

    python -m benchmarks.nouns [--times 100000]

The value is an intent, the widest of those that an event makes. Best of five, in microseconds.
"""

from __future__ import annotations

import argparse
import dataclasses
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from worker.model.action import Guards, Intent, IntentState
from worker.model.ids import AccountId, EventId, IntentKey, RuleId

AT = datetime(2026, 10, 5, tzinfo=UTC)


def fields() -> dict[str, Any]:
    """The fields of an intent, each given."""
    intent = Intent(
        key=IntentKey("k" * 32),
        account=AccountId("imbrace"),
        lane="conv_1",
        event_id=EventId("message:1"),
        rule_id=RuleId("price"),
        position=0,
        kind="reply",
        visible=True,
        work={"kind": "text", "text": "Hello"},
        guards=Guards(human_quiet=timedelta(minutes=30)),
        event_at=AT,
        expires_at=AT,
        created_at=AT,
    )
    return {name: getattr(intent, name) for name in intent.__struct_fields__}


def best(work: Callable[[], object], times: int) -> float:
    """Microseconds that one doing takes."""
    return min(timeit.repeat(work, number=times, repeat=5)) / times * 1e6


def main() -> None:
    """The four figures and their ratios are printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=100_000)
    times = parser.parse_args().times
    given = fields()
    Twin = dataclasses.make_dataclass(  # noqa: N806 - a class
        "Twin", [(name, Any) for name in given], frozen=True, slots=True, kw_only=True
    )
    noun, twin = Intent(**given), Twin(**given)
    change = {"state": IntentState.SENDING, "attempt": 1, "claimed_at": AT}
    made = best(lambda: Intent(**given), times), best(lambda: Twin(**given), times)
    changed = (
        best(lambda: msgspec.structs.replace(noun, **change), times),
        best(lambda: dataclasses.replace(twin, **change), times),
    )
    for what, (quick, slow) in (("making", made), ("changing", changed)):
        print(
            f"{what} one of {len(given)} fields: noun {quick:.2f} µs, frozen dataclass "
            f"{slow:.2f} µs, {slow / quick:.0f} times"
        )


if __name__ == "__main__":
    main()
