"""Phrase sets: `phrases.NAME` as a flat list or by language, read into one list of texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import InitErrorDetails

from worker.conditions.keyed import complaint, complaint_at, described, raised
from worker.conditions.language import spelled_twice, tag_problem
from worker.text.normalise import normalise

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_NAME = re.compile(NAME)
_FORM = "write a list of texts, or {en: [texts], th: [texts]}"


def read_set(value: Any) -> tuple[str, ...]:
    """The phrases of all languages together, each once.

    Raises:
        ValidationError: with the place of each wrong phrase below the set.
    """
    lines: list[InitErrorDetails] = []
    phrases = dict.fromkeys(_phrases(value, (), lines))
    if not phrases and not lines:
        raise complaint("empty_list", "an empty phrase set can never match", "name at least one")
    if lines:
        raise raised("phrases", lines)
    return tuple(phrases)


def _phrases(value: Any, at: tuple[int | str, ...], lines: list[InitErrorDetails]) -> Iterator[str]:
    if isinstance(value, Mapping) and not at:
        languages: dict[str, str] = {}
        for language, inner in value.items():
            problem = tag_problem(language) or spelled_twice(language, languages)
            if problem is not None:
                lines.append(complaint_at((language,), inner, problem))
            yield from _phrases(inner, (language,), lines)
    elif isinstance(value, list):
        for position, phrase in enumerate(value):
            if _usable(phrase, (*at, position), lines):
                yield _literal(phrase)
    elif isinstance(value, str) and at:
        if _usable(value, at, lines):
            yield _literal(value)
    else:
        error = complaint("phrases", f"expected phrases, found {described(value)}", _FORM)
        lines.append(complaint_at(at, value, error))


def _usable(phrase: Any, at: tuple[int | str, ...], lines: list[InitErrorDetails]) -> bool:
    if not isinstance(phrase, str):
        lines.append(InitErrorDetails(type="string_type", loc=at, input=phrase))
        return False
    if phrase.startswith("@") and not phrase.startswith("@@"):
        message = f"'{phrase}' names a phrase set, and a set cannot hold another"
        hint = f"list its phrases; a text that begins with @ is written '@{phrase}'"
        lines.append(complaint_at(at, phrase, complaint("nested", message, hint)))
        return False
    if not normalise(_literal(phrase)).plain:
        message = "this phrase has no letter to compare, so it can never match"
        lines.append(complaint_at(at, phrase, complaint("empty", message, "remove it")))
        return False
    return True


def _literal(phrase: str) -> str:
    return phrase[1:] if phrase.startswith("@@") else phrase


def usable_name(name: str) -> bool:
    """`@name` can be written."""
    return _NAME.fullmatch(name) is not None


_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
PhraseSet = Annotated[
    tuple[str, ...],
    PlainValidator(read_set),
    WithJsonSchema(
        {
            "anyOf": [
                _TEXTS,
                {
                    "type": "object",
                    "additionalProperties": {"anyOf": [{"type": "string"}, _TEXTS]},
                    "propertyNames": {"pattern": f"^{_LANGUAGE.pattern}$"},
                },
            ]
        }
    ),
]
"""A list of texts, or lists by language."""
