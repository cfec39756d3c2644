"""The events of an `.ics` file as they are written, with their lines: foreign text, bounded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_EVENTS = 1000

_LONGEST_VALUE = 1000  # characters of a value that is read
_DEEPEST = 4
_WANTED = frozenset(
    {"UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS"}
    | {"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
)
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
_LINE_END = re.compile(r"\r\n|\r|\n")


class IcsError(ValueError):
    """A file that cannot be used; `line` counts from 1."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Property:
    """One line of an event; names of parameters are in capitals."""

    line: int
    parameters: Mapping[str, str]
    value: str


@dataclass(slots=True)
class IcsEvent:
    """A `VEVENT`: its properties by name, in capitals, in the order they stand."""

    line: int
    properties: defaultdict[str, list[Property]] = field(default_factory=lambda: defaultdict(list))

    def first(self, name: str) -> Property | None:
        """The property; None where there is none."""
        return next(iter(self.properties.get(name, ())), None)

    def text(self, name: str) -> str:
        """Its value; "" where there is none."""
        found = self.first(name)
        return found.value if found else ""


def ics_events(text: str) -> list[IcsEvent]:
    """Every event of the file; other components are passed over.

    Raises:
        IcsError: the file is no iCalendar file, or a larger one than is read.
    """
    found: list[IcsEvent] = []
    stack: list[str] = []
    at = 1
    for at, line in _lines(text):
        if line.upper() == "BEGIN:VCALENDAR" and not stack:
            stack.append("VCALENDAR")
            continue
        name = _NAME.match(line)
        if name is None or not stack:
            raise IcsError(at, "this is no line of an iCalendar file", _EXPORT)
        word = name[0].upper()
        if word == "BEGIN":
            _begin(stack, at, line, found)
        elif word == "END":
            if line[4:].strip().upper() != stack.pop():
                raise IcsError(at, f"'{line[:40]}' closes what was not opened", _EXPORT)
        elif stack[-1] == "VEVENT" and word in _WANTED:
            found[-1].properties[word].append(_property(at, word, line))
    if stack:
        raise IcsError(at, f"the file ends inside {stack[-1][:40]}", _EXPORT)
    return found


_EXPORT = "export it again as .ics"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines as they were before they were folded, each with the number it begins on."""
    held: list[str] = []
    at = 0
    for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1):
        if line[:1] in {" ", "\t"} and held:
            held.append(line[1:])
            continue
        if held:
            yield at, "".join(held)
        held, at = [line] if line.strip() else [], number
    if held:
        yield at, "".join(held)


def _begin(stack: list[str], at: int, line: str, found: list[IcsEvent]) -> None:
    stack.append(line[6:].strip().upper())
    if len(stack) > _DEEPEST:
        raise IcsError(at, "this is nested too deeply", _EXPORT)
    if stack[-1] == "VEVENT":
        found.append(IcsEvent(at))
        if len(found) > MAX_EVENTS:
            raise IcsError(at, f"more than {MAX_EVENTS} events", "take out those that are over")


def _property(at: int, word: str, line: str) -> Property:
    from icalendar import parser

    if len(line) > _LONGEST_VALUE:
        if word != "SUMMARY":
            raise IcsError(at, f"this {word} is too long to be read")
        line = line[:_LONGEST_VALUE]
    content_line: Any = parser.Contentline
    try:
        _, parameters, value = content_line(line).parts()
    except ValueError:
        raise IcsError(at, f"this {word} cannot be read") from None
    return Property(at, {str(key).upper(): str(one) for key, one in parameters.items()}, value)
