"""What recording decisions costs, beside what an event costs on the whole path, in one run.

    python -m benchmarks.traces

The same messages are decided by 100 rules and the decisions journalled, again and again in turns:
once as the worker does it, once with nothing recorded but the intents: no traces, no context, no
row for them. The difference is what recording takes, on all threads: making the words, encoding,
writing. It is compared with the CPU time of one event on the whole path (`benchmarks.whole_path`).
Last, one event is decided that 10,000 rules fit, with a message of a megabyte. Exits 1 where
recording takes more than a tenth, or a trace more than its bound.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from msgspec.structs import replace

from benchmarks.desk import ROOT, rule_file
from benchmarks.sandbox_throughput import start_sandbox
from benchmarks.whole_path import one
from worker.engine import plan
from worker.engine.index import RuleIndex
from worker.engine.made_up import EVENT, MadeUp
from worker.ledger import calls, decided
from worker.ledger.sqlite import SqliteLedger
from worker.ledger.traces import TRACE_BYTES, written_trace
from worker.model.action import Intent
from worker.model.facts import Facts, Names
from worker.model.ids import EventId
from worker.model.ledger import Planned, Receipt
from worker.model.rule import RuleSet
from worker.model.verdict import Act, Trace
from worker.ruleset.load import load_rules

PROMISED = 0.10
RULES = 100
BATCH, BATCHES = 64, 40
_NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


class Nothing:
    """Rows that are never written."""

    def add(self, *_columns: object) -> None:
        """Forgotten."""

    def run(self, *_given: object) -> int:
        """Nothing was changed."""
        return 0


class Unrecorded(decided.Decided):
    """Decisions of which only the intents are kept."""

    def __init__(self, intent_seq: int) -> None:
        super().__init__(intent_seq)
        self._decisions: Any = Nothing()


@contextmanager
def replaced(module: Any, name: str, instead: object) -> Iterator[None]:
    """The name means something else inside."""
    before = getattr(module, name)
    setattr(module, name, instead)
    try:
        yield
    finally:
        setattr(module, name, before)


def bare_act(intent: Intent) -> Act:
    """What is counted by guards, and no word more."""
    return Act(intent.position, intent.kind, visible=intent.visible)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Decisions made inside leave their intents and nothing else."""
    with ExitStack() as stack:
        for module, name, instead in (
            (calls, "written_trace", lambda _trace: b"{}"),
            (calls, "written_context", lambda _context: b"{}"),
            (plan, "context_of", lambda *_seen: {}),
            (plan, "act_of", bare_act),
            (sys.modules["worker.ledger.journal"], "Decided", Unrecorded),
        ):
            stack.enter_context(replaced(module, name, instead))
        yield


async def journalled(rounds: int) -> tuple[float, float]:
    """CPU time of an event's decision and its writing, recorded and not: µs, medians."""
    with tempfile.TemporaryDirectory(dir=ROOT) as directory:
        file = Path(directory) / "rules.yaml"
        file.write_text(rule_file(RULES), "utf-8")
        ruleset = load_rules(file)
        index = RuleIndex(ruleset.rules)
        found: dict[str, list[float]] = {"recorded": [], "unrecorded": []}
        for number in range(2 * rounds):
            name = "unrecorded" if number % 2 else "recorded"
            with unrecorded() if number % 2 else nullcontext():
                path = Path(directory) / f"{number}.db"
                found[name].append(await _journal(path, ruleset, index))
    return statistics.median(found["recorded"]), statistics.median(found["unrecorded"])


async def _journal(path: Path, ruleset: RuleSet, index: RuleIndex) -> float:
    """CPU time of one event, in µs."""
    ledger = SqliteLedger(path)
    await ledger.open()
    batches = [_said(batch) for batch in range(BATCHES)]
    for batch in batches:
        events = tuple(facts.event for facts in batch)
        await ledger.receive(Receipt(account=events[0].account, events=events))
    gc.collect()
    begun = time.process_time()
    for batch in batches:
        await ledger.plan([_decided(facts, ruleset, index) for facts in batch])
    took = time.process_time() - begun
    await ledger.close()
    return took / (BATCHES * BATCH) * 1e6


def _said(batch: int) -> list[Facts]:
    """Messages of a batch, each of another customer."""
    return [_fact(batch * BATCH + number) for number in range(BATCH)]


def _fact(number: int) -> Facts:
    text = f"#{number} hello, I would like to ask about word{number % RULES} please"
    facts = MadeUp(text=text, channel="web", at=_NOON, language="en").facts(Names())
    event = replace(facts.event, id=EventId(f"message:{number}"))
    return replace(facts, event=event)


def _decided(facts: Facts, ruleset: RuleSet, index: RuleIndex) -> Planned:
    standing = MadeUp(text="", channel="web", at=_NOON).standing
    return plan.decide(facts, [facts.event.id], index.candidates(facts), ruleset, standing)


async def whole(events: int) -> float:
    """CPU time of one event on the whole path, in µs."""
    given = argparse.Namespace(
        flight=64, customers=256, events=events, log="info", profile=False, client=False
    )
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "rules.yaml").write_text(rule_file(RULES), "utf-8")
        child, printed = start_sandbox()
        try:
            return (await one("whole", printed, place, RULES, given)).cpu_us
        finally:
            child.terminate()
            child.wait(timeout=10)


def worst() -> int:
    """Bytes of the trace of one event that 10,000 rules fit, and what it costs; printed."""
    rules = ", ".join(
        f"{{id: r{number}, when: message.received, if: [{{text: {{contains: x}}}}], also: true, "
        f"limits: [{{max: 1000000, within: 1h, per: contact}}], allow_unsafe: true, "
        f"do: [{{reply: Thank you}}]}}"
        for number in range(10_000)
    )
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "rules.yaml"
        file.write_text(f"rules: [{rules}]", "utf-8")
        ruleset = load_rules(file)
    said = MadeUp(text="x" * 1_000_000, channel="web", at=_NOON)
    facts = said.facts(ruleset.names)
    begun = time.process_time()
    trace = plan.decide(facts, [EVENT], ruleset.rules, ruleset, said.standing).trace
    deciding = time.process_time() - begun
    begun = time.process_time()
    size = len(written_trace(trace))
    writing = time.process_time() - begun
    print(
        f"worst case: {len(trace.rules):,} rules fit a message of a megabyte: decided in "
        f"{deciding * 1e3:.0f} ms, written down in {writing * 1e3:.0f} ms as {size:,} bytes "
        f"(bound {TRACE_BYTES:,}); {_acting(trace):,} rules acted"
    )
    return size


def _acting(trace: Trace) -> int:
    return sum(bool(one.acts) for one in trace.rules)


def main() -> int:
    """The share is printed; 1 where recording costs more than is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=5_120, help="messages on the whole path")
    parser.add_argument("--rounds", type=int, default=7, help="of journalling, each way")
    given = parser.parse_args()
    size = worst()
    with_it, without = uvloop.run(journalled(given.rounds))
    print(
        f"deciding and journalling {BATCHES * BATCH:,} events: {with_it:.1f} µs each, "
        f"{without:.1f} µs with nothing recorded (medians of {given.rounds})"
    )
    event = uvloop.run(whole(given.events))
    share = (with_it - without) / event
    print(
        f"recording takes {with_it - without:.1f} of the {event:.0f} µs of CPU time of an event "
        f"on the whole path: {share:.1%} (promised: {PROMISED:.0%})"
    )
    return 0 if share <= PROMISED and size <= TRACE_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
