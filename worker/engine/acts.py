"""What an intent does, in one line of a trace. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from worker.duration import format_duration
from worker.model.action import Intent
from worker.model.flow import WAIT
from worker.model.verdict import Act

SHOWN = 300
"""Characters of what is sent that a trace keeps; the intent's row has the whole."""

_SILENT = frozenset({"kind", "message_id"})  # of a work: names for the machine


def act_of(intent: Intent) -> Act:
    """The intent as its event's trace tells it."""
    return Act(
        intent.position, intent.kind, _words(intent.kind, intent.work)[:SHOWN], intent.visible
    )


def _words(kind: str, work: Mapping[str, Any]) -> str:
    if kind == "webhook":
        return urlsplit(work.get("url", "")).hostname or ""  # the rest of an address may be secret
    if kind == WAIT:
        until = "".join(f", until {one}" for one in work.get("until") or ())
        calendar = f" of {work['calendar']}'s opening hours" if work.get("calendar") else ""
        return f"{format_duration(timedelta(seconds=work['for_s']))}{calendar}{until}"
    text = work.get("text")
    if not isinstance(text, str):
        return ", ".join(
            f"{name} {_value(value)}"
            for name, value in work.items()
            if name not in _SILENT and value not in (None, "", [], {}, False)
        )
    options = work.get("quick_replies")
    if not options:
        return text
    # the menu is what matters of a long text with options
    titles = "".join(f" [{option['title']}]" for option in options)[: SHOWN // 2]
    return text[: SHOWN - len(titles)] + titles


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value[:SHOWN]))
    return str(value)
