"""`choose`: one of several ways to go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import (
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from typing_extensions import override

from worker.actions.part import ActionPart, StepPart, Steps, read_steps
from worker.conditions.keyed import OneOrMany, OneOrManyOf, Part, complaint, described
from worker.conditions.part import (
    IN_ORDER,
    AnyCondition,
    ConditionPart,
    LoadContext,
    knowing,
    load_context,
)
from worker.model.action import Desk, Performed

DEEPEST = 8
"""So many `choose` may stand inside each other: more is read by nobody."""


_CONDITIONS: TypeAdapter[tuple[ConditionPart, ...]] = TypeAdapter(
    Annotated[tuple[AnyCondition, ...], IN_ORDER, OneOrManyOf()]
)


def _inside(info: ValidationInfo) -> LoadContext:
    context = load_context(info)
    return replace(context, depth=context.depth + 1, reached=True)


def _some(raw: Any) -> Any:
    if not isinstance(raw, list | tuple):
        message = f"expected a list of cases, found {described(raw)}"
        raise complaint("list_expected", message, "write - if: … and do: … below it")
    if not raw:
        raise complaint("empty_list", "this list is empty", "write at least one case")
    return raw


class Case(Part):
    """One way, taken when all its conditions hold and those of no case before it."""

    conditions: OneOrMany[AnyCondition] = Field(
        alias="if", description="Conditions, all of which must hold."
    )
    steps: Steps = Field(alias="do", description="Actions, done in order.")

    @field_validator("conditions", mode="wrap")
    @classmethod
    def _reached(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> tuple[Any, ...]:
        return _CONDITIONS.validate_python(raw, context=_inside(info))

    @field_validator("steps", mode="wrap")
    @classmethod
    def _after_conditions(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> tuple[StepPart, ...]:
        context = _inside(info)
        conditions = info.data.get("conditions")
        if conditions is None or context.found is None:
            return read_steps(raw, replace(context, found=None))
        return read_steps(raw, knowing(context, conditions))


class ChooseAction(ActionPart):
    """The first case whose conditions all hold is done; without one, `otherwise`. What follows
    `choose` is done after either.

    Cases are decided together with the steps around them: when the rule acts, or when it goes on
    after an `ask` or a `wait`; they may ask for `steps.ID.outcome` and `found.NAME` (`expr`), and
    `text` and `payload` mean the answer. Where a case cannot be decided, because a fact is missing,
    no way is taken. `ask`, `wait` and `choose` may stand inside.
    """

    key: ClassVar[str] = "choose"
    alone: ClassVar[bool] = True
    inward: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        "choose: {cases: [{if: {tag: vip}, do: [{reply: Hello again!}]}], otherwise: [{tag: new}]}",
        "choose: {cases: [{if: {payload: a}, do: [{tag: a}]}, {if: {payload: b}, do: [{tag: b}]}]}",
    )

    cases: Annotated[tuple[Case, ...], BeforeValidator(_some)] = Field(
        strict=False,
        description="Each {if, do}; the first that holds is done.",
        json_schema_extra={"minItems": 1},
    )
    otherwise: Steps | None = Field(
        default=None, description="Actions for when no case holds; nothing without."
    )

    @field_validator("otherwise", mode="wrap")
    @classmethod
    def _one_deeper(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> tuple[StepPart, ...]:
        return read_steps(raw, _inside(info))

    @model_validator(mode="before")
    @classmethod
    def _not_too_deep(cls, value: Any, info: ValidationInfo) -> Any:
        if load_context(info).depth >= DEEPEST:
            message = f"more than {DEEPEST} 'choose' inside each other"
            raise complaint("too_deep", message, "split the rule in two")
        return value

    @override
    def inner(self) -> Iterator[StepPart]:
        for case in self.cases:
            yield from case.steps
        yield from self.otherwise or ()

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        return Performed()
