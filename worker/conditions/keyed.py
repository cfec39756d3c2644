"""Reading one part of a rule: its own fields, shorthand forms, and errors an author can act on.

Errors are pydantic's, with locations that are paths in the YAML as written. Those raised here are
`PydanticCustomError` with `{"hint": str, "offset": int | None}`; `offset` counts characters inside
the offending scalar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, cast, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema
from pydantic_core.core_schema import ErrorType

from worker.text.names import did_you_mean

_SAID = ("title", "description")
_KNOWN = frozenset(get_args(ErrorType))

T = TypeVar("T")


def complaint(
    kind: str,
    message: str,
    hint: str = "",
    offset: int | None = None,
    more: Sequence[tuple[str, str, int]] = (),
) -> PydanticCustomError:
    """An error about the value being read, for its author.

    Args:
        offset: of the place inside the value, in characters.
        more: message, hint and offset of what else is wrong with the same value.
    """
    told = {"message": message, "hint": hint, "offset": offset, "more": tuple(more)}
    return PydanticCustomError(cast("Any", kind), "{message}", told)


def complaint_at(
    loc: tuple[int | str, ...], value: object, error: PydanticCustomError
) -> InitErrorDetails:
    """The same, about something inside the value."""
    return InitErrorDetails(type=error, loc=loc, input=value)


def raised(title: str, lines: list[InitErrorDetails]) -> ValidationError:
    """All complaints as one error; pydantic puts the outer location before each."""
    return ValidationError.from_exception_data(title, lines)


def moved(
    error: ValidationError, *, prefix: tuple[int | str, ...] = (), drop: int | str | None = None
) -> list[InitErrorDetails]:
    """The error's lines, each below `prefix` and without a leading `drop`."""
    lines = []
    for item in error.errors(include_url=False):
        loc = item["loc"]
        if drop is not None and loc[:1] == (drop,):
            loc = loc[1:]
        ctx = item.get("ctx", {})
        kind: str | PydanticCustomError = item["type"]
        if item["type"] not in _KNOWN:
            kind = PydanticCustomError(cast("Any", item["type"]), cast("Any", item["msg"]), ctx)
        lines.append(InitErrorDetails(type=kind, loc=prefix + loc, input=item["input"], ctx=ctx))
    return lines


