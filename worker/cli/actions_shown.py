"""How one action is shown to the person who settles it: no secrets, and little of what was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from worker.model.action import Intent, IntentState
    from worker.model.ledger import StoredEvent

_SHOWN_TEXT = 60  # of what was said, in lists
_SHOWN_WHOLE = 200  # … and where one action is shown
_SHORT_KEY = 12


def as_json(intent: Intent, event: StoredEvent | None = None) -> dict[str, Any]:
    """For a machine; the same names and places in every version."""
    said = event.event.message if event is not None else None
    return {
        "key": intent.key,
        "state": intent.state.value,
        "rule": intent.rule_id,
        "kind": intent.kind,
        "position": intent.position,
        "event": intent.event_id,
        "conversation": intent.conversation_id,
        "contact": intent.contact_id,
        "attempts": intent.attempt,
        "error": intent.error,
        "reason": intent.reason,
        "event_at": _moment(intent.event_at),
        "expires_at": _moment(intent.expires_at),
        "last_call_at": _moment(intent.claimed_at),
        "settled_at": _moment(intent.settled_at),
        "message": intent.result_id,
        "sends": _short(_sends(intent), _SHOWN_WHOLE),
        "customer_said": _short(said.text, _SHOWN_WHOLE) if said is not None else "",
    }


def as_row(intent: Intent) -> str:
    """One line of a list."""
    from worker.log import one_line

    words = _short(_sends(intent), _SHOWN_TEXT)
    return one_line(
        f"{intent.state.value:<9}{intent.key[:_SHORT_KEY]}  {_moment(intent.event_at)}"
        f"  {intent.rule_id} {intent.kind}  {intent.conversation_id or intent.event_id}"
        f"{f'  {words!r}' if words else ''}  {intent.error}"
    ).rstrip()


def as_text(intent: Intent, event: StoredEvent | None) -> Iterator[str]:
    """All about one action, and what can be done about it."""
    from worker.log import one_line
    from worker.runtime.by_hand import HELD

    for name, value in as_json(intent, event).items():
        if value not in (None, ""):
            yield one_line(f"{name.replace('_', ' '):<14}{value}")
    if intent.state in HELD:
        yield _advice(intent.state)
        for act in ("retry", "drop", "confirm"):
            yield f"  worker actions {act} {intent.key[:_SHORT_KEY]}"


def _advice(state: IntentState) -> str:
    if state.value == "dead":
        return "it was certainly not done; do it again, leave it, or say that a person did it:"
    return "nobody knows whether it was done; look into the conversation, then say so:"


def _sends(intent: Intent) -> str:
    """What the customer would read; of other actions' work nothing is shown: it may be secret."""
    text = intent.work.get("text") if intent.visible else None
    return text if isinstance(text, str) else ""


def _short(text: str, length: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= length else f"{words[: length - 1]}…"


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat(timespec="seconds")
