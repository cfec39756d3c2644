"""A process that writes as hard as it can and says, line by line, what it was told is durable.

Arguments: the ledger's path, the number of this life, how many callers.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from tests.unit.ledger.nouns import conversation_state, event, intent, planned, receipt, settlement
from worker.clock import SystemClock
from worker.ledger import SqliteLedger
from worker.model.action import IntentState
from worker.model.ids import EventId, MessageId


def _say(*words: object) -> None:
    # One write a line: a line that was cut off by the kill is not a promise.
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def _caller(ledger: SqliteLedger, life: int, caller: int) -> None:
    clock = SystemClock()
    for round_number in range(1_000_000):
        number = (life * 1000 + caller) * 1_000_000 + round_number
        name = f"conv_{life}_{caller}"
        # Numbers of this size would be times beyond the calendar, so only the id carries them.
        seen = replace(event(0, conversation=name), id=EventId(f"message:msg_{number}"))
        made = [intent(seen, place) for place in range(2)]
        state = conversation_state(name, read_marker=str(number))
        await ledger.receive(receipt(seen, conversations=(state,), memo={name: str(number)}))
        _say("received", number)
        await ledger.plan([planned(seen, intents=tuple(made))])
        _say("planned", number)
        for one in made:
            await ledger.claim([one.key], clock.now())
            _say("claimed", number, one.position)
            done = settlement(one, IntentState.DONE, result_id=MessageId(f"r{number}"))
            await ledger.settle([done])
            _say("settled", number, one.position)


async def _main() -> None:
    ledger = SqliteLedger(Path(sys.argv[1]))
    await ledger.open()
    _say("open")
    life, callers = int(sys.argv[2]), int(sys.argv[3])
    await asyncio.gather(*(_caller(ledger, life, caller) for caller in range(callers)))


if __name__ == "__main__":
    asyncio.run(_main())
