"""JSON Schema of rule files, derived from the classes that read them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from worker.actions import ACTIONS
from worker.conditions import CONDITIONS
from worker.ruleset.calendars import CalendarForm
from worker.ruleset.fields import NAME as VAR_NAME
from worker.ruleset.forms import DefaultsForm, RuleForm
from worker.ruleset.opting import CONFIRMATIONS, START, START_CONFIRMATION, STOP, STOP_CONFIRMATION
from worker.ruleset.phrases import NAME, PhraseSet
from worker.ruleset.testing.form import TestForm

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What editors' YAML language servers understand best."""

_SetName = Annotated[str, WithJsonSchema({"pattern": f"^(?!({'|'.join(CONFIRMATIONS)})$){NAME}$"})]
_VarName = Annotated[str, Field(pattern=f"^{VAR_NAME}$")]


class FileForm(BaseModel):
    """A rule file. All files below the rules' directory are one rule set."""

    model_config = ConfigDict(extra="forbid")

    rules: list[RuleForm] | None = Field(None, description="Rules, asked by priority, then order.")
    phrases: dict[_SetName, PhraseSet] | None = Field(
        None, description='Phrase sets, named in conditions as `"@name"`.'
    )
    calendars: dict[_VarName, CalendarForm] | None = Field(
        None, description="Opening hours, named in conditions and templates."
    )
    vars: dict[_VarName, Any] | None = Field(
        None, description="Names for templates: `{{ vars.name }}`."
    )
    defaults: DefaultsForm | None = Field(
        None, description="What rules have that do not say otherwise; in one file only."
    )
    tests: list[TestForm] | None = Field(None, description="Tests of the rules.")


class _Generator(GenerateJsonSchema):
    """Draft 7, without titles that only repeat a key's name."""

    schema_dialect = DRAFT

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's seam
        return False

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        made: dict[str, Any] = super().generate(schema, mode)
        return {"$schema": DRAFT, **made}


def rule_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file; the same for the same classes, byte for byte."""
    made = FileForm.model_json_schema(by_alias=True, schema_generator=_Generator)
    made["title"] = "Rules of the worker"
    _describe_parts(made)
    tidy: dict[str, Any] = _tidied(made)
    named = tidy["properties"]
    for section in ("phrases", "vars", "calendars"):
        named[section]["additionalProperties"] = False  # other names are no names
    _wishes(named["phrases"])
    return tidy


def schema_text() -> str:
    """The schema as it is committed and printed."""
    return json.dumps(rule_schema(), ensure_ascii=False, indent=2) + "\n"


def _wishes(phrases: dict[str, Any]) -> None:
    """`stop` and `start` are sets with a meaning, and their confirmations are texts among sets."""
    text = {"type": "string"}
    (some,) = phrases["patternProperties"].values()
    told = {
        STOP: "Phrases by which a customer opts out of automatic messages.",
        START: "Phrases by which one who opted out so is back.",
        STOP_CONFIRMATION: 'What confirms an opt-out, once; `""` for nothing.',
        START_CONFIRMATION: 'What confirms the return, once; `""` for nothing.',
    }
    either = [text, {"type": "object", "additionalProperties": text}]
    phrases["properties"] = {
        name: {"description": about, **({"anyOf": either} if name in CONFIRMATIONS else some)}
        for name, about in told.items()
    }


def _describe_parts(made: dict[str, Any]) -> None:
    """Each kind of condition and action is explained where its key is completed."""
    parts: tuple[type[Any], ...] = (*CONDITIONS, *ACTIONS)
    manual = {part.key: _manual(part) for part in parts}
    for definition in made.get("$defs", {}).values():
        for item in definition.get("oneOf", ()):
            for key, inner in item.get("properties", {}).items():
                if key in item.get("required", ()) and key in manual and "$ref" not in inner:
                    inner.setdefault("description", manual[key])


def _manual(part: type[Any]) -> str:
    return " ".join((part.__doc__ or "").split())


def _tidied(value: Any) -> Any:
    """Without what helps nobody in an editor: nulls that only mean absence, repeated titles."""
    if isinstance(value, list):
        return [_tidied(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidied(inner) for key, inner in value.items()}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = " ".join(tidy["description"].split())
    if tidy.get("default", 0) is None:
        del tidy["default"]
    options = tidy.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        left = [option for option in options if option != {"type": "null"}]
        del tidy["anyOf"]
        if len(left) == 1:
            return {**left[0], **tidy}
        tidy["anyOf"] = left
    return tidy
