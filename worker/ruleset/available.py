"""What the rule language promises and this version cannot do yet: refused, never ignored.

Conditions and actions that are still to come are named where their kinds are read.
"""

from __future__ import annotations

from worker.actions.part import ANY_ACTION
from worker.conditions.part import ANY_CONDITION


def later_parts() -> dict[str, frozenset[str]]:
    """Kinds of conditions and actions that are still to come, by what they are."""
    return {"condition": ANY_CONDITION.later, "action": ANY_ACTION.later}


def not_yet(name: str) -> str:
    """The complaint about using it."""
    return f"'{name}' is not available in this version yet"
