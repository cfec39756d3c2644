"""What every action is: a frozen piece of YAML, rendered when planned and performed later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema
from typing_extensions import override

from worker.conditions.keyed import Keyed, Part, complaint, complaint_at, described, moved, raised
from worker.conditions.part import (
    AnyCondition,
    ConditionPart,
    Conditions,
    LoadContext,
    load_context,
)
from worker.model.action import Desk, Performed
from worker.model.event import EventKind

if TYPE_CHECKING:
    from worker.model.chat import Message
    from worker.model.facts import Facts
    from worker.model.gateway import Capability
    from worker.model.rule import Rule
    from worker.text.offered import Shape


STEP_KEYS = ("id", "if")
"""What an item of `do` may have beside its action."""


class ActionPart(Part):
    """An action of rules.

    Class attributes:
        key: the kind, as written in YAML.
        examples: YAML items that are valid; each is a test and part of the manual.
        visible: the customer sees it.
        repeatable: doing it twice is as doing it once.
        readable: `recognises` can find what was done; where it cannot, an unknown outcome of an
            action that is not repeatable stays in doubt.
        alone: it needs neither a conversation nor a contact.
        inward: nothing outside the worker is touched.
    """

    key: ClassVar[str]
    kind: ClassVar[str] = ""  # the same, under the engine's name
    examples: ClassVar[tuple[str, ...]] = ()
    visible: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    readable: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    inward: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.kind = cls.__dict__.get("key", "")

    @classmethod
    @override
    def hint_for(cls, key: str) -> str:
        if key in STEP_KEYS:
            return f"'{key}' stands beside '{cls.kind}', not below it"
        return super().hint_for(key)

    def finds(self) -> frozenset[str]:
        """Names that it may add to `found` for later steps."""
        return frozenset()

    def leaves(self) -> Mapping[str, Shape]:
        """What later steps know of it as `steps.ID`."""
        return {}

    def inner(self) -> Iterator[StepPart]:
        """The steps that stand inside it."""
        return iter(())

    def needs(self) -> frozenset[Capability]:
        """What the platform must be able to do."""
        return frozenset()

    def render(
        self,
        facts: Facts,  # noqa: ARG002 - for those with templates
        rule: Rule,  # noqa: ARG002
        found: Mapping[str, Any],  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """The work, as plain JSON values.

        Raises:
            RenderError: a template failed on these facts; nothing may be sent then.
        """
        return {}

    def delay(self) -> timedelta:
        """Time between planning and the first attempt."""
        return timedelta(0)

    @staticmethod
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        """The work is done on the platform.

        Raises:
            GatewayError: with what may have happened.
        """
        raise NotImplementedError

    @staticmethod
    def aftermath(work: Mapping[str, Any], desk: Desk) -> Performed:  # noqa: ARG004 - as above
        """What a doing leaves behind besides its message."""
        return Performed()

    @staticmethod
    def recognises(
        work: Mapping[str, Any],  # noqa: ARG004 - for those that can be read back
        message: Message,  # noqa: ARG004
    ) -> bool:
        """This message of ours has the content that `work` sends, in any of the ways it is sent."""
        return False


@dataclass(frozen=True, slots=True)
class StepPart:
    """One item of `do`: an action, and when it is asked."""

    action: ActionPart
    id: str = ""
    conditions: tuple[ConditionPart, ...] = ()


_ID = r"[a-z][a-z0-9_-]{0,63}"
_CONDITIONS: TypeAdapter[tuple[ConditionPart, ...]] = TypeAdapter(Conditions)
_CONDITION: TypeAdapter[Any] = TypeAdapter(AnyCondition)


class KeyedStep(Keyed[ActionPart]):
    """Reads one item of `do`: one action key, and optionally `id` and `if`."""

    def _read_item(self, raw: Any, info: ValidationInfo) -> Any:
        if isinstance(raw, StepPart):
            return raw
        if not isinstance(raw, Mapping):
            message = f"expected a mapping with one action, found {described(raw)}"
            raise complaint("mapping_expected", message, f"write - {next(iter(self.parts))}: …")
        lines: list[InitErrorDetails] = []
        kinds = [key for key in raw if key not in STEP_KEYS]
        actions = [str(kind) for kind in kinds if kind in self.parts]
        if actions:
            lines += [
                complaint_at((str(kind),), raw[kind], self._beside(actions[0], raw, kind))
                for kind in kinds
                if kind not in self.parts
            ]
        if len(kinds) != 1 and not lines:
            names = ", ".join(str(key) for key in kinds) or "none"
            message = f"expected exactly one action here, found {names}"
            raise complaint("one_key", message, "put each in a list item of its own")
        step_id = self._read_id(raw, lines)
        conditions = self._read_conditions(raw, info, lines)
        action = None
        # of an action without a value, and keys beside it, is told enough
        known = [] if lines and raw[actions[0]] is None else actions
        for kind in known or (kinds if len(kinds) == 1 else ()):
            action = self._read_action(str(kind), raw[kind], info, lines)
        if lines or action is None:
            raise raised("action", lines)
        return StepPart(action, step_id, conditions)

    def _beside(self, action: str, raw: Mapping[Any, Any], key: object) -> PydanticCustomError:
        """The complaint about a key that stands beside an action and is none."""
        part, value = self.parts[action], raw[action]
        if not part.mapping or key not in part.names():
            return self.unknown(key)
        hint = f"indent it further than '{action}'"
        if value is not None:
            root = part.root_for(value)
            kept = "…, " if isinstance(value, Mapping) else f"{root}: …, " if root else ""
            hint = f"write {action}: {{{kept}{key}: …}}"
        message = f"'{key}' belongs inside '{action}', not beside it"
        return complaint("unknown_kind", message, hint)

    def _read_action(
        self, kind: str, raw: Any, info: ValidationInfo, lines: list[InitErrorDetails]
    ) -> ActionPart | None:
        try:
            action = self.read(kind, raw, info.context)
        except ValidationError as error:
            lines += moved(error)
            return None
        context = load_context(info)
        if context.capabilities is not None:
            lacking = sorted(action.needs() - context.capabilities)
            if lacking:
                platform = context.platform or "this platform"
                message = f"{platform} cannot do '{kind}' (it lacks {', '.join(lacking)})"
                hint = "take it out, or configure another platform"
                lines.append(complaint_at((kind,), raw, complaint("unsupported", message, hint)))
        if EventKind.SCHEDULE in context.kinds and not action.alone:
            message = f"a schedule belongs to no conversation, so '{kind}' reaches nobody"
            hint = "take it out, or give it a rule with another 'when'"
            lines.append(complaint_at((kind,), raw, complaint("nobody", message, hint)))
        return action

    def _read_id(self, raw: Mapping[Any, Any], lines: list[InitErrorDetails]) -> str:
        if "id" not in raw:
            return ""
        value = raw["id"]
        if isinstance(value, str) and _matches_id(value):
            return value
        message = "an id is a text of small letters, digits, - and _, a letter first"
        lines.append(complaint_at(("id",), value, complaint("bad_id", message)))
        return ""

    @staticmethod
    def _read_conditions(
        raw: Mapping[Any, Any], info: ValidationInfo, lines: list[InitErrorDetails]
    ) -> tuple[ConditionPart, ...]:
        if "if" not in raw:
            return ()
        value = raw["if"]
        single = isinstance(value, Mapping)
        try:
            items = [value] if single else value
            # what the rule's own conditions found is not at hand when a step is reached
            context = replace(load_context(info), found=None)
            return _CONDITIONS.validate_python(items, context=context)
        except ValidationError as error:
            inner = moved(error, drop=0 if single else None)
            lines += [{**line, "loc": ("if", *line.get("loc", ()))} for line in inner]
            return ()

    def item_schema(self, key: str, value: JsonSchemaValue, generator: Any) -> JsonSchemaValue:
        """The JSON Schema of one item with this action key."""
        item = super().item_schema(key, value, generator)
        condition = generator.generate_inner(_CONDITION.core_schema)
        item["properties"] |= {
            "id": {"type": "string", "pattern": f"^{_ID}$", "description": "Name of this step."},
            "if": {
                "description": "Conditions, asked when the step is reached.",
                "anyOf": [condition, {"type": "array", "items": condition}],
            },
        }
        return item


_LEAVING = frozenset({"ask", "wait", "choose"})
"""Actions that add to what later steps may name."""


def read_steps(raw: Any, context: LoadContext) -> tuple[StepPart, ...]:
    """The steps of one list; each is read with what those before it leave behind.

    Raises:
        ValidationError: located below the list.
        PydanticCustomError: it is no list, or an empty one.
    """
    if not isinstance(raw, list | tuple):
        message = f"expected a list, found {described(raw)}"
        raise complaint("list_expected", message, "start each item with '- '")
    if not raw:
        raise complaint("empty_list", "this list is empty", "write at least one item")
    context = replace(context, reached=True)
    steps: list[StepPart] = []
    lines: list[InitErrorDetails] = []
    for number, item in enumerate(raw):
        try:
            step = _STEP.validate_python(item, context=context)
        except ValidationError as error:
            lines += moved(error, prefix=(number,))
            if not isinstance(item, Mapping) or _LEAVING & set(item):
                context = replace(context, found=None, steps=None)  # nobody knows what it leaves
            continue
        steps.append(step)
        context = left_by(context, step)
    if lines:
        raise raised("do", lines)
    return tuple(steps)


def left_by(context: LoadContext, step: StepPart) -> LoadContext:
    """What is known behind the step, and what may be."""
    action = step.action
    if context.found is not None and (finds := action.finds()):
        context = replace(context, found=context.found | finds)
    left = action.leaves()
    if context.steps is not None and step.id and left:
        context = replace(context, steps={**context.steps, step.id: left})
    for inner in action.inner():
        context = left_by(context, inner)
    return context


class _Steps:
    """Reads a YAML list of steps, in their order."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            lambda raw, info: read_steps(raw, load_context(info))
        )

    def __get_pydantic_json_schema__(
        self,
        schema: CoreSchema,
        handler: GetJsonSchemaHandler,
    ) -> JsonSchemaValue:
        item = cast("Any", handler).generate_json_schema.generate_inner(_STEP.core_schema)
        return {"type": "array", "items": item, "minItems": 1}


def _matches_id(text: str) -> bool:
    return (
        0 < len(text) <= 64  # noqa: PLR2004 - _ID
        and text.isascii()
        and text[0].islower()
        and all(letter.islower() or letter.isdigit() or letter in "-_" for letter in text)
    )


ANY_ACTION = KeyedStep("action")

AnyStep = Annotated[StepPart, cast("Any", ANY_ACTION)]
"""Reads one raw item of `do` into a `StepPart`."""

_STEP: TypeAdapter[StepPart] = TypeAdapter(AnyStep)

Steps = Annotated[tuple[StepPart, ...], cast("Any", _Steps())]
"""Reads the raw list of `do`."""
