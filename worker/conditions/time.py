"""`time`: a part of the day or of the week."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator
from typing_extensions import override

from worker.calendars.spans import DAY_MINUTES, DAYS, DAYS_MEANT, minutes_of, weekdays_of
from worker.calendars.zones import zone_names
from worker.conditions.keyed import OneOrMany, complaint, complaint_at, described, raised
from worker.conditions.near import SITUATION
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict
from worker.text.names import did_you_mean
from worker.text.zones import zone_hint


def _minutes(value: Any) -> int:
    """Minutes since midnight; 24:00 is the end of the day."""
    if isinstance(value, str):
        with suppress(ValueError):
            return minutes_of(value)
    found = f"'{value}'" if isinstance(value, str) else described(value)
    hint = 'for instance "09:30"'
    if isinstance(value, int) and not isinstance(value, bool):
        found += f" ({value})"
        if 0 <= value <= DAY_MINUTES // 60:
            hint = f'write "{value:02}:00", in quotes'
    raise complaint("bad_clock", f"expected a time of day, found {found}", hint)


def _days(text: str) -> str:
    try:
        weekdays_of(text)
    except ValueError as problem:
        wrong = next(day for day in (*text.split("-", 1), text) if day not in DAYS)
        meant = DAYS_MEANT.get(wrong)
        hint = f"write {', '.join(meant)}" if meant else did_you_mean(wrong, DAYS)
        raise complaint("bad_day", str(problem), hint) from None
    return text


def _zone(name: str) -> str:
    if name not in zone_names():
        hint = zone_hint(name) or "IANA names, for instance Asia/Hong_Kong"
        raise complaint("unknown_timezone", f"unknown time zone '{name}'", hint)
    return name


Minutes = Annotated[
    int,
    BeforeValidator(_minutes),
    Field(json_schema_extra={"type": "string", "pattern": r"^\d{1,2}:\d{2}$"}),
]
Days = Annotated[str, AfterValidator(_days)]
TimeZone = Annotated[str, AfterValidator(_zone)]


class TimeCondition(ConditionPart):
    """Holds from one time of day to another, on these days, in this time zone (UTC without one).

    `to` itself is outside. When `to` is before `from` it spans midnight, and `days` are those on
    which it begins. Days are `mon` to `sun`, or ranges such as `mon-fri`.
    """

    key: ClassVar[str] = "time"
    alone: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        'time: {from: "09:30", to: "18:00", days: [mon-fri], timezone: Asia/Hong_Kong}',
        'time: {from: "22:00", to: "06:00", timezone: Asia/Bangkok}',
        "time: {days: [sat, sun], timezone: Asia/Ho_Chi_Minh}",
    )

    from_: Minutes | None = Field(default=None, alias="from", description='"09:30"')
    to: Minutes | None = Field(default=None, description='"18:00"; "24:00" is midnight.')
    days: OneOrMany[Days] | None = Field(default=None, description="Days; every day without.")
    timezone: TimeZone = Field(default="UTC", description="IANA name.")

    _weekdays: frozenset[int] = PrivateAttr(default=frozenset(range(7)))

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.from_ is None and self.to is None and self.days is None:
            raise complaint("no_operator", "this holds at all times", "give from, to or days")
        if self.from_ is not None and self.from_ == self.to:
            message = "'from' and 'to' are the same time"
            raise complaint("empty_window", message, "for the whole day, leave both out")
        for key, hollow, where, hint in (
            ("from", self.from_ == DAY_MINUTES, "ends", 'for midnight, write "00:00"'),
            ("to", self.to == 0 and self.from_ is None, "begins", 'for its end, write "24:00"'),
        ):
            if hollow:
                error = complaint("empty_window", f"this is where the day {where}", hint)
                raise raised("time", [complaint_at((key,), "", error)])
        if self.days:
            self._weekdays = frozenset().union(*map(frozenset, map(weekdays_of, self.days)))
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        here = facts.now.astimezone(ZoneInfo(self.timezone))
        shown = f"{DAYS[here.weekday()]} {here:%H:%M} in {self.timezone}"
        return self.answer(holds=self._within(here), because=f"it is {shown}")

    @override
    def near(self, facts: Facts) -> Near:
        start, end = _clock(self.from_ or 0), _clock(DAY_MINUTES if self.to is None else self.to)
        days = f" on {', '.join(self.days)}" if self.days else ""
        return Near(f"it holds from {start} to {end}{days}", SITUATION)

    def _within(self, here: datetime) -> bool:
        start = self.from_ or 0
        end = DAY_MINUTES if self.to is None else self.to
        minute = here.hour * 60 + here.minute
        if start <= end:
            return start <= minute < end and here.weekday() in self._weekdays
        if minute >= start:
            return here.weekday() in self._weekdays
        yesterday = (here.weekday() - 1) % 7
        return minute < end and yesterday in self._weekdays


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
