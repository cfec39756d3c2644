"""Conditions that compare the fields of one thing: `contact`, `conversation`, `notification`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import (
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails
from typing_extensions import override

from worker.conditions.fields import MEANT
from worker.conditions.keyed import complaint, complaint_at, described, moved, raised
from worker.conditions.matcher import Matcher, Mismatch
from worker.conditions.near import SITUATION
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Answer, Near, Verdict
from worker.text.names import did_you_mean
from worker.text.offered import Shape

_SHOWN = 60  # characters of a value in a trace
_EXTRA = "extra."


def shown(value: Any) -> str:
    """A value as a trace shows it."""
    if value is None or value == "":
        return "empty"
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


class FieldedCondition(ConditionPart):
    """Every named field matches.

    Class attributes:
        shapes: the fields there are, each with its kind.
        elsewhere: names people look for here, with where to find them.
    """

    root: ClassVar[str] = "fields"
    mapping: ClassVar[bool] = False
    shapes: ClassVar[Mapping[str, Shape]] = {}
    elsewhere: ClassVar[Mapping[str, str]] = {}

    fields: dict[str, Matcher]

    @classmethod
    def kind_of(cls, name: str) -> str | None:
        """The kind of the field; None for one that only the platform knows.

        Raises:
            KeyError: there is no such field.
        """
        if name.startswith(_EXTRA) and len(name) > len(_EXTRA):
            return None
        shape = cls.shapes[name]
        if not isinstance(shape, str):
            raise KeyError(name)
        return shape

    @classmethod
    def raw_matcher(cls, name: str, raw: Any) -> Any:  # noqa: ARG003 - for those with names of their own
        """The matcher as written, names that stand for values replaced."""
        return raw

    @field_validator("fields", mode="wrap")
    @classmethod
    def _read_fields(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> dict[str, Matcher]:
        if not isinstance(raw, Mapping) or not raw:
            message = f"expected a mapping of fields, found {described(raw) if raw else 'nothing'}"
            raise complaint("mapping_expected", message, f"for instance {cls.examples[0]}")
        fields: dict[str, Matcher] = {}
        lines: list[InitErrorDetails] = []
        for name, value in raw.items():
            try:
                fields[name] = cls._read_matcher(str(name), value, info.context)
            except ValidationError as error:
                lines += moved(error, prefix=(str(name),))
        if lines:
            raise raised(cls.__name__, lines)
        return fields

    @classmethod
    def _read_matcher(cls, name: str, raw: Any, context: Any) -> Matcher:
        try:
            kind = cls.kind_of(name)
        except KeyError:
            raise raised(cls.__name__, [complaint_at((), raw, cls._unknown(name))]) from None
        matcher = Matcher.model_validate(cls.raw_matcher(name, raw), context=context)
        problems = matcher.problems(kind)
        if problems and not isinstance(raw, Mapping):
            problems = [{**problem, "loc": ()} for problem in problems]
        if problems:
            raise raised(cls.__name__, problems)
        return matcher

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = super().__get_pydantic_json_schema__(schema, handler)
        matcher = made.pop("additionalProperties")
        known = [name for name, shape in cls.shapes.items() if isinstance(shape, str)]
        return {
            **made,
            "properties": dict.fromkeys(known, matcher),
            "patternProperties": {r"^extra\..+$": matcher},
            "additionalProperties": False,
            "minProperties": 1,
        }

    @classmethod
    def _unknown(cls, name: str) -> Any:
        known = [field for field, shape in cls.shapes.items() if isinstance(shape, str)]
        meant = MEANT.get(cls.key, {}).get(name, "")
        hint = cls.elsewhere.get(name) or did_you_mean(name, [*known, "extra.NAME"], meant)
        return complaint("unknown_field", f"'{name}' is no field of a {cls.key}", hint)

    def values(self, facts: Facts) -> Mapping[str, Any] | None:
        """The thing by its neutral names; None where it is not known."""
        raise NotImplementedError

    @override
    def decide(self, facts: Facts) -> Verdict:
        values = self.values(facts)
        if values is None:
            return self.undecided(f"the {self.key} is not known")
        missing = ""
        for name, matcher in self.fields.items():
            value = _value(values, name)
            try:
                holds = matcher.holds(value, facts.now)
            except Mismatch as mismatch:
                missing = missing or f"{name}: {mismatch}"
                continue
            if not holds:
                return self.answer(holds=False, because=f"{name} is {shown(value)}")
        if missing:
            return self.undecided(missing)
        seen = ", ".join(f"{name} is {shown(_value(values, name))}" for name in self.fields)
        return Verdict(Answer.YES, self.key, seen)

    @override
    def near(self, facts: Facts) -> Near:
        values = self.values(facts)
        if values is None:
            return Near()
        for name, matcher in self.fields.items():
            try:
                if matcher.holds(_value(values, name), facts.now):
                    continue
            except Mismatch:
                pass
            return Near(f"it wants {name}: {matcher.wants()}", SITUATION)
        return Near()


def _value(values: Mapping[str, Any], name: str) -> Any:
    if name.startswith(_EXTRA):
        return values["extra"].get(name.removeprefix(_EXTRA))
    return values[name]
