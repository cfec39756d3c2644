"""How much a customer may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Per = Literal["conversation", "contact", "rule"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `max` visible sends within `within`, per conversation, contact or rule set."""

    max: int
    within: timedelta
    per: Per
