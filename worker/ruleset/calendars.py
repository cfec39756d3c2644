"""`calendars`: opening hours as they are written become calendars that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator

from worker.calendars import DAYS, Calendar, Closure, Holidays, NoHolidays, by_day
from worker.calendars.ics import MAX_BYTES, Agenda, read_ics
from worker.calendars.ics_events import IcsError
from worker.calendars.public import HolidayList
from worker.conditions.keyed import OneOrMany, Part, complaint, complaint_at, raised
from worker.conditions.time import TimeZone
from worker.errors import Problem
from worker.ruleset.files import RuleFile, read_file
from worker.ruleset.hours import Country, Dates, Special, Weekly, part_problem
from worker.ruleset.shared import Loc, Named, Shared
from worker.ruleset.wording import problems_of

_ANY_DAY = date(2026, 1, 1)
_NO_HOURS: tuple[tuple[()], ...] = ((),) * len(DAYS)


class HolidaysForm(Part):
    """Days that are closed as a whole: a code alone, or these keys."""

    root: ClassVar[str] = "country"

    country: Country | None = Field(
        None, description="Public holidays of a country (`HK`) or a part of one (`US-CA`)."
    )
    subdivision: str | None = Field(None, description="A part of the country: `CA`.")
    ics: OneOrMany[str] | None = Field(
        None, description="`.ics` files below the rule file's folder, whose events close."
    )
    add: Dates | None = Field(None, description="More days: a list, or `{date: name}`.")
    remove: Dates | None = Field(None, description="Days of these on which it is open.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        lines = []
        both = sorted((self.add or {}).keys() & (self.remove or {}).keys())
        if both:
            message = f"{both[0]} is added and removed"
            lines.append(complaint_at(("remove",), both, complaint("twice", message, "remove one")))
        if self.subdivision is not None:
            if self.country is None or "-" in self.country:
                hint = "write {country: US, subdivision: CA}, or country: US-CA"
                problem = complaint("bad_country", "a subdivision is a part of 'country'", hint)
            else:
                problem = part_problem(self.country, self.subdivision)
            if problem is not None:
                lines.append(complaint_at(("subdivision",), self.subdivision, problem))
        for place, file in enumerate(self.ics or ()):
            path = PurePosixPath(file)
            if path.is_absolute() or ".." in path.parts or path.suffix != ".ics":
                message = "an .ics file must be below the rule file's folder"
                error = complaint("bad_path", message, "write the path from there")
                lines.append(complaint_at(("ics", place), file, error))
        if lines:
            raise raised("holidays", lines)
        return self


class CalendarForm(Part):
    """Opening hours in a time zone."""

    timezone: TimeZone = Field(description="IANA name.")
    open: Weekly = Field(
        description='Hours by day: `{mon-fri: ["09:30-13:00", "14:00-18:30"]}`; else closed.'
    )
    holidays: HolidaysForm | None = Field(None, description="Days that are closed as a whole.")
    special: Special | None = Field(
        None, description='Hours of single days, holidays or not: `{2026-12-24: ["09:30-12:00"]}`.'
    )


@dataclass(slots=True)
class ReadCalendars:
    """The calendars of all files, with the files they took in, and what was wrong.

    A calendar with errors stands here without hours, so that its name is known.
    """

    calendars: dict[str, Calendar] = field(default_factory=dict)
    files: list[RuleFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_calendars(shared: Shared) -> ReadCalendars:
    """Every calendar that some file defines."""
    read = ReadCalendars()
    for name, named in shared.calendars_at.items():
        raw = named.document.value["calendars"][name]
        read.calendars[name] = Calendar(name=name, zone=ZoneInfo("UTC"), weekly=_NO_HOURS)
        try:
            form = CalendarForm.model_validate(raw)
        except ValidationError as error:
            read.problems += problems_of(
                error, named.document.place, named.loc, written=named.document.source.plain
            )
            continue
        read.calendars[name] = _calendar(name, form, named, read)
        # A country's rules are imported when first asked: now, and not while customers wait.
        read.calendars[name].holidays.name(_ANY_DAY)
    return read


def _calendar(name: str, form: CalendarForm, named: Named, read: ReadCalendars) -> Calendar:
    zone = ZoneInfo(form.timezone)
    holidays: Holidays = NoHolidays()
    closures: list[Closure] = []
    wanted = form.holidays
    if wanted is not None:
        days: list[Mapping[date, str]] = []
        for position, file in enumerate(wanted.ics or ()):
            at = (*named.loc, "holidays", "ics", position)
            agenda = _agenda(file, zone, named, at, read)
            if agenda is not None:
                days.append(agenda.days)
                closures += agenda.closures
        country, _, part = (wanted.country or "").partition("-")
        holidays = HolidayList(
            country=country,
            subdivision=wanted.subdivision or part,
            added=wanted.add or {},
            removed=frozenset(wanted.remove or ()),
            agendas=tuple(days),
        )
    return Calendar(
        name=name,
        zone=zone,
        weekly=form.open,
        special=form.special or {},
        holidays=holidays,
        closures=by_day(closures),
    )


def _agenda(file: str, zone: ZoneInfo, named: Named, at: Loc, read: ReadCalendars) -> Agenda | None:
    """What an `.ics` file closes; None after a complaint."""
    source = named.document.source.path
    name = str(PurePosixPath(PurePosixPath(source).name).parent / file)
    found = read_file(Path(source).parent / file, name, MAX_BYTES)
    place = named.document.place(at)
    if found.problem is not None:
        message = f"'{file}' cannot be used: {found.problem.message}"
        hint = f"it is looked for in {Path(source).parent}"
        read.problems.append(Problem(place.path, place.line, place.column, message, hint))
        return None
    read.files.append(found)
    try:
        return read_ics(found.content.decode("utf-8"), zone)
    except UnicodeDecodeError:
        read.problems.append(Problem(found.path, 1, 1, "this is not UTF-8 text", "export it again"))
    except IcsError as error:
        hint = error.hint or f"mend the file, or take it out of {place}"
        read.problems.append(Problem(found.path, error.line, 1, str(error), hint))
    return None
