"""What every condition is: a frozen piece of YAML that answers a question about facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from worker.calendars import Calendar
from worker.conditions.keyed import Keyed, Part, complaint, moved, raised
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.gateway import Capability
from worker.model.rule import Touch
from worker.model.verdict import Answer, Near, Verdict
from worker.text.offered import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadContext:
    """What is known while a rule is read; passed as pydantic's validation context.

    Args:
        phrases: phrase sets by name, all languages of a set together.
        vars: file-level names; `rule_vars` those of the rule, laid over them.
        whole: these are all; else others may stand where nobody could read, and none is unknown.
        calendars: opening hours by name; None: not known, and not checked.
        kinds: event kinds of the rule; empty where unknown.
        platform: the configured platform, "" where none is.
        capabilities: what it can do; None: not checked.
        found: names that conditions may have found by then; None: not known.
        unsure: those of them that the conditions can hold without.
        webhook_allow: hosts and networks that webhooks may reach though they are private.
        folder: where the rule's file is, for files it names; "" where unknown.
        steps: what `steps.ID` has for the steps before this one; None: not known.
        reached: a step is read: its conditions are asked when `found` and `steps` are known.
        depth: how many `choose` stand around it.
    """

    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    calendars: Mapping[str, Calendar] | None = None
    kinds: frozenset[EventKind] = frozenset()
    rule_vars: Mapping[str, Any] = field(default_factory=dict)
    platform: str = ""
    capabilities: frozenset[Capability] | None = None
    found: frozenset[str] | None = None
    unsure: frozenset[str] = frozenset()
    webhook_allow: tuple[str, ...] = ()
    folder: str = ""
    steps: Mapping[str, Mapping[str, Shape]] | None = field(default_factory=dict)
    reached: bool = False
    depth: int = 0


def load_context(info: ValidationInfo) -> LoadContext:
    """The context given to the validation, or an empty one."""
    return info.context if isinstance(info.context, LoadContext) else LoadContext()


class ConditionPart(Part):
    """A condition of rules.

    Class attributes:
        key: the kind, as written in YAML.
        examples: YAML items that are valid; each is a test and part of the manual.
        alone: it can be decided without a message, a conversation or a contact.
    """

    key: ClassVar[str]
    examples: ClassVar[tuple[str, ...]] = ()
    alone: ClassVar[bool] = False

    @model_validator(mode="after")
    def _about_somebody(self, info: ValidationInfo) -> Self:
        if load_context(info).kinds == {EventKind.SCHEDULE} and not self.alone:
            message = f"a schedule is about nobody, so '{self.key}' can never be decided"
            hint = "take it out, or give the rule another 'when'"
            raise complaint("no_such_fact", message, hint)
        return self

    def _keep(self, **made: object) -> None:
        """What is made of the fields once, and read for every message, lies in slots: pydantic
        looks its own attributes up slowly. It is no part of equality, and not copied.
        """
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def decide(self, facts: Facts) -> Verdict:
        """The verdict; never raises for anything a customer or a platform can send."""
        raise NotImplementedError

    def touch(self) -> Touch | None:
        """The keys of which one must be present for a yes; None: always ask."""
        return None

    def finds(self) -> frozenset[str]:
        """Names that a yes may add to `found`."""
        return frozenset()

    def misses(self) -> frozenset[str]:
        """Those of them that a yes can be without."""
        return frozenset()

    def near(self, facts: Facts) -> Near:  # noqa: ARG002 - for those that can tell
        """What would have made it a yes; asked where it was none."""
        return Near()

    def answer(self, *, holds: bool, because: str) -> Verdict:
        """Yes or no."""
        return Verdict(Answer.YES if holds else Answer.NO, self.key, because)

    def undecided(self, because: str) -> Verdict:
        """Neither: a fact is missing."""
        return Verdict(Answer.UNDECIDED, self.key, because)


def knowing(context: LoadContext, conditions: Iterable[ConditionPart]) -> LoadContext:
    """The same where all these conditions hold: with what they find."""
    found, unsure = context.found or frozenset(), context.unsure
    for one in conditions:
        found |= one.finds()
        unsure = (unsure | one.misses()) - (one.finds() - one.misses())
    return replace(context, found=found, unsure=unsure)


ANY_CONDITION: Keyed[ConditionPart] = Keyed("condition")

AnyCondition = Annotated[ConditionPart, ANY_CONDITION]
"""Reads one raw YAML item: a mapping with exactly one key, the kind."""


class _InOrder:
    """Reads conditions one after the other: each may name what those before it find."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_wrap_validator_function(self._read, handler(source))

    @staticmethod
    def _read(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if not isinstance(value, list | tuple):
            return handler(value)
        context = load_context(info)
        # what a step's conditions may name is not known behind a step that could not be read
        if context.found is None and not context.reached:
            context = replace(context, found=frozenset())
        conditions: list[ConditionPart] = []
        lines: list[InitErrorDetails] = []
        for position, item in enumerate(value):
            try:
                read = _ONE.validate_python(item, context=context)
            except ValidationError as error:
                lines += moved(error, prefix=(position,))
                continue
            conditions.append(read)
            if context.found is not None and read.finds():
                context = knowing(context, [read])
        if lines:
            raise raised("conditions", lines)
        return tuple(conditions)


IN_ORDER = _InOrder()

Conditions = Annotated[tuple[AnyCondition, ...], IN_ORDER]
"""Reads a list of conditions that all must hold."""

_ONE: TypeAdapter[ConditionPart] = TypeAdapter(AnyCondition)
