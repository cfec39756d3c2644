"""Random histories leave the file and the memory in the same state."""

from __future__ import annotations

import asyncio
import random
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import HandClock
from tests.contract.test_ledger_timers import fired, timer_of
from tests.unit.ledger.nouns import (
    ACCOUNT,
    OTHER,
    at,
    contact_state,
    conversation_state,
    event,
    firing,
    intent,
    planned,
    receipt,
    settlement,
)
from worker.errors import LedgerError
from worker.ledger import SqliteLedger
from worker.ledger.memory import MemoryLedger
from worker.ledger.standing import MAY_BECOME
from worker.model.action import Intent, IntentState
from worker.model.event import Event
from worker.model.ids import ContactId, ConversationId, IntentKey, MessageId
from worker.model.ledger import Ledger

STEPS = 60
NUMBERS = range(5)


def _event(draw: random.Random) -> Event:
    number = draw.choice(NUMBERS)
    return event(
        number,
        account=draw.choice([ACCOUNT, OTHER]),
        conversation=f"conv_{number % 3}",
        history=number == 4,
    )


async def _one_step(ledger: Ledger, seed: int, step: int) -> object:
    """One step, the same for the same seed; what it answered or how it was refused."""
    draw = random.Random(seed * 1000 + step)
    some = [_event(draw) for _ in range(draw.randint(1, 3))]
    state = conversation_state(f"conv_{draw.randint(0, 2)}", read_marker=str(step))
    contact = contact_state(tags=frozenset({f"t{step}"})) if draw.random() < 0.5 else None
    made = [intent(some[-1], place, visible=draw.random() < 0.7) for place in range(3)]
    memo = {draw.choice("abc"): draw.choice(["", str(step)])}
    try:
        match draw.randint(0, 7):
            case 0:
                mine = [seen for seen in some if seen.account == some[0].account]
                return await ledger.receive(
                    receipt(*mine, memo=memo, conversations=(state,) if step % 2 else ())
                )
            case 1:
                mine = [seen for seen in some if seen.account == some[-1].account]
                when = draw.randint(0, 50)
                return await ledger.plan(
                    [
                        planned(
                            *mine,
                            intents=tuple(made[: draw.randint(0, 3)]),
                            firings=tuple(
                                firing(
                                    when, rule, shadow=draw.random() < 0.5, sends=draw.randint(0, 2)
                                )
                                for rule in draw.sample(["a", "b", "c"], draw.randint(0, 3))
                            ),
                            conversation=state,
                            contact=contact,
                            ended=tuple(one.key for one in made if draw.random() < 0.2),
                            timers=tuple(
                                timer_of(one, at(draw.randint(50, 99)), wrong=step)
                                for one in made
                                if draw.random() < 0.3
                            ),
                            caused=(fired(timer_of(made[0], at(step))),)
                            if draw.random() < 0.3
                            else (),
                            scripts={"s": str(step)},
                        )
                    ]
                )
            case 2:
                return await ledger.claim([one.key for one in made], at(draw.randint(0, 90)))
            case 3 | 4 | 5:
                await ledger.settle(
                    [
                        settlement(
                            one,
                            await _next_state(ledger, one, draw),
                            draw.randint(0, 90),
                            result_id=draw.choice([None, MessageId(f"r{step}")]),
                            error=draw.choice(["", f"error {step}"]),
                            not_before=draw.choice([None, at(step)]),
                            expires_at=draw.choice([None, at(step + 1000)]),
                            contact=contact,
                            memo=memo,
                            timer=timer_of(one, at(step)) if draw.random() < 0.5 else None,
                        )
                        for one in draw.sample(made, draw.randint(1, 2))
                    ]
                )
            case 6:
                batch = await ledger.prune(
                    some[0].account, at(draw.randint(0, 90)), limit=draw.randint(1, 5)
                )
                return batch.events, batch.intents, batch.firings, batch.rest is None
            case _:
                await ledger.remember(some[0].account, memo)
    except LedgerError:
        return "refused"
    return None


async def _next_state(ledger: Ledger, of: Intent, draw: random.Random) -> IntentState:
    """Mostly a step that is allowed: purely random ones hardly ever get far."""
    now = await ledger.intent(of.key)
    allowed = sorted(MAY_BECOME[now.state]) if now is not None else []
    return draw.choice(allowed if allowed and draw.random() < 0.8 else list(IntentState))


async def _all(ledger: Ledger) -> list[object]:
    """Every answer the ledger has."""
    found: list[object] = [await ledger.summary()]
    for account in (ACCOUNT, OTHER):
        found += [
            await ledger.memo(account),
            await ledger.unplanned(account),
            await ledger.tracked(account),
            await ledger.conversations(account, [ConversationId(f"conv_{n}") for n in range(3)]),
            await ledger.contacts(account, [ContactId("con_1")]),
            await ledger.open_intents(account),
            await ledger.intents(account, list(IntentState)),
            await ledger.recent(account, at(20)),
            await ledger.accounted(account, [MessageId(f"r{n}") for n in range(STEPS)]),
            await ledger.events(account),
            await ledger.events(account, conversation_id=ConversationId("conv_1"), since=at(2)),
            await ledger.events(account, since=at(3), limit=3),
            await ledger.summary(account),
            await ledger.activity(account, at(10)),
            await ledger.prunable(account, at(30)),
            await ledger.timers(account),
            await ledger.timers(account, conversation_id=ConversationId("conv_1"), before=at(40)),
            await ledger.script("s"),
            [
                await ledger.intent(IntentKey(f"{account}|message:msg_{number}|{place}"))
                for number in NUMBERS
                for place in range(3)
            ],
        ]
    return found


async def _compare(seed: int) -> None:
    clock = HandClock()
    memory = MemoryLedger(clock=clock)
    with tempfile.TemporaryDirectory() as directory:
        file = SqliteLedger(Path(directory) / "w.db", clock=clock)
        await file.open()
        every = [
            [
                event(n, account=owner, conversation=f"conv_{n % 3}", history=n == 4)
                for n in NUMBERS[1:]
            ]
            for owner in (ACCOUNT, OTHER)
        ]
        for ledger in (memory, file):
            for seen in every:
                await ledger.receive(receipt(*seen))
        for step in range(STEPS):
            told = [await _one_step(ledger, seed, step) for ledger in (memory, file)]
            assert told[0] == told[1], f"step {step} of {seed}"
            await clock.sleep(timedelta(seconds=1).total_seconds())
        assert await _all(memory) == await _all(file)
        before = await _all(file)
        await file.close()
        again = SqliteLedger(Path(directory) / "w.db", clock=clock)
        await again.open()
        assert await _all(again) == before
        await again.close()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_memory_ledger_answers_as_the_file_does(seed: int) -> None:
    """Tests that run on memory prove nothing about a file that answers differently."""
    asyncio.run(_compare(seed))
