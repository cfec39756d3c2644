"""What all rule files share: phrase sets, names for templates, defaults. Read before any rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from worker.conditions.keyed import described
from worker.conditions.part import LoadContext
from worker.errors import Problem
from worker.ruleset.document import Document
from worker.ruleset.fields import VarName
from worker.ruleset.forms import DefaultsForm
from worker.ruleset.opting import CONFIRMATIONS, DEFAULT_PHRASES
from worker.ruleset.phrases import PhraseSet, usable_name
from worker.ruleset.testing.form import TestForm
from worker.ruleset.testing.written import WrittenTest
from worker.ruleset.wording import problems_of
from worker.text.names import did_you_mean

TOP_KEYS = ("rules", "phrases", "calendars", "vars", "defaults", "tests")
_LISTS = ("rules", "tests")
_SET: TypeAdapter[tuple[str, ...]] = TypeAdapter(PhraseSet)
_VAR: TypeAdapter[str] = TypeAdapter(VarName)

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Where a shared name was given first."""

    document: Document
    loc: Loc


@dataclass(slots=True)
class Shared:
    """The names of all files together, and what was wrong with them.

    `defaults` holds only keys that could be read; `confirmations` are the raw values of
    `phrases.stop_confirmation` and `phrases.start_confirmation`, where a file gives them. Where not
    `whole`, a file or a section could not be read, and a name that is not here may stand in it.
    """

    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vars: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    defaults_at: Named | None = None
    confirmations: dict[str, tuple[Any, Named]] = field(default_factory=dict)
    phrases_at: dict[str, Named] = field(default_factory=dict)
    calendars_at: dict[str, Named] = field(default_factory=dict)
    tests: list[WrittenTest] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True
    _seen: dict[tuple[str, str], Named] = field(default_factory=dict)

    def complain(
        self, document: Document, loc: Loc, message: str, hint: str = "", *, key: bool = True
    ) -> None:
        """One problem at a place of a file."""
        at = document.place(loc, key=key)
        self.problems.append(Problem(at.path, at.line, at.column, message, hint))

    def _unread(
        self, document: Document, loc: Loc, message: str, hint: str, *, key: bool = True
    ) -> None:
        """A problem that hides what else stands there."""
        self.whole = False
        self.complain(document, loc, message, hint, key=key)

    def add(self, document: Document, *, tests_only: bool) -> None:
        """Everything in this file but its rules is known."""
        value = document.value
        if value is None:
            return
        if not isinstance(value, dict):
            message = f"expected a mapping, found {described(value)}"
            self._unread(document, (), message, f"known keys: {', '.join(TOP_KEYS)}", key=False)
            return
        for name, section in value.items():
            if name not in TOP_KEYS:
                hint = did_you_mean(name, TOP_KEYS)
                self._unread(document, (name,), f"unknown key '{name}'", hint)
            elif tests_only and name != "tests":
                suffix = PurePath(document.source.path).suffix
                message = f"files named *.test{suffix} hold only 'tests', found '{name}'"
                self._unread(document, (name,), message, "move it to a file with another name")
            elif section is not None and self._shaped(document, name, section):
                self._section(name)(document, section)

    def _shaped(self, document: Document, name: str, section: Any) -> bool:
        wanted, word = (list, "a list") if name in _LISTS else (dict, "a mapping")
        if isinstance(section, wanted):
            return True
        message = f"expected {word} under '{name}', found {described(section)}"
        hint = "start each item with '- '" if wanted is list else "write name: value"
        self._unread(document, (name,), message, hint, key=False)
        return False

    def _section(self, name: str) -> Callable[[Document, Any], None]:
        sections: dict[str, Callable[[Document, Any], None]] = {
            "phrases": self._add_phrases,
            "vars": self._add_vars,
            "calendars": self._add_calendars,
            "defaults": self._add_defaults,
            "tests": self._add_tests,
        }
        return sections.get(name, _later)

    def _first(self, document: Document, section: str, name: str) -> bool:
        """The name is new; else the complaint is made."""
        first = self._seen.get((section, name))
        if first is not None:
            place = first.document.place(first.loc, key=True)
            message = f"'{name}' of '{section}' is given twice, first at {place}"
            self.complain(document, (section, name), message, "rename or remove one of them")
            return False
        self._seen[(section, name)] = Named(document, (section, name))
        return True

    def _add_phrases(self, document: Document, section: Mapping[str, Any]) -> None:
        for name, raw in section.items():
            at = ("phrases", name)
            if not self._first(document, "phrases", name):
                continue
            if name in CONFIRMATIONS:
                self.confirmations[name] = (raw, Named(document, at))
                continue
            if not usable_name(name):
                hint = "use letters, digits, - and _, a letter first"
                self.complain(document, at, f"'{name}' cannot name a phrase set", hint)
            self.phrases_at[name] = Named(document, at)
            try:
                self.phrases[name] = _SET.validate_python(raw)
            except ValidationError as error:
                self.problems += problems_of(
                    error, document.place, at, written=document.source.plain
                )
                self.phrases[name] = ("…",)  # some phrase: the set is known, if wrong

    def _add_vars(self, document: Document, section: Mapping[str, Any]) -> None:
        for name, value in section.items():
            if not self._first(document, "vars", name):
                continue
            self.vars[name] = value
            try:
                _VAR.validate_python(name)
            except ValidationError as error:
                locate = document.place
                self.problems += problems_of(error, _at_key(locate), ("vars", name))

    def _add_calendars(self, document: Document, section: Mapping[str, Any]) -> None:
        for name in section:
            if not self._first(document, "calendars", name):
                continue
            self.calendars_at[name] = Named(document, ("calendars", name))
            try:
                _VAR.validate_python(name)
            except ValidationError as error:
                self.problems += problems_of(error, _at_key(document.place), ("calendars", name))

    def _add_defaults(self, document: Document, section: Mapping[str, Any]) -> None:
        if self.defaults_at is not None:
            first = self.defaults_at.document.place(("defaults",), key=True)
            message = f"'defaults' may stand in one file only, and is at {first}"
            self.complain(document, ("defaults",), message, "move them together")
            return
        self.defaults_at = Named(document, ("defaults",))
        self.defaults = dict(section)

    def check_defaults(self, context: Any) -> None:
        """`defaults` holds only what can be read; the rest has been complained about."""
        if self.defaults_at is None:
            return
        document = self.defaults_at.document
        if "id" in self.defaults:
            hint = "give each rule its own"
            self.complain(document, ("defaults", "id"), "an id belongs to one rule", hint)
            del self.defaults["id"]
        try:
            DefaultsForm.model_validate(self.defaults, context=context)
        except ValidationError as error:
            self.problems += problems_of(
                error, document.place, ("defaults",), written=document.source.plain
            )
            for line in error.errors(include_url=False):
                self.defaults.pop(str(line["loc"][0]) if line["loc"] else "", None)

    def _add_tests(self, document: Document, section: list[Any]) -> None:
        for position, raw in enumerate(section):
            try:
                form = TestForm.model_validate(raw, context=LoadContext())
            except ValidationError as error:
                self.problems += problems_of(
                    error, document.place, ("tests", position), written=document.source.plain
                )
            else:
                self.tests.append(WrittenTest(form, document, ("tests", position)))

    def with_default_stop(self) -> None:
        """Customers can opt out whether or not the author thought of it."""
        for name, phrases in DEFAULT_PHRASES.items():
            self.phrases.setdefault(name, phrases)


def _later(_document: Document, _section: Any) -> None:
    """Rules are read when all names are known."""


def _at_key(locate: Callable[..., Any]) -> Callable[..., Any]:
    def at(loc: Loc, **_: Any) -> Any:
        return locate(loc, key=True)

    return at
