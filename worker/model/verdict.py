"""Answers of conditions, and the reasons that explain them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    """Three-valued: an undecided condition never fires a rule, also not under `not`."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Reason(StrEnum):
    """Why a rule acted or not: the closed list of rules.md §9."""

    MATCHED = "matched"
    CONDITION = "condition"
    UNDECIDED = "undecided"
    OUTRANKED = "outranked"
    COOLDOWN = "cooldown"
    LIMIT = "limit"
    HUMAN = "human"
    HANDED_OVER = "handed_over"
    OPTED_OUT = "opted_out"
    VENDOR_BOT = "vendor_bot"
    CLOSED = "closed"
    STALE = "stale"
    BACKLOG = "backlog"
    OWN_MESSAGE = "own_message"
    LOOP = "loop"
    SHADOW = "shadow"
    PAUSED = "paused"
    UNSUPPORTED = "unsupported"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition's answer.

    Args:
        kind: the condition's key in YAML ("text", "all", …).
        because: one short phrase for `explain`: the value seen, the phrase matched and where.
        parts: verdicts of inner conditions, in the order they were asked.
        found: values captured by `extract` and by patterns, for templates (`found.NAME`).
    """

    answer: Answer
    kind: str = ""
    because: str = ""
    parts: tuple[Verdict, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """What one rule said to one event."""

    rule: str
    reason: Reason
    detail: str = ""
    verdicts: tuple[Verdict, ...] = ()
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """What every rule that was asked said to one event, in the order they were asked."""

    rules: tuple[RuleTrace, ...] = ()
    note: str = ""


BACKLOG = Trace(note=f"{Reason.BACKLOG.value}: it was there before the worker first started")
"""The trace of history, which no rule is asked about."""
