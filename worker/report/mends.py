"""What an author can change so that a rule that fits acts after all, by reason."""

from __future__ import annotations

from collections.abc import Mapping

from worker.duration import format_duration
from worker.model.rule import Rule
from worker.model.verdict import Reason, RuleTrace

_MENDS: Mapping[Reason, str] = {
    Reason.LIMIT: "its 'limits' (else those of 'defaults') are reached; all rules count for them",
    Reason.LOOP: "two programs seem to answer each other; 'limits' say how many answers that takes",
    Reason.HUMAN: "rules keep silent for 'human_quiet' after a person of the team wrote",
    Reason.HANDED_OVER: "rules are silent until the hand-over ends, or the conversation is closed",
    Reason.OPTED_OUT: "the contact asked for silence; only the contact or a person can lift it",
    Reason.VENDOR_BOT: "the conversation's mode must be another than 'automation'",
    Reason.CLOSED: "nothing is answered in a closed or spam conversation",
    Reason.STALE: "the event was older than 'expires_after'; was the worker stopped, or behind?",
    Reason.PAUSED: "'state: live' lets it act, 'state: shadow' tries it without sending",
    Reason.SHADOW: "'state: live' would send it",
    Reason.UNSUPPORTED: "there is no conversation to answer in; use actions that need none",
}

_OUTRANKED = {
    "stopped later rules": "a higher 'priority' lets it come before the 'stop'",
    "is withheld": "what kept that rule silent is meant for all; a higher 'priority' comes first",
    "rests": "'also: true' or a 'priority' below 0 lets it answer while that one rests",
    "": "a higher 'priority' lets it come first, 'also: true' lets it answer too",
}
"""By how the engine's words end (see `worker.engine.rank`)."""


_WITHOUT_VALUE = ("is undefined", "has no attribute", "has no value", "is not known here")
"""As templates say that a name is empty; any other failure is of the template's own making."""


def mend(trace: RuleTrace, rule: Rule | None) -> str:
    """What could be changed; "" where the trace itself says all."""
    if trace.reason is Reason.COOLDOWN:
        return _cooldown(rule)
    if trace.reason is Reason.UNDECIDED and trace.detail.startswith("template"):
        without_value = any(said in trace.detail for said in _WITHOUT_VALUE)
        return "give the name a default: {{ name or 'text' }}" if without_value else ""
    if trace.reason is Reason.OUTRANKED:
        return next(advice for end, advice in _OUTRANKED.items() if trace.detail.endswith(end))
    return _MENDS.get(trace.reason, "")


def _cooldown(rule: Rule | None) -> str:
    if rule is None or rule.cooldown is None or rule.cooldown.window is None:
        return "its 'cooldown' is over then; a shorter one lets it act sooner"
    lasts = format_duration(rule.cooldown.window)
    return (
        f"its 'cooldown' is {lasts} per {rule.cooldown.per}; a shorter one lets it act sooner, and "
        "a later rule with a 'priority' below 0 can answer meanwhile"
    )
