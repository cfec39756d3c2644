"""What one message costs at 100, 1,000 and 10,000 rules, and what compiling the rules costs.

    python -m benchmarks.matching [--rounds 7] [--plot benchmarks/plots/matching.svg]

Every time includes normalising the message, finding the candidates and asking each of them in full,
in one thread. A figure is the median of the rounds, in which the sizes take turns: a machine that
is slower for a while is so for all of them. Read the ratios: the rest depends on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from pydantic import TypeAdapter

from benchmarks import rivals
from benchmarks.matching_report import Figure, plot, report
from benchmarks.workload import Question, Subject, questions, subjects
from worker.clock import SystemClock
from worker.conditions import AnyCondition
from worker.engine.index import RuleIndex
from worker.engine.match import match
from worker.model.chat import Conversation, Message, Sender
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, ConversationId, EventId, MessageId, RuleId
from worker.model.rule import Rule
from worker.model.verdict import Reason
from worker.ruleset.triggers import When
from worker.text.normalise import fold, normalise

SIZES = (100, 1_000, 10_000)
_NOW = datetime(2026, 10, 5, 10, 0, tzinfo=UTC)
_RIVAL_SECONDS = 1.0  # a slow rival is asked as many messages as this allows
_CONDITION: TypeAdapter[Any] = TypeAdapter(AnyCondition)
_WHEN: TypeAdapter[Any] = TypeAdapter(When)


def _rule(subject: Subject) -> Rule:
    """The rule as its author would have written it: its parts are read as from a file."""
    if subject.alternation:
        forms = [normalise(phrase).plain for phrase in subject.phrases]
        text: Any = {"matches": "|".join(dict.fromkeys([*forms, *map(fold, forms)]))}
    else:
        text = {"mentions": list(subject.phrases)}
    items = [{"channel": subject.channel}, {"text": text}]
    return Rule(
        id=RuleId(f"rule-{subject.number}"),
        order=subject.number,
        triggers=_WHEN.validate_python(EventKind.MESSAGE_RECEIVED.value),
        conditions=tuple(_CONDITION.validate_python(item) for item in items),
        steps=(),
    )


def _facts(question: Question) -> Facts:
    """Everything but the text, which is normalised in the measured part."""
    conversation = ConversationId("conversation")
    message = Message(
        id=MessageId("message"),
        conversation_id=conversation,
        sender=Sender.CUSTOMER,
        text=question.text,
    )
    kind = EventKind.MESSAGE_RECEIVED
    return Facts(
        now=_NOW,
        event=Event(id=EventId("message:message"), account=AccountId("a"), kind=kind, at=_NOW),
        kinds=frozenset([kind]),
        message=message,
        conversation=Conversation(id=conversation, channel=question.channel),
    )


def _with_text(facts: Facts) -> Facts:
    """A copy with the normalised text; written out, `dataclasses.replace` costs more than
    matching.
    """
    return Facts(
        now=facts.now,
        event=facts.event,
        kinds=facts.kinds,
        message=facts.message,
        text=normalise(facts.message.text if facts.message else ""),
        conversation=facts.conversation,
    )


def _seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def _matched(index: RuleIndex, facts: Facts) -> int:
    asked = match(facts, index.candidates(facts))
    return sum(answer.reason is Reason.MATCHED for answer in asked)


def _memory_mib(count: int) -> float:
    """What the index adds to the process, its rules not counted; run in a process of its own."""
    rules = [_rule(subject) for subject in subjects(count)]
    normalise("warm 暖 อุ่น ấm")
    RuleIndex(rules[:10])
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    index = RuleIndex(rules)
    gc.collect()
    after = process.memory_info().rss
    del index
    return (after - before) / 2**20


async def _stall_ms(rules: Sequence[Rule]) -> float:
    """The longest the event loop was kept from running while the rules were compiled in a
    thread.
    """
    clock = SystemClock()
    worst = 0.0
    compiling = asyncio.create_task(asyncio.to_thread(RuleIndex, rules))
    last = clock.monotonic()
    while not compiling.done():
        await clock.sleep(0.001)
        now = clock.monotonic()
        worst = max(worst, now - last - 0.001)
        last = now
    await compiling
    return worst * 1000


def _rival_seconds(decide: rivals.Decide, texts: Sequence[tuple[str, str]]) -> float:
    """Seconds a message, over as many messages as there is time for."""
    start = time.perf_counter()
    taken, done = 0.0, 0
    for text, channel in texts:
        decide(text, channel)
        done += 1
        taken = time.perf_counter() - start
        if taken > _RIVAL_SECONDS:
            break
    return taken / done


def in_turns(rounds: int) -> list[list[float]]:
    """Seconds a message, of each size in each round."""
    bare = [_facts(question) for question in questions()]
    indices = [RuleIndex([_rule(subject) for subject in subjects(size)]) for size in SIZES]

    def everything(index: RuleIndex) -> None:
        for facts in bare:
            match(whole := _with_text(facts), index.candidates(whole))

    gc.collect()
    gc.freeze()  # as the worker does with rules in use
    taken = [
        [_seconds(partial(everything, index), 1) / len(bare) for index in indices]
        for _ in range(rounds)
    ]
    gc.unfreeze()
    return taken


def measure(count: int, message_s: float, rounds: int) -> Figure:
    """All figures of `count` rules."""
    chosen = subjects(count)
    rules = [_rule(subject) for subject in chosen]
    bare = [_facts(question) for question in questions()]
    index = RuleIndex(rules)
    complete = [_with_text(facts) for facts in bare]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        memory = pool.apply(_memory_mib, (count,))
    texts = [
        (facts.text.folded, facts.conversation.channel)
        for facts in complete
        if facts.text and facts.conversation
    ]
    return Figure(
        rules=count,
        message_s=message_s,
        candidates=sum(len(index.candidates(facts)) for facts in complete) / len(bare),
        matched=sum(_matched(index, facts) for facts in complete) / len(bare),
        compile_s=_seconds(lambda: RuleIndex(rules), min(rounds, 5)),
        memory_mib=memory,
        stall_ms=median(asyncio.run(_stall_ms(rules)) for _ in range(min(rounds, 5))),
        rivals_s={
            name: _rival_seconds(build(chosen), texts) for name, build in rivals.available().items()
        },
    )


def main() -> None:
    """The table is printed and the plot written."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--plot", type=Path, default=Path("benchmarks/plots/matching.svg"))
    chosen = parser.parse_args()
    turns = in_turns(chosen.rounds)
    figures = [
        measure(size, median(times), chosen.rounds)
        for size, times in zip(SIZES, zip(*turns, strict=True), strict=True)
    ]
    print(report(figures, median(times[-1] / times[0] for times in turns)))
    plot(figures, chosen.plot)


if __name__ == "__main__":
    main()
