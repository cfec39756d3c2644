"""What one key of `text` looks for: where it stands, what came nearest, what the index is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from worker.conditions.alternation import Alternation
from worker.conditions.near import nearest_mention, nearest_whole, quoted
from worker.model.rule import Touch
from worker.model.text import MessageText
from worker.model.verdict import Answer, Form, Hit, Near, Verdict
from worker.text import compare
from worker.text.groups import certain_groups
from worker.text.normalise import normalise
from worker.text.phrase import Accents, PhraseMatcher, folds

COMPARED = {
    "equals": compare.equals,
    "starts_with": compare.starts_with,
    "ends_with": compare.ends_with,
    "contains": compare.contains,
}
KEY = "text"
"""The condition's key in YAML."""

_SHOWN = 40  # characters of a pattern in a trace


class Sought(Protocol):
    """One key of a condition, compiled."""

    def look(self, text: MessageText) -> Verdict:
        """Yes with a hit, where it stands; else no."""
        ...

    def near(self, text: MessageText) -> Near:
        """What would have been a hit."""
        ...

    def touch(self) -> Touch | None:
        """What the text must have for a hit; None: anything may."""
        ...


@dataclass(frozen=True, slots=True)
class Mention:
    """`mentions`."""

    matcher: PhraseMatcher
    fuzzy: bool

    def look(self, text: MessageText) -> Verdict:
        """The first phrase that is mentioned."""
        hit = self.matcher.search(text)
        if hit is None:
            return _no(f"mentions none of {len(self.matcher.phrases)} phrases")
        return Verdict(Answer.YES, KEY, f"mentions '{hit.phrase}'", hits=(hit,))

    def near(self, text: MessageText) -> Near:
        """The phrase that came nearest."""
        return nearest_mention(self.matcher.phrases, text, fuzzy=self.fuzzy)

    def touch(self) -> Touch | None:
        """The phrases, unless they may be mistyped."""
        keys = self.matcher.folded_keys()
        return None if keys is None else Touch(phrases=keys)


class Wanted(NamedTuple):
    """A phrase as its author wrote it, and normalised."""

    phrase: str
    form: MessageText


@dataclass(frozen=True, slots=True)
class Comparison:
    """`equals`, `starts_with`, `ends_with` or `contains`."""

    name: str
    wanted: tuple[Wanted, ...]
    accents: Accents

    def look(self, text: MessageText) -> Verdict:
        """The first phrase for which the comparison holds."""
        for one in self.wanted:
            if COMPARED[self.name](text, one.form, self.accents):
                form: Form = "folded" if folds(text, self.accents) else "plain"
                hay, needle = getattr(text, form), getattr(one.form, form)
                start = hay.rfind(needle) if self.name == "ends_with" else hay.find(needle)
                hit = Hit(one.phrase, form, start, start + len(needle))
                because = f"{self.name} '{one.phrase}'"
                return Verdict(Answer.YES, KEY, because, hits=(hit,))
        return _no(f"{self.name}: none of {len(self.wanted)} phrases")

    def near(self, text: MessageText) -> Near:
        """The phrase that came nearest."""
        return nearest_whole(self.name, [one.phrase for one in self.wanted], text)

    def touch(self) -> Touch | None:
        """The phrases, where each of them stays the same text when accents are folded."""
        keys = _keys(one.form for one in self.wanted)
        return None if keys is None else Touch(phrases=keys)


@dataclass(frozen=True, slots=True)
class Patterns:
    """`matches`: each pattern as it is searched.

    Args:
        written: the patterns as their author wrote them.
        named: their named groups.
        raw: the message is searched as it was typed.
    """

    patterns: tuple[Any, ...]
    written: tuple[str, ...]
    named: frozenset[str]
    raw: bool

    def look(self, text: MessageText) -> Verdict:
        """The first pattern that matches, with what its named groups captured."""
        searched = text.raw if self.raw else text.plain
        for number, pattern in enumerate(self.patterns):
            match = pattern.search(searched)
            if match is not None:
                found: dict[str, str] = {}
                if self.named:
                    groups = match.groupdict()
                    found = {key: value for key, value in groups.items() if value is not None}
                form: Form = "raw" if self.raw else "plain"
                shown = self.written[number][:_SHOWN]
                hit = Hit(shown, form, match.start(), match.end())
                return Verdict(Answer.YES, KEY, f"matches '{shown}'", found=found, hits=(hit,))
        return _no(f"matches none of {len(self.patterns)} patterns")

    def misses(self) -> frozenset[str]:
        """Named groups without which some pattern matches."""
        missed: frozenset[str] = frozenset()
        for pattern in self.patterns:
            certain = certain_groups(pattern.pattern)
            missed |= self.named - (frozenset(pattern.groupindex) if certain is None else certain)
        return missed

    def near(self, _text: MessageText) -> Near:
        """What is looked for; how far a text is from a pattern cannot be told."""
        return Near(f"it looks for {quoted(self.written)}")

    def touch(self) -> Touch | None:
        """Patterns of plain words are looked up as phrases, the others as patterns."""
        if self.raw:
            return None
        phrases: frozenset[str] = frozenset()
        others: set[str] = set()
        for pattern in self.patterns:
            words = pattern.words if isinstance(pattern, Alternation) else ()
            keys = _keys(normalise(word) for word in words)
            if keys:
                phrases |= keys
            else:
                others.add(f"(?i){pattern.pattern}")
        return Touch(phrases=phrases, patterns=frozenset(others))


def _no(because: str) -> Verdict:
    return Verdict(Answer.NO, KEY, because)


def _keys(forms: Iterable[MessageText]) -> frozenset[str] | None:
    """One key of each; None where some text has none."""
    keys: set[str] = set()
    for form in forms:
        key = compare.folded_keys(form)
        if key is None:
            return None
        keys |= key
    return frozenset(keys)
