"""`when`: the event kinds a rule answers, and their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from worker.calendars.cron import EXPECTED, parse_cron
from worker.conditions.calendar import CalendarName
from worker.conditions.keyed import (
    OneOrMany,
    Part,
    complaint,
    complaint_at,
    described,
    moved,
    raised,
)
from worker.duration import format_duration
from worker.model.event import RULE_KINDS, EventKind
from worker.model.rule import Trigger
from worker.ruleset.fields import PositiveDuration
from worker.text.names import did_you_mean
from worker.text.zones import zone_hint

KINDS = tuple(kind.value for kind in EventKind if kind in RULE_KINDS)
"""What `when` can name: a rule that goes on is asked for by nobody."""


def _cron(text: str) -> str:
    try:
        parse_cron(text)
    except ValueError as error:
        raise complaint("cron", f"'{text}' is no cron line: {error}", EXPECTED) from None
    return " ".join(text.lower().split())


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = zone_hint(name) or "use a name such as Asia/Hong_Kong"
        raise complaint("timezone", f"unknown time zone '{name}'", hint) from None
    return name


class PickedForm(Part):
    """An option chosen: by button, typed number, title or payload of the last menu."""

    menu: OneOrMany[str] | None = Field(None, description="Only picks of these menus, by name.")
    payload: OneOrMany[str] | None = Field(None, description="Only picks with these payloads.")


class WaitingForm(Part):
    """The customer spoke last and nobody answered for a time."""

    for_: PositiveDuration = Field(
        alias="for", description="How long, from the first unanswered message."
    )
    calendar: CalendarName | None = Field(
        None, description="Count only the opening hours of this calendar."
    )
    automatic: Literal["counts"] | None = Field(
        None, description="`counts`: an automatic reply counts as an answer."
    )

    def spelt(self) -> dict[str, str]:
        """The parameters in one spelling, so that `90s` and `1m30s` are one event."""
        given = {"for": format_duration(self.for_), "calendar": self.calendar or ""}
        given["automatic"] = self.automatic or ""
        return {name: value for name, value in given.items() if value}


class ScheduleForm(Part):
    """A time that comes again and again; `do` runs once each time."""

    cron: Annotated[str, AfterValidator(_cron)] = Field(
        description="minute hour day month weekday, e.g. `0 3 * * *`."
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        description="An IANA name, e.g. `Asia/Hong_Kong`."
    )
    misfire: Literal["once", "skip"] = Field(
        "once",
        description="What was missed while the worker was stopped: the last one is made up for "
        "within `expires_after`, or nothing is.",
    )

    def spelt(self) -> dict[str, str]:
        """The parameters in one spelling; equal ones are one event."""
        given = {"cron": self.cron, "timezone": self.timezone}
        return given | ({"misfire": self.misfire} if self.misfire != "once" else {})


FORMS: dict[EventKind, type[Part]] = {
    EventKind.QUICK_REPLY_PICKED: PickedForm,
    EventKind.CONVERSATION_WAITING: WaitingForm,
    EventKind.SCHEDULE: ScheduleForm,
}
_NEEDS_PARAMETERS = frozenset({EventKind.CONVERSATION_WAITING, EventKind.SCHEDULE})

ABOUT: dict[EventKind, str] = {
    EventKind.MESSAGE_RECEIVED: "A customer's message of any type, seen once.",
    EventKind.QUICK_REPLY_PICKED: PickedForm.__doc__ or "",
    EventKind.CONVERSATION_OPENED: "A conversation seen for the first time.",
    EventKind.CONVERSATION_WAITING: WaitingForm.__doc__ or "",
    EventKind.CONTACT_CREATED: "A contact seen for the first time.",
    EventKind.CONTACT_UPDATED: "A contact that changed.",
    EventKind.NOTIFICATION_CREATED: "A notification, seen once.",
    EventKind.SCHEDULE: ScheduleForm.__doc__ or "",
}


def kinds_of(when: object) -> frozenset[EventKind]:
    """The kinds that `when` names, as far as they are known; for reading the rest of the rule."""
    items = when if isinstance(when, list) else [when]
    names: list[object] = []
    for item in items:
        names += item if isinstance(item, Mapping) else [item]
    return frozenset(EventKind(name) for name in names if name in KINDS)


@cache
def _alone(kind: EventKind) -> tuple[Trigger, ...]:
    """`when` with this kind and no more: thousands of rules share one object, which is in the
    processor's cache whichever of them is asked.
    """
    return (Trigger(kind),)


class _When:
    """Reads the three forms of `when` as triggers."""

    as_written: ClassVar[str] = "write a kind, {kind: {parameters}}, or a list of these"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def _read(self, value: Any, info: ValidationInfo) -> tuple[Trigger, ...]:
        if isinstance(value, tuple):
            return value
        if not isinstance(value, list):
            trigger = self._read_one(value, (), info.context)
            alone = _alone(trigger.kind)
            return alone if trigger is alone[0] else (trigger,)
        if not value:
            raise complaint("empty_list", "an empty list never fires", self.as_written)
        lines: list[InitErrorDetails] = []
        triggers: list[Trigger] = []
        for position, item in enumerate(value):
            try:
                trigger = self._read_one(item, (position,), info.context)
            except ValidationError as error:
                lines += moved(error)
                continue
            if trigger in triggers:
                again = complaint(
                    "twice", f"'{trigger.kind.value}' stands here twice", "remove one"
                )
                lines.append(complaint_at((position,), item, again))
            triggers.append(trigger)
        if lines:
            raise raised("when", lines)
        return tuple(triggers)

    def _read_one(self, item: Any, at: tuple[int, ...], context: Any) -> Trigger:
        """Raises ValidationError, with places below `when`."""
        if isinstance(item, str):
            return self._trigger(item, {}, at, item, context)
        if not isinstance(item, Mapping):
            message = f"expected an event kind, found {described(item)}"
            lines = [complaint_at(at, item, complaint("kind", message, self.as_written))]
            raise raised("when", lines)
        if len(item) != 1:
            message = f"expected one event kind here, found {', '.join(item) or 'none'}"
            hint = "several kinds are a list: put each in an item of its own"
            raise raised("when", [complaint_at(at, item, complaint("one_key", message, hint))])
        kind, parameters = next(iter(item.items()))
        return self._trigger(kind, parameters or {}, (*at, kind), item, context)

    @staticmethod
    def _trigger(
        name: str, raw: Any, at: tuple[int | str, ...], item: Any, context: Any
    ) -> Trigger:
        if name not in KINDS:
            hint = did_you_mean(name, KINDS)
            code = "unknown_kind" if at[-1:] == (name,) else "unknown_event"
            error = complaint(code, f"unknown event kind '{name}'", hint)
            raise raised("when", [complaint_at(at, item, error)])
        kind = EventKind(name)
        form = FORMS.get(kind)
        if form is None:
            if raw:
                error = complaint("no_parameters", f"'{name}' has no parameters", f"write {name}")
                raise raised("when", [complaint_at(at, item, error)])
            return _alone(kind)[0]
        if not raw and kind not in _NEEDS_PARAMETERS:
            return _alone(kind)[0]
        try:
            read = form.model_validate(raw, context=context)
        except ValidationError as error_:
            raise raised("when", moved(error_, prefix=at)) from None
        return Trigger(
            kind, read.spelt() if isinstance(read, WaitingForm | ScheduleForm) else dict(raw)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        one: JsonSchemaValue = {"anyOf": list(_item_schemas())}
        return {"anyOf": [*one["anyOf"], {"type": "array", "items": one, "minItems": 1}]}


def _item_schemas() -> Iterator[JsonSchemaValue]:
    for kind, about in ABOUT.items():
        if kind not in _NEEDS_PARAMETERS:
            yield {"const": kind.value, "description": about}
    for kind, form in FORMS.items():
        inner = form.model_json_schema()
        inner.pop("title", None)
        yield {
            "type": "object",
            "properties": {kind.value: inner},
            "required": [kind.value],
            "additionalProperties": False,
        }


When = Annotated[tuple[Trigger, ...], _When()]
"""One event kind, `{kind: {parameters}}`, or a list of these."""
