"""`expr`: what the other conditions cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, PrivateAttr, ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.fielded import shown
from worker.conditions.fields import View
from worker.conditions.offer import require_expression
from worker.conditions.part import ConditionPart, load_context
from worker.model.action import RenderError
from worker.model.facts import Facts
from worker.model.verdict import Verdict
from worker.text.template import evaluate


def _checked(source: str, info: ValidationInfo) -> str:
    return require_expression(source, load_context(info))


class ExprCondition(ConditionPart):
    """Holds when the Jinja expression is true; undecided when a name in it has no value.

    The names are those of templates: `event`, `message`, `contact`, `conversation`, `notification`,
    `vars`, `now`; and `found`, of what an `extract` before it in the same list found. It is written
    without `{{ }}`.
    """

    key: ClassVar[str] = "expr"
    alone: ClassVar[bool] = True
    root: ClassVar[str] = "source"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "expr: event.messages | length > 3",
        "expr: contact.first_name and contact.first_name | lower in message.text | lower",
    )

    source: Annotated[str, AfterValidator(_checked)]

    _vars: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _keep_vars(self, info: ValidationInfo) -> Self:
        self._vars = load_context(info).rule_vars
        return self

    @override
    def decide(self, facts: Facts) -> Verdict:
        values = View(facts, vars={**facts.vars, **self._vars}, found=facts.found)
        try:
            value = evaluate(self.source, values)
        except RenderError as error:
            return self.undecided(str(error))
        return self.answer(holds=bool(value), because=f"the expression gives {shown(value)}")
