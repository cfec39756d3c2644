"""One test as it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from worker.conditions.keyed import Part
from worker.ruleset.fields import ListOf, SomeOf
from worker.ruleset.testing.moment import Moment
from worker.ruleset.testing.people import ContactForm, ContactName, ConversationForm
from worker.ruleset.testing.step import AnyTestStep

BEGIN = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
"""When a test begins that does not say: a Monday, ten in the morning in Hong Kong."""


class TestForm(Part):
    """One test of the rules, in virtual time, against the simulated platform."""

    __test__ = False  # for pytest: not one of its classes

    name: Annotated[str, Field(min_length=1)] = Field(description="What is true, as a sentence.")
    clock: Moment | None = Field(
        None,
        description="When it begins. Default: `2026-10-05T10:00:00+08:00`, a Monday.",
    )
    contacts: dict[ContactName, ContactForm] = Field(
        default_factory=dict,
        description="Customers known from the start, by short name. Default: one, `customer`.",
    )
    conversations: dict[ContactName, ConversationForm] = Field(
        default_factory=dict,
        description="Conversations that stand open from the start, by their contact.",
    )
    no_buttons: ListOf[str] = Field(
        (), description="Channels that refuse buttons: menus come as numbered text there."
    )
    steps: SomeOf[AnyTestStep] = Field(description="Stimuli, times and `expect`, in order.")

    @property
    def begin(self) -> datetime:
        """When the first step is."""
        return (self.clock or BEGIN).astimezone(UTC)
