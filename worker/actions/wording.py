"""What is said: templates, in one language or in several, checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from worker.conditions.fields import View
from worker.conditions.keyed import complaint, complaint_at, described, raised
from worker.conditions.language import spelled_twice, tag_problem
from worker.conditions.offer import require_template
from worker.conditions.part import load_context
from worker.model.action import RenderError
from worker.model.facts import Facts
from worker.model.rule import Rule
from worker.text.characters import visible
from worker.text.language import choose_language, written_in
from worker.text.template import fill

ANY = ""
"""The language key of a text that is for everybody."""


def _template(source: str, info: ValidationInfo) -> str:
    return require_template(source, load_context(info))


Template = Annotated[str, AfterValidator(_template)]
"""A text with `{{ }}` to fill in; its names are checked when it is read."""


def has_words(text: str) -> bool:
    """Something of the text is seen."""
    return bool(visible(text).strip())


def _with_words(text: str) -> str:
    if not has_words(text):
        message = "this text is empty: nothing of it is seen"
        raise complaint("empty_text", message, "write at least one visible character")
    return text


Told = Annotated[Template, Field(min_length=1), AfterValidator(_with_words)]
"""The same, not empty."""


def _wording(value: Any, info: ValidationInfo) -> Mapping[str, str]:
    if isinstance(value, str):
        return {ANY: _told(value, info)}
    if not isinstance(value, Mapping) or not value:
        found = described(value) if value else "nothing"
        message = f"expected a text, or texts by language, found {found}"
        raise complaint("bad_text", message, "quote numbers, true and false")
    read: dict[str, str] = {}
    lines: list[InitErrorDetails] = []
    languages: dict[str, str] = {}
    for key, text in value.items():
        name = str(key)
        problem = tag_problem(name) or spelled_twice(name, languages)
        if problem is not None:
            lines.append(complaint_at((name,), text, problem))
            continue
        try:
            read[name] = _told(text, info)
        except PydanticCustomError as error:
            lines.append(complaint_at((name,), text, error))
    if lines:
        raise raised("text", lines)
    return read


def _told(text: Any, info: ValidationInfo) -> str:
    if not isinstance(text, str):
        hint = "quote numbers, true and false"
        raise complaint("bad_text", f"expected a text, found {described(text)}", hint)
    return _template(_with_words(text), info)


Wording = Annotated[
    Mapping[str, str],
    PlainValidator(_wording),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"},
                    "additionalProperties": {"type": "string", "minLength": 1},
                },
            ]
        }
    ),
]
"""A text, or a mapping of languages to texts."""


def planned(facts: Facts, rule: Rule, found: Mapping[str, Any]) -> View:
    """The names that templates of a planned action are filled from."""
    told = {"id": rule.id, "description": rule.description, "priority": rule.priority}
    return View(facts, vars={**facts.vars, **rule.vars}, rule=told, found=found)


def chosen(wording: Mapping[str, str], facts: Facts) -> str:
    """The key of the template in the customer's language, else of the first."""
    if ANY in wording:
        return ANY
    language = facts.contact.language if facts.contact is not None else ""
    text = facts.message.text if facts.message is not None else None
    return choose_language(tuple(wording), contact_language=language, message_text=text)


def said(wording: Mapping[str, str], values: View) -> str:
    """The text in the customer's language, filled, without white space around it.

    Times and holidays in it are named in the language of the text.

    Raises:
        RenderError: it cannot be filled, or nothing is left of it.
    """
    key = chosen(wording, values.facts)
    source = wording[key]
    text = fill(source, values.told_in(written_in(source, key))).strip()
    if not has_words(text):
        raise RenderError("the text came out empty")
    return text
