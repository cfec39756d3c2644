"""Answers of conditions, the reasons that explain them, and the traces they leave.

msgspec structs, not dataclasses: every condition that is asked makes one, and every decision writes
them down; what says nothing is left out of what is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import msgspec


class Answer(StrEnum):
    """Three-valued: an undecided condition never fires a rule, also not under `not`."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Reason(StrEnum):
    """Why a rule acted or not: a closed list."""

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


Form = Literal["raw", "plain", "folded"]
"""One of the forms of `MessageText`."""


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a condition found what it looked for.

    Args:
        phrase: as the rule's author wrote it.
        form: the form of the message that was searched.
        start, end: characters before it, and before what follows it, in that form.
    """

    phrase: str
    form: Form
    start: int
    end: int


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition's answer.

    Args:
        kind: the condition's key in YAML ("text", "all", …).
        because: one short phrase for `explain`: the value seen, the phrase matched.
        parts: verdicts of inner conditions, in the order they were asked.
        found: values captured by `extract` and by patterns, for templates (`found.NAME`).
        hits: where in the message it was found.
    """

    answer: Answer
    kind: str = ""
    because: str = ""
    parts: tuple[Verdict, ...] = ()
    found: Mapping[str, Any] = {}
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """What would have made a condition say yes, for the person who asks why it did not.

    Args:
        hint: in one line; "" where nothing more can be said than the verdict does.
        likeness: how near the event came, from 0 to 1.
    """

    hint: str = ""
    likeness: float = 0.0


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step that was planned, or in shadow would have been; its intent's key is made of the
    event, the rule and `position`.

    Args:
        text: what it says or does, in one line.
        visible: the customer sees it.
    """

    position: int
    kind: str
    text: str = ""
    visible: bool = False


class RuleTrace(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one rule said to one event.

    Args:
        detail: the guard's words, or what failed.
        verdicts: of the conditions asked, up to the first that is not a yes.
        shadow: the rule was on trial.
        acts: what it does; for a rule in shadow, what it would have done.
        cut: recorded without the verdicts, for want of room.
        flow: told of a rule that waits in the conversation, or waited, and was not asked now.
    """

    rule: str
    reason: Reason
    detail: str = ""
    verdicts: tuple[Verdict, ...] = ()
    shadow: bool = False
    acts: tuple[Act, ...] = ()
    cut: bool = False
    flow: bool = False


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """What every rule that was asked said to one event, in the order they were asked.

    Args:
        left_out: how many rules are not in `rules` for want of room, by reason.
    """

    rules: tuple[RuleTrace, ...] = ()
    note: str = ""
    left_out: Mapping[Reason, int] = {}
