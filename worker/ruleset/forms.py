"""The keys of a rule as they are written: from these classes come reading, schema and reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from worker.actions import Steps
from worker.conditions.calendar import CalendarName
from worker.conditions.keyed import Part, complaint, complaint_at, raised
from worker.conditions.part import Conditions, load_context
from worker.model.limit import Per
from worker.model.rule import State
from worker.ruleset.fields import (
    DURATION_PATTERN,
    Duration,
    ListForm,
    ListOf,
    PositiveDuration,
    RuleName,
    VarName,
    read_duration,
)
from worker.ruleset.triggers import When

UNTIL_OPEN = "until_open"


def _window(value: object) -> timedelta | None:
    return None if value == UNTIL_OPEN else read_duration(value)


Window = Annotated[
    timedelta | None,
    PlainValidator(_window),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": UNTIL_OPEN},
                {"type": "string", "pattern": DURATION_PATTERN, "examples": ["12h", "7d"]},
            ]
        }
    ),
]


class CooldownForm(Part):
    """At most one firing in a time."""

    window: Window = Field(
        alias="for",
        description="How long the rule rests after it fired; `until_open`: until a calendar opens.",
    )
    calendar: CalendarName | None = Field(
        None, description="The calendar of `until_open`; needed where there are several."
    )
    per: Per = Field("conversation", description="Whose firings count.")

    @model_validator(mode="after")
    def _names_a_calendar(self, info: ValidationInfo) -> Self:
        known = load_context(info).calendars
        if self.window is not None:
            if self.calendar is not None:
                error = complaint("bad_cooldown", "a calendar goes with 'for: until_open'", _EITHER)
                raise raised("cooldown", [complaint_at(("calendar",), self.calendar, error)])
        elif known is not None and self.calendar is None and len(known) != 1:
            message = f"'{UNTIL_OPEN}' needs a calendar, and there is none"
            hint = "define one under the top-level key 'calendars'"
            if known:
                message = f"'{UNTIL_OPEN}' does not say of which calendar"
                hint = f"add calendar: NAME ({', '.join(known)})"
            error = complaint("bad_cooldown", message, hint)
            raise raised("cooldown", [complaint_at(("for",), UNTIL_OPEN, error)])
        return self


_EITHER = f"write for: {UNTIL_OPEN}, or take the calendar out"


class LimitForm(Part):
    """At most so many sends that customers see within a time."""

    max: int = Field(ge=0, le=1_000_000, description="How many sends.")
    within: PositiveDuration = Field(description="In which time.")
    per: Per = Field(
        description="`conversation`, `contact`: what all rules send there counts. `rule`: what "
        "this rule sends, wherever."
    )


class DefaultsForm(Part):
    """What all rules have that do not say otherwise: any key of a rule but its id."""

    description: str = Field("", description="For people, and for `worker explain`.")
    state: State = Field(
        "live",
        description="`shadow`: decided and recorded, nothing is sent. `paused`: not asked at all.",
    )
    priority: int = Field(
        0, ge=-1_000_000, le=1_000_000, description="Higher is asked first; ties in file order."
    )
    when: When | None = Field(None, description="The event kinds the rule answers.")
    conditions: Annotated[Conditions, ListForm(single=True)] = Field(
        (), alias="if", description="Conditions, all of which must hold."
    )
    steps: Steps = Field((), alias="do", description="Actions, done in order.")
    vars: dict[VarName, Any] = Field(
        default_factory=dict, description="Names for templates, over those of the files."
    )
    also: bool = Field(
        False,  # noqa: FBT003 - the default, beside its name
        description="May act although a rule before it already answered this event.",
    )
    cooldown: CooldownForm | None = Field(None, description="At most one firing in a time.")
    limits: ListOf[LimitForm] | None = Field(
        None,
        description=(
            "Bounds on sends that customers see, whichever rule they are of. Shipped: 3 in 10m per"
            " conversation, 20 in 24h per contact."
        ),
    )
    expires_after: PositiveDuration = Field(
        timedelta(minutes=15),
        description="An action not begun this long after its event is dropped. Shipped: `15m`.",
    )
    human_quiet: Duration = Field(
        timedelta(minutes=30),
        description="Silence after a person of the team wrote; `0s`: ignore. Shipped: `30m`.",
    )
    settle: Duration = Field(
        timedelta(seconds=2),
        description="Waits for a customer who is still typing. Shipped: `2s`.",
    )
    continue_on_error: bool = Field(
        False,  # noqa: FBT003
        description="Later actions of the rule go on after one that failed for good.",
    )
    allow_unsafe: bool = Field(
        False,  # noqa: FBT003
        description=(
            "Needed for larger `limits`, a shorter `human_quiet` or a longer `expires_after` than"
            " shipped, where customers see an action."
        ),
    )


class RuleForm(DefaultsForm):
    """One rule: when something happens and all conditions hold, do the actions."""

    id: RuleName = Field(
        description="Stable for ever, unique over all files: half of every idempotency key."
    )
    when: When = Field(description="The event kinds the rule answers.")
    conditions: Annotated[Conditions, ListForm(single=True)] = Field(
        (), alias="if", description="Conditions, all of which must hold."
    )
    steps: Steps = Field(alias="do", description="Actions, done in order.")
