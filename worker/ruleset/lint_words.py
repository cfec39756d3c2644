"""Warnings about words: phrases, and the names of languages and channels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from worker.errors import Problem
from worker.model.channels import CHANNELS
from worker.model.rule import Condition, Place
from worker.ruleset.building import Written
from worker.ruleset.likeness import kind_of
from worker.ruleset.lint_walk import everywhere, steps_of, texts, warning
from worker.ruleset.opting import DEFAULT_PHRASES
from worker.ruleset.shared import Loc, Shared
from worker.text.boundary import joins_marks, script
from worker.text.expressions import unseen_edge
from worker.text.language import is_han
from worker.text.names import did_you_mean
from worker.text.normalise import normalise

SHORT = 2
"""Letters of a phrase that stands inside many longer words, in an alphabet without spaces."""

SHORT_HAN = 1
"""The same for Chinese characters, of which two are an ordinary word."""

OF_TEXT = ("mentions", "equals", "starts_with", "ends_with", "contains")
"""Operators of `text` that take phrases."""

_SHOWN = 5
_WORD = re.compile(r"[^\W\d_]+")
_LOOK_ALIKE = ("CYRILLIC", "GREEK")

_COUNTRIES: Mapping[str, tuple[str, str, str]] = {
    "tw": ("Twi", "Taiwan", "zh-Hant"),
    "kr": ("Kanuri", "Korea", "ko"),
}
"""Codes of languages that stand for a country where they are written in rules.
Source: ISO 639-1, ISO 3166-1."""

Phrase = tuple[str, Loc]


def warnings_of_names(shared: Shared) -> Iterator[Problem]:
    """Warnings about the names that all files share."""
    for name, named in shared.phrases_at.items():
        document, loc = named.document, named.loc
        raw = document.value["phrases"][loc[-1]]
        phrases = [(text, loc + at) for text, at in texts(raw)]
        # short ones of the default sets count only as a whole message
        yield from _of_phrases(phrases, document.place, inside=name not in DEFAULT_PHRASES)
        if isinstance(raw, Mapping):
            for language in raw:
                yield from _country(language, document.place((*loc, language), key=True))


def warnings_of_words(written: Written, platform: str) -> Iterator[Problem]:
    """Warnings about the words in one rule.

    Args:
        platform: whose channels are known; "" where none is.
    """
    for condition, at in everywhere(written):
        kind = kind_of(condition)
        if kind == "text":
            yield from _of_text(condition, at, written)
        elif kind == "channel":
            for position, name in enumerate(getattr(condition, "channels", ())):
                yield from _channel(name, platform, written.place((*at, "channel", position)))
        elif kind == "language":
            for position, tag in enumerate(getattr(condition, "tags", ())):
                yield from _country(tag, written.place((*at, "language", position)))
    for step, at in steps_of(written):
        for name in ("text", "caption"):
            wording = getattr(step.action, name, None)
            for language in wording if isinstance(wording, Mapping) else ():
                loc = (*at, str(step.action.kind), name, language)
                yield from _country(language, written.place(loc, key=True))


def _of_text(condition: Condition, at: Loc, written: Written) -> Iterator[Problem]:
    for name in OF_TEXT:
        # `text: phrase` and `text: [phrases]` have no key in between: it is passed over
        phrases = [
            (phrase, (*at, "text", name, position))
            for position, phrase in enumerate(getattr(condition, name) or ())
            if not phrase.startswith("@")
        ]
        yield from _of_phrases(phrases, written.place, inside=name in ("mentions", "contains"))
    for position, pattern in enumerate(getattr(condition, "matches", None) or ()):
        letter = unseen_edge(pattern)
        if letter:
            message = (
                f"'\\b' sees no edge of a word beside '{letter}': it knows English letters only"
            )
            hint = "use 'mentions', which knows words"
            yield warning(written.place((*at, "text", "matches", position)), message, hint)


def _of_phrases(
    phrases: Sequence[Phrase], locate: Callable[[Loc], Place], *, inside: bool = True
) -> Iterator[Problem]:
    """One warning of each kind for a list, at the first phrase that is so.

    Args:
        inside: they are looked for inside longer texts.
    """
    if inside:
        yield from _short(phrases, locate)
    yield from _mixed(phrases, locate)
    yield from _twice(phrases, locate)


def is_short(phrase: str) -> bool:
    """One or two letters, all of a script without spaces; marks above and below do not count.

    With a Chinese character, one letter: most Chinese words have two.
    """
    if phrase.isascii():
        return False
    letters = [letter for letter in normalise(phrase).plain if script(letter)]
    counted = [letter for letter in letters if not joins_marks(letter)]
    most = SHORT_HAN if any(map(is_han, counted)) else SHORT
    return 0 < len(counted) <= most and {script(letter) for letter in counted} == {"unspaced"}


def _short(phrases: Sequence[Phrase], locate: Callable[[Loc], Place]) -> Iterator[Problem]:
    short = [(phrase, at) for phrase, at in phrases if is_short(phrase)]
    if short:
        names = ", ".join(f"'{phrase}'" for phrase, _ in short[:_SHOWN])
        more = f" and {len(short) - _SHOWN} more" if len(short) > _SHOWN else ""
        many = len(short) > 1
        message = f"{names}{more} {'are' if many else 'is'} found inside longer words too"
        yield warning(locate(short[0][1]), message, "use a longer phrase if that is not meant")


def _mixed(phrases: Sequence[Phrase], locate: Callable[[Loc], Place]) -> Iterator[Problem]:
    """Letters of another alphabet that look like Latin ones: no customer types them so."""
    for phrase, at in phrases:
        found = None if phrase.isascii() else _strange(phrase)
        if found is not None:
            word, letter, alphabet = found
            message = f"in '{word}' the '{letter}' is {alphabet}, the other letters are Latin"
            yield warning(locate(at), message, "type the word anew: customers do not write it so")
            return


def _strange(phrase: str) -> tuple[str, str, str] | None:
    """A word of two alphabets that look alike, its first letter that is not Latin, and whose."""
    for word in _WORD.findall(phrase):
        names = [(letter, unicodedata.name(letter, "").partition(" ")[0]) for letter in word]
        if all(name != "LATIN" for _, name in names):
            continue
        for letter, name in names:
            if name in _LOOK_ALIKE:
                return word, letter, name.capitalize()
    return None


def _twice(phrases: Sequence[Phrase], locate: Callable[[Loc], Place]) -> Iterator[Problem]:
    """Two spellings that are compared as one: the second adds nothing, or is a slip."""
    first: dict[str, str] = {}
    for phrase, at in phrases:
        plain = normalise(phrase).plain
        before = first.setdefault(plain, phrase)
        if before is not phrase:
            same = phrase == before
            already = "stands here already" if same else f"is compared as '{before}', which is here"
            message = f"'{phrase}' {already}"
            yield warning(locate(at), message, "take it out, or write the phrase that was meant")
            return


def _channel(name: str, platform: str, at: Place) -> Iterator[Problem]:
    known = CHANNELS.get(platform)
    if known and name not in known:
        message = f"no channel '{name}' is known on {platform}: this condition would never hold"
        yield warning(at, message, did_you_mean(name, known))


def _country(language: Any, at: Place) -> Iterator[Problem]:
    if str(language).lower() in _COUNTRIES:
        name, country, meant = _COUNTRIES[str(language).lower()]
        message = f"'{language}' is the language {name}, not that of {country}"
        yield warning(at, message, f"did you mean '{meant}'?")