class Part(BaseModel):
    """A piece of a rule that is written as a mapping of its fields.

    Class attributes:
        root: the field that takes the whole value when it is not a mapping; "" for none.
        mapping: a mapping names fields; False: the whole value always goes to `root`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    root: ClassVar[str] = ""
    mapping: ClassVar[bool] = True

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The keys an author may write."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def hint_for(cls, key: str) -> str:
        """How to mend this key, which is not one of them."""
        return did_you_mean(key, cls.names())

    @classmethod
    def root_for(cls, value: object) -> str:  # noqa: ARG003 - for those with several
        """The key that takes this value when it is not a mapping; "" for none."""
        return cls.root

    @classmethod
    def widened(cls, value: Any) -> Any:
        """The value in the form that is read; for short forms that are no field's value."""
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        value = cls.widened(value)
        root = cls.root_for(value)
        if root and not (cls.mapping and isinstance(value, Mapping)):
            try:
                return handler({root: value})
            except ValidationError as error:
                raise raised(cls.__name__, moved(error, drop=root)) from None
        if not isinstance(value, Mapping):
            message = f"expected a mapping, found {described(value)}"
            raise complaint("mapping_expected", message, f"known keys: {', '.join(cls.names())}")
        return cls._read_mapping(value, handler)

    @classmethod
    def _read_mapping(
        cls, value: Mapping[Any, Any], handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        known = cls.names()
        lines = [
            complaint_at(
                (key if isinstance(key, int | str) else str(key),),
                value[key],
                complaint("unknown_key", f"unknown key '{key}'", cls.hint_for(str(key))),
            )
            for key in value
            if key not in known
        ]
        try:
            part = handler({key: inner for key, inner in value.items() if key in known})
        except ValidationError as error:
            lines.extend(moved(error))
        else:
            if not lines:
                return part
        raise raised(cls.__name__, lines)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        for name, written in made.get("properties", {}).items():
            made["properties"][name] = _without_null(written)
        if not cls.root:
            return made
        whole = dict(made["properties"][cls.root])
        if cls.mapping:
            kept: JsonSchemaValue = {key: made.pop(key) for key in _SAID if key in made}
            # a mapping is always read as keys, also where the field itself may be one
            choices = [one for one in whole.get("anyOf", ()) if one.get("type") != "object"]
            short = {**whole, "anyOf": choices} if choices else whole
            return {**kept, "anyOf": [short, made]}
        return {**whole, **{key: made[key] for key in _SAID if key in made}}


def _without_null(written: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a field that may be left out, but not be null; without a made-up title."""
    kept = {key: value for key, value in written.items() if key != "title"}
    if kept.get("default", False) is None:
        del kept["default"]
    choices = [choice for choice in kept.pop("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept


def described(value: object) -> str:
    """What a YAML author would call this value."""
    if value is None:
        return "nothing"
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "a text"),
    (list, "a list"),
    (tuple, "a list"),
    (dict, "a mapping"),
)


class OneOrManyOf:
    """Reads one value or a list of at least one as a tuple."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    @staticmethod
    def _read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, list | tuple):
            if not value:
                raise complaint("empty_list", "an empty list can never match", "name at least one")
            return handler(tuple(value))
        try:
            return handler((value,))
        except ValidationError as error:
            raise raised("list", moved(error, drop=0)) from None

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = dict(handler(schema))
        many["minItems"] = 1
        return {"anyOf": [many["items"], many]} if "items" in many else many


OneOrMany = Annotated[tuple[T, ...], OneOrManyOf()]
"""A value, or a list of at least one."""

P = TypeVar("P", bound=Part)


class Keyed(Generic[P]):
    """Reads a mapping with one key, the kind, into the part registered for it.

    Args:
        word: what an author calls such a part ("condition", "action").
    """

    def __init__(self, word: str) -> None:
        self.word = word
        self.parts: dict[str, type[P]] = {}

    def open(self, parts: tuple[type[P], ...]) -> None:
        """`parts` are what can be read from now on; called once, by the registry."""
        self.parts = {_key(part): part for part in parts}

    def unknown(self, kind: object) -> PydanticCustomError:
        """The complaint about a key that is no kind."""
        hint = did_you_mean(str(kind), self.parts)
        return complaint("unknown_kind", f"unknown {self.word} '{kind}'", hint)

    def read(self, kind: str, raw: Any, context: Any) -> P:
        """The part of this kind; errors are located below the kind.

        Raises:
            ValidationError: the kind is unknown or its value is wrong.
        """
        part = self.parts.get(kind)
        if part is None:
            raise raised(self.word, [complaint_at((kind,), raw, self.unknown(kind))])
        try:
            return part.model_validate(raw, context=context)
        except ValidationError as error:
            raise raised(self.word, moved(error, prefix=(kind,))) from None

    def _read_item(self, raw: Any, info: ValidationInfo) -> P:
        if isinstance(raw, Part):
            return cast("P", raw)
        if not isinstance(raw, Mapping):
            message = f"expected a mapping with one {self.word}, found {described(raw)}"
            raise complaint("mapping_expected", message, f"write - {next(iter(self.parts))}: …")
        if len(raw) != 1:
            names = ", ".join(str(key) for key in raw) or "nothing"
            message = f"expected exactly one {self.word} here, found {names}"
            raise complaint("one_key", message, "put each in a list item of its own")
        ((kind, value),) = raw.items()
        return self.read(str(kind), value, info.context)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read_item)

    def item_schema(self, key: str, value: JsonSchemaValue, generator: Any) -> JsonSchemaValue:  # noqa: ARG002 - for those with more keys
        """The JSON Schema of one item with this key."""
        item: JsonSchemaValue = {
            "type": "object",
            "properties": {key: value},
            "required": [key],
            "additionalProperties": False,
        }
        return item

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        generator = cast("Any", handler).generate_json_schema
        name, reference = generator.get_cache_defs_ref_schema(f"any-{self.word}")
        if name not in generator.definitions:
            generator.definitions[name] = {}  # set first: the parts may contain each other
            generator.definitions[name] = {
                "oneOf": [
                    self.item_schema(
                        key, generator.generate_inner(part.__pydantic_core_schema__), generator
                    )
                    for key, part in self.parts.items()
                ]
            }
        return cast("JsonSchemaValue", reference)


def _key(part: type[Part]) -> str:
    return str(cast("Any", part).key)
