"""Other ways to decide the same rules, for comparison: a loop of `re`, and two rule engines.

Each takes the subjects of `workload` and becomes a function of a normalised text and a channel that
answers how many rules fit. All are given the normalised text for nothing; none is asked to tell
words from parts of words, so their task is the easier one.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from benchmarks.workload import Subject
from worker.text.normalise import normalise

Decide = Callable[[str, str], int]


def _folded(subject: Subject) -> list[str]:
    return [normalise(phrase).folded for phrase in subject.phrases]


def plain_re(subjects: Sequence[Subject]) -> Decide:
    """The rules of the message's channel, one compiled alternation after the other."""
    by_channel: dict[str, list[re.Pattern[str]]] = defaultdict(list)
    for subject in subjects:
        pattern = "|".join(map(re.escape, _folded(subject)))
        by_channel[subject.channel].append(re.compile(pattern))
    return lambda text, channel: sum(
        pattern.search(text) is not None for pattern in by_channel[channel]
    )


def rule_engine(subjects: Sequence[Subject]) -> Decide:
    """ZeroSteiner's rule-engine: one expression a rule, all asked."""
    engine = import_module("rule_engine")

    def expression(subject: Subject) -> str:
        quoted = (json.dumps(text, ensure_ascii=False) for text in _folded(subject))
        any_of = " or ".join(f"{text} in text" for text in quoted)
        return f"channel == {json.dumps(subject.channel)} and ({any_of})"

    rules = [engine.Rule(expression(subject)) for subject in subjects]

    def decide(text: str, channel: str) -> int:
        facts = {"text": text, "channel": channel}
        return sum(rule.matches(facts) for rule in rules)

    return decide


def zen_engine(subjects: Sequence[Subject]) -> Decide:
    """GoRules' zen-engine, written in Rust: one decision table, a row a rule, all rows that fit."""
    zen = import_module("zen")

    rows = [
        {
            "_id": f"row-{subject.number}",
            "channel": json.dumps(subject.channel),
            "text": " or ".join(
                f"contains($, {json.dumps(text, ensure_ascii=False)})" for text in _folded(subject)
            ),
            "rule": str(subject.number),
        }
        for subject in subjects
    ]
    decision = zen.ZenEngine().create_decision(json.dumps(_table(rows), ensure_ascii=False))

    def decide(text: str, channel: str) -> int:
        return len(decision.evaluate({"text": text, "channel": channel})["result"] or ())

    return decide


def _table(rows: list[dict[str, str]]) -> dict[str, object]:
    """A decision document: input, one table, output.

    Source: https://docs.gorules.io/developers/jdm/standard
    """
    columns = [{"id": name, "name": name, "field": name} for name in ("channel", "text")]
    content = {
        "hitPolicy": "collect",
        "rules": rows,
        "inputs": columns,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
    }
    kinds = {"in": "inputNode", "table": "decisionTableNode", "out": "outputNode"}
    nodes = [
        {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}
        | ({"content": content} if name == "table" else {})
        for name, kind in kinds.items()
    ]
    edges = [
        {"id": source, "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("in", "table"), ("table", "out"))
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def available() -> dict[str, Callable[[Sequence[Subject]], Decide]]:
    """The rivals that are installed, by name and version."""
    rivals: dict[str, Callable[[Sequence[Subject]], Decide]] = {"re loop, by channel": plain_re}
    for package, build in (("rule-engine", rule_engine), ("zen-engine", zen_engine)):
        try:
            rivals[f"{package} {version(package)}"] = build
        except PackageNotFoundError:
            continue
    return rivals
