"""What the runtime's loops tell each other and the outside: metrics, health, the log."""

from __future__ import annotations

from dataclasses import dataclass, field

POLLED = "polled."
"""Memo, with the source's name after it: wall time of its last good read, for `worker status`."""

RULES_VERSION = "rules.version"
"""Memo: the version of the rule set in force."""


@dataclass(slots=True)
class SourceHealth:
    """How one source is doing. Times are monotonic seconds."""

    interval_s: float
    last_success: float | None = None
    seen_until: float | None = None
    """What happened before has been read, and handed on."""
    last_error: str = ""
    degraded: str = ""


@dataclass(slots=True)
class Standing:
    """What probes and `status` tell, kept by the loops."""

    sources: dict[str, SourceHealth] = field(default_factory=dict)
    account_paused: str = ""
    account_error: str = ""
    ledger_failed: str = ""
    rules_version: str = ""
    rules_rejected: tuple[str, ...] = ()
