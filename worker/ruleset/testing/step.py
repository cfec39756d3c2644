"""One step of a test: some time, and then one stimulus or a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from pydantic import GetJsonSchemaHandler, TypeAdapter, ValidationError, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails

from worker.conditions.keyed import Keyed, Part, complaint, complaint_at, described, moved, raised
from worker.ruleset.fields import Duration
from worker.ruleset.testing.expect import ExpectForm
from worker.ruleset.testing.moment import Moment
from worker.ruleset.testing.part import StimulusPart
from worker.text.names import did_you_mean

AFTER = "after"
AT = "at"
_AFTER: TypeAdapter[timedelta] = TypeAdapter(Duration)
_AT: TypeAdapter[datetime] = TypeAdapter(Moment)
_ABOUT = {
    AFTER: "Time that passes before it, counted from the step before.",
    AT: "The time of it, ISO 8601 with an offset, instead of `after`.",
}


@dataclass(frozen=True, slots=True)
class TestStep:
    """Time passes by `after` or until `at`, if one is given; then `part`, if there is one."""

    __test__ = False  # for pytest: not one of its classes

    part: StimulusPart | ExpectForm | None
    after: timedelta | None = None
    at: datetime | None = None


class KeyedTestStep(Keyed[Part]):
    """Reads one item of `steps`."""

    def _read_item(self, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, Mapping):
            message = f"expected a mapping, found {described(raw)}"
            raise complaint("mapping_expected", message, f"write - {next(iter(self.parts))}: …")
        lines: list[InitErrorDetails] = []
        after, at = self._time(raw, AFTER, _AFTER, lines), self._time(raw, AT, _AT, lines)
        if AFTER in raw and AT in raw:
            twice = complaint("two_times", "'after' and 'at' in one step", "take one out")
            lines.append(complaint_at((AT,), raw[AT], twice))
        kinds = [key for key in raw if key not in (AFTER, AT)]
        unknown = [kind for kind in kinds if kind not in self.parts]
        lines += [complaint_at((str(one),), raw[one], self._no_key(one)) for one in unknown]
        if len(kinds) > 1 and not unknown:
            message = f"expected one thing in a step, found {', '.join(map(str, kinds))}"
            error = complaint("one_key", message, "put each in a step of its own")
            lines.append(complaint_at((), raw, error))
        if not kinds and not (AFTER in raw or AT in raw):
            raise complaint("empty_step", "this step is empty", "for instance message: Hello")
        part = None
        for kind in kinds:
            if kind in self.parts:
                try:
                    part = self.read(str(kind), raw[kind], info.context)
                except ValidationError as error:
                    lines += moved(error)
        if lines:
            raise raised("step", lines)
        return TestStep(cast("Any", part), after, at)

    def _no_key(self, key: object) -> Any:
        hint = did_you_mean(str(key), [*self.parts, AFTER, AT])
        return complaint("unknown_kind", f"unknown step '{key}'", hint)

    @staticmethod
    def _time(
        raw: Mapping[Any, Any], key: str, kind: TypeAdapter[Any], lines: list[InitErrorDetails]
    ) -> Any:
        if key not in raw:
            return None
        try:
            return kind.validate_python(raw[key])
        except ValidationError as error:
            lines += moved(error, prefix=(key,))
            return None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        generate = cast("Any", handler).generate_json_schema.generate_inner
        times = {
            AFTER: {**generate(_AFTER.core_schema), "description": _ABOUT[AFTER]},
            AT: {**generate(_AT.core_schema), "description": _ABOUT[AT]},
        }
        parts = {key: generate(part.__pydantic_core_schema__) for key, part in self.parts.items()}
        return {
            "type": "object",
            "properties": {**times, **parts},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 2,
        }


ANY_TEST_STEP = KeyedTestStep("step")

AnyTestStep = Annotated[TestStep, cast("Any", ANY_TEST_STEP)]
"""Reads one raw item of `steps` into a `TestStep`."""
