"""`calendar`: whether a team is there."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.keyed import complaint
from worker.conditions.near import SITUATION
from worker.conditions.part import ConditionPart, load_context
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict
from worker.text.names import did_you_mean


def _known(name: str, info: ValidationInfo) -> str:
    known = load_context(info).calendars
    if known is not None and name not in known:
        hint = did_you_mean(name, known) or "calendars stand under the top-level key 'calendars'"
        raise complaint("unknown_calendar", f"there is no calendar '{name}'", hint)
    return name


CalendarName = Annotated[str, AfterValidator(_known)]
"""The name of a calendar that some rule file defines."""


class CalendarCondition(ConditionPart):
    """Holds while a calendar is open, or while it is closed.

    Calendars stand under the top-level key `calendars`.
    """

    key: ClassVar[str] = "calendar"
    alone: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        "calendar: {open: support}",
        "calendar: {closed: support}",
    )

    open: CalendarName | None = Field(default=None, description="Holds while this one is open.")
    closed: CalendarName | None = Field(default=None, description="Holds while it is closed.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.open is None) == (self.closed is None):
            message = "expected either 'open' or 'closed'"
            raise complaint("one_key", message, "write {open: NAME} or {closed: NAME}")
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        name = self.open or self.closed or ""
        calendar = facts.calendars.get(name)
        if calendar is None:
            return self.undecided(f"there is no calendar '{name}'")
        why = calendar.reason(facts.now)
        here = facts.now.astimezone(calendar.zone)
        said = f"closed: {why}" if why else "open"
        because = f"{name} is {said} at {here:%a %Y-%m-%d %H:%M} in {calendar.zone.key}"
        return self.answer(holds=bool(why) == (self.open is None), because=because)

    @override
    def near(self, facts: Facts) -> Near:
        name = self.open or self.closed or ""
        calendar = facts.calendars.get(name)
        if calendar is None:
            return Near()
        ask = calendar.next_close if self.open is None else calendar.next_open
        change = ask(facts.now)
        verb = "closes" if self.open is None else "opens"
        if change is None:
            return Near(f"{name} never {verb}", SITUATION)
        there = change.astimezone(calendar.zone)
        return Near(f"{name} {verb} at {there:%a %Y-%m-%d %H:%M}", SITUATION)
