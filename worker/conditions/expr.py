"""`expr`: what the other conditions cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.fielded import shown
from worker.conditions.fields import View
from worker.conditions.offer import require_expression
from worker.conditions.part import ConditionPart, load_context
from worker.model.action import RenderError
from worker.model.facts import Facts
from worker.model.verdict import Verdict
from worker.text.template import Expression


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

    __slots__ = ("_expression", "_vars")
    if TYPE_CHECKING:
        _expression: Expression
        _vars: Mapping[str, Any]

    @model_validator(mode="after")
    def _compile(self, info: ValidationInfo) -> Self:
        self._keep(_expression=Expression(self.source), _vars=load_context(info).rule_vars)
        return self

    def always(self) -> bool:
        """It is true whatever the facts are."""
        try:
            return bool(self._expression.value({}))
        except RenderError:
            return False

    @override
    def decide(self, facts: Facts) -> Verdict:
        values = View(facts, vars={**facts.vars, **self._vars}, found=facts.found)
        try:
            value = self._expression.value(values)
        except RenderError as error:
            return self.undecided(str(error))
        return self.answer(holds=bool(value), because=f"the expression gives {shown(value)}")
