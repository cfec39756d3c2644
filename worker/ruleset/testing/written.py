"""A test and where it stands; what it names is looked up before it is played."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from worker.errors import Problem
from worker.model.rule import Place
from worker.ruleset.document import Document
from worker.ruleset.testing.expect import ExpectForm
from worker.ruleset.testing.form import TestForm
from worker.ruleset.testing.notification import NotificationStep
from worker.ruleset.testing.part import Loc, StimulusPart
from worker.ruleset.testing.people import CUSTOMER
from worker.ruleset.testing.per_contact import ONLY
from worker.ruleset.testing.service import ReloadStep
from worker.text.names import did_you_mean


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test, and the file it stands in."""

    form: TestForm
    document: Document
    loc: Loc

    @property
    def path(self) -> str:
        """The file."""
        return self.document.source.path

    @property
    def at(self) -> Place:
        """Where it begins."""
        return self.document.place(self.loc)

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """Where something below the test stands."""
        return self.document.place(self.loc + loc, key=key)

    def problems(self, rules: Collection[str] | None) -> Iterator[Problem]:
        """Names that nothing has: contacts, rules, notifications.

        Args:
            rules: every id of the rule set; None: not all are known.
        """
        contacts = dict.fromkeys([*self.form.contacts, *self.form.conversations])
        if not contacts:
            contacts[CUSTOMER] = None
        notices: set[str] = set()
        for position, step in enumerate(self.form.steps):
            below: Loc = ("steps", position)
            part = step.part
            if isinstance(part, ReloadStep) and part.rules is not None:
                rules = None  # others from here on
            if isinstance(part, StimulusPart):
                contacts |= dict.fromkeys(part.introduces())
                yield from self._contacts(part.mentions(), contacts, (*below, part.key))
            if isinstance(part, NotificationStep) and part.id:
                notices.add(part.id)
            if isinstance(part, ExpectForm):
                below = (*below, part.key)
                yield from self._contacts(part.mentions(), contacts, below)
                if rules is not None:
                    yield from self._unknown("rule", part.rules(), rules, below)
                yield from self._unknown("notification", part.notifications(), notices, below)

    def _contacts(
        self, mentions: Iterator[tuple[Loc, str]], known: Collection[str], below: Loc
    ) -> Iterator[Problem]:
        for loc, name in mentions:
            if name == ONLY and len(known) > 1:
                at = self.place(below + loc, key=loc[-1:] == (ONLY,))
                names = ", ".join(known)
                message = "which contact? there are several"
                yield Problem(at.path, at.line, at.column, message, f"name one of {names}")
            elif name != ONLY:
                yield from self._unknown("contact", [(loc, name)], known, below)

    def _unknown(
        self,
        word: str,
        mentions: Collection[tuple[Loc, str]] | Iterator[tuple[Loc, str]],
        known: Collection[str],
        below: Loc,
    ) -> Iterator[Problem]:
        for loc, name in mentions:
            if name not in known:
                at = self.place(below + loc, key=word == "contact" and loc[-1:] == (name,))
                message = f"there is no {word} '{name}'"
                yield Problem(at.path, at.line, at.column, message, did_you_mean(name, known))
