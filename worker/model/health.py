"""How the worker is: what the probes tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OK = "ok"


@dataclass(frozen=True, slots=True)
class Health:
    """One look at the worker.

    Args:
        ready: it does what it is there for; a rejected rule change does not end that.
        parts: each part with `ok` (more may follow after `; `), or why it is not.
        problems: of a rejected rule change, as `file:line:column: …`.
        alive: False when only a restart can help.
    """

    ready: bool
    parts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    alive: bool = True

    @property
    def not_ready(self) -> tuple[str, ...]:
        """The parts that are not as they should be, by name."""
        return tuple(name for name, state in self.parts.items() if not _well(state))


def _well(state: str) -> bool:
    return state == OK or state.startswith(f"{OK};")
