"""The reference of the rule language in Markdown, generated from the classes that read it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from worker.actions import ACTIONS
from worker.conditions import CONDITIONS
from worker.conditions.keyed import Part
from worker.ruleset.forms import CooldownForm, LimitForm, RuleForm
from worker.ruleset.testing import STIMULI
from worker.ruleset.testing.expect import ExpectForm, SentForm
from worker.ruleset.testing.form import TestForm
from worker.ruleset.testing.people import ContactForm, ConversationForm
from worker.ruleset.triggers import ABOUT, FORMS

_FIRST = ("id", "description", "state", "priority", "when", "if", "do")


def reference() -> str:
    """Keys of a rule, event kinds, conditions and actions, each with its manual and examples."""
    lines = [
        "### Keys of a rule",
        "",
        *_table(RuleForm, _FIRST),
        "",
        "`cooldown`:",
        "",
        *_table(CooldownForm),
        "",
        "Each of `limits`:",
        "",
        *_table(LimitForm),
        "",
        "### Events (`when`)",
        "",
        *_events(),
        "",
        "### Conditions (`if`)",
        "",
        *_parts(CONDITIONS),
        "### Actions (`do`)",
        "",
        *_parts(ACTIONS),
        "### Tests (`tests`)",
        "",
        *_table(TestForm, ("name", "clock", "contacts", "conversations", "no_buttons", "steps")),
        "",
        *_people("Each of `contacts`", ContactForm),
        *_people("Each of `conversations`", ConversationForm),
        "Each of `steps` is `after` (a duration) or `at` (a time), one of these, or both:",
        "",
        *_parts((*STIMULI, ExpectForm)),
        "Each message of `sent`; a text alone is `contains`:",
        "",
        *_table(SentForm),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}) or value == []:
        return ""
    if "Shipped:" in (field.description or ""):
        return "as shipped"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(form: type[Part], first: Sequence[str] = ()) -> Iterator[str]:
    yield "| key | meaning | default |"
    yield "|---|---|---|"
    fields = {field.alias or name: field for name, field in form.model_fields.items()}
    for key in (*first, *(key for key in fields if key not in first)):
        yield f"| `{key}` | {_cell(fields[key].description or '')} | {_default(fields[key])} |"


def _events() -> Iterator[str]:
    yield "| kind | one for each | parameters |"
    yield "|---|---|---|"
    for kind, about in ABOUT.items():
        form = FORMS.get(kind)
        fields = form.model_fields.items() if form else ()
        names = ", ".join(f"`{field.alias or name}`" for name, field in fields)
        yield f"| `{kind.value}` | {_cell(about)} | {names} |"
    for kind, form in FORMS.items():
        yield from ("", f"Of `{kind.value}`:", "", *_table(form))


def _parts(parts: Sequence[type[Any]]) -> Iterator[str]:
    for part in parts:
        yield f"#### `{part.key}`"
        yield ""
        yield inspect.cleandoc(part.__doc__ or "")
        yield ""
        keys = [
            (field.alias or name, field.description)
            for name, field in part.model_fields.items()
            if part.mapping and field.description
        ]
        if keys:
            yield "| key | meaning |"
            yield "|---|---|"
            yield from (f"| `{key}` | {_cell(about)} |" for key, about in keys)
            yield ""
        if part.examples:
            yield "```yaml"
            for example in part.examples:
                yield "- " + example.strip().replace("\n", "\n  ")
            yield "```"
            yield ""


def _people(what: str, form: type[Part]) -> Iterator[str]:
    """The keys of a contact or conversation; those without a word are the fields themselves."""
    fields = [name for name, field in form.model_fields.items() if not field.description]
    if fields:
        what = f"{what}: the fields {', '.join(f'`{name}`' for name in fields)}; and"
    yield f"{what}:"
    yield ""
    yield "| key | meaning |"
    yield "|---|---|"
    for name, field in form.model_fields.items():
        if field.description:
            yield f"| `{name}` | {_cell(field.description)} |"
    yield ""
