"""What a decision leaves behind, within bounds: a fixed number of bytes for each event, whatever
rules there are and whatever customers write.

Nearly every trace is far smaller, and is written as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from worker.ledger.codec import encoded
from worker.model.ledger import Planned
from worker.model.verdict import Act, Reason, RuleTrace, Trace, Verdict

TRACE_BYTES = 16_384
"""What the trace of one event may take: about two hundred rules that say little."""

CONTEXT_BYTES = 65_536
"""What the rules saw besides the event; a contact and a conversation take about two thousand."""

_WORDS = 200  # characters of one reason, once a trace is too large
_VALUE = 1_000  # characters of one text of a context that is too large
_DEEPEST = 3  # verdicts within verdicts that are kept then
_MOST = 20  # verdicts, and values found, of one rule that are kept then
_FRAME = 1_024  # for the counts of what is left out, and the note
_RULE = 64  # where so little room is left, no further rule is tried

_TELLS_LEAST = frozenset({Reason.CONDITION, Reason.PAUSED})
_TELLS_LITTLE = frozenset({Reason.OUTRANKED, Reason.UNDECIDED})


def written_trace(trace: Trace) -> bytes:
    """The trace as JSON of at most `TRACE_BYTES`; what it leaves out is counted in it.

    Rules that acted or were withheld by a guard stay before those that another one outranked, and
    these before those whose conditions did not hold.
    """
    whole = encoded(trace)
    return whole if len(whole) <= TRACE_BYTES else encoded(_fitted(trace))


def written_context(context: Mapping[str, Any]) -> bytes:
    """The context as JSON of at most `CONTEXT_BYTES`; names that are missing stand in `left_out`,
    and texts that were cut end in `…`.
    """
    whole = encoded(context)
    if len(whole) <= CONTEXT_BYTES:
        return whole
    kept = _shortened(msgspec.to_builtins(context))
    sizes = sorted((len(encoded(value)), name) for name, value in kept.items())
    room = CONTEXT_BYTES - _FRAME
    left_out: list[str] = []
    for size, name in sizes:
        room -= size + len(encoded(name)) + 2
        if room < 0:
            del kept[name]
            left_out.append(name)
    return encoded({**kept, "left_out": sorted(left_out)[:_MOST]})


def bounded(planned: Planned) -> Planned:
    """The decision as a ledger keeps it."""
    trace = msgspec.json.decode(written_trace(planned.trace), type=Trace)
    context = msgspec.json.decode(written_context(planned.context))
    return replace(planned, trace=trace, context=context)


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return _cut(value, _VALUE)
    if isinstance(value, Mapping):
        return {_cut(name, _WORDS): _shortened(one) for name, one in value.items()}
    return [_shortened(one) for one in value] if isinstance(value, list) else value


def _fitted(trace: Trace) -> Trace:
    room = TRACE_BYTES - _FRAME
    kept: dict[int, RuleTrace] = {}
    left_out: Counter[Reason] = Counter()
    for place in sorted(range(len(trace.rules)), key=lambda one: _rank(trace.rules[one].reason)):
        rule = trace.rules[place]
        size, short = (0, None) if room < _RULE else _shortest(rule, room)
        if short is None:
            left_out[rule.reason] += 1
        else:
            kept[place] = short
            room -= size
    rules = tuple(kept[place] for place in sorted(kept))
    return Trace(rules=rules, note=_cut(trace.note, _WORDS), left_out=left_out)


def _rank(reason: Reason) -> int:
    if reason in _TELLS_LEAST:
        return 2
    return 1 if reason in _TELLS_LITTLE else 0


def _shortest(rule: RuleTrace, room: int) -> tuple[int, RuleTrace | None]:
    """The rule with as much of its verdicts as there is room for, and its bytes."""
    named = RuleTrace(
        _cut(rule.rule, _WORDS),
        rule.reason,
        _cut(rule.detail, _WORDS),
        shadow=rule.shadow,
        flow=rule.flow,
        acts=tuple(_short_act(act) for act in rule.acts[:_MOST]),
    )
    whole = msgspec.structs.replace(named, verdicts=_short_verdicts(rule.verdicts, _DEEPEST))
    bare = msgspec.structs.replace(named, acts=(), cut=True)
    for form in (whole, msgspec.structs.replace(named, cut=True), bare):
        size = len(encoded(form)) + 1
        if size <= room:
            return size, form
    return 0, None


def _short_verdicts(verdicts: tuple[Verdict, ...], depth: int) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            one.answer,
            one.kind,
            _cut(one.because, _WORDS),
            _short_verdicts(one.parts, depth - 1) if depth > 1 else (),
            found={name: _cut(str(one.found[name]), _WORDS) for name in list(one.found)[:_MOST]},
            hits=tuple(
                msgspec.structs.replace(hit, phrase=_cut(hit.phrase, _WORDS))
                for hit in one.hits[:_MOST]
            ),
        )
        for one in verdicts[:_MOST]
    )


def _short_act(act: Act) -> Act:
    return msgspec.structs.replace(act, text=_cut(act.text, _WORDS))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
