"""The list of settings for people, made from the fields."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from worker.duration import format_duration
from worker.settings.fields import Settings


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    default: str
    unit: str
    what: str
    reason: str


def _rows() -> Iterator[_Row]:
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        notes: dict[str, Any] = extra if isinstance(extra, dict) else {}
        yield _Row(
            name=f"WORKER_{name.upper()}",
            default=notes["shown"] or _shown(field.default),
            unit=notes["unit"],
            what=field.description or "",
            reason=notes["reason"],
        )


def _shown(default: object) -> str:
    if isinstance(default, timedelta):
        return format_duration(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def settings_table() -> str:
    """Every setting as a Markdown table, in the order of the fields."""
    lines = ["| name | default | unit | what it sets | why |", "|---|---|---|---|---|"]
    for row in _rows():
        is_value = row.default and " " not in row.default
        default = f"`{row.default}`" if is_value else row.default
        cells = (f"`{row.name}`", default, row.unit, row.what, row.reason)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def settings_text(width: int = 100) -> str:
    """Every setting for a terminal `width` columns wide."""
    blocks = []
    for row in _rows():
        default = f" [{row.default}]" if row.default else ""
        why = f" Why: {row.reason}." if row.reason else ""
        body = f"{row.what[:1].upper()}{row.what[1:]} ({row.unit}).{why}"
        blocks.append(
            f"  {row.name}{default}\n"
            + textwrap.fill(body, width, initial_indent="      ", subsequent_indent="      ")
        )
    return "\n".join(blocks) + "\n"
