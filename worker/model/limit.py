"""How much a customer may be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from worker.model.noun import Noun

Per = Literal["conversation", "contact", "rule"]


class Limit(Noun, frozen=True):
    """At most `max` visible sends within `within`, in a conversation, to a contact or by a rule."""

    max: int
    within: timedelta
    per: Per
