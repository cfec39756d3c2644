"""`notification`: what the platform told the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.fielded import FieldedCondition
from worker.conditions.fields import NOTIFICATION, NOTIFICATION_TYPES, notification_values
from worker.conditions.keyed import complaint, complaint_at, raised
from worker.conditions.part import load_context
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.text.names import did_you_mean
from worker.text.offered import Shape


class NotificationCondition(FieldedCondition):
    """Holds when every named field of the notification matches; for `when: notification.created`.

    `type` takes the platform's number or its name (`conversation_assigned` is 204); `age` is the
    time since it was created. A field that only this platform has is `extra.NAME`.
    """

    key: ClassVar[str] = "notification"
    shapes: ClassVar[Mapping[str, Shape]] = {**NOTIFICATION, "age": "age"}
    examples: ClassVar[tuple[str, ...]] = (
        "notification: {type: conversation_assigned}",
        "notification: {type: [101, team_invited], read: false, age: {older_than: 1h}}",
    )

    @classmethod
    @override
    def raw_matcher(cls, name: str, raw: Any) -> Any:
        return _numbers(raw) if name == "type" else raw

    @model_validator(mode="after")
    def _has_notifications(self, info: ValidationInfo) -> Self:
        kinds = load_context(info).kinds
        if kinds and EventKind.NOTIFICATION_CREATED not in kinds:
            hint = "use 'when: notification.created'"
            raise complaint("no_such_fact", "this rule's events have no notification", hint)
        return self

    @override
    def values(self, facts: Facts) -> Mapping[str, Any] | None:
        notification = facts.notification
        if notification is None:
            return None
        created = notification.created_at
        age = facts.now - created if created else None
        return {**notification_values(notification), "age": age}


def _numbers(value: Any) -> Any:
    """Names of types replaced by their numbers, wherever a matcher may have them."""
    if isinstance(value, list | tuple):
        return [_numbers(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _numbers(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if value not in NOTIFICATION_TYPES:
        hint = did_you_mean(value, NOTIFICATION_TYPES) or "or write its number"
        error = complaint("unknown_type", f"unknown notification type '{value}'", hint)
        raise raised("type", [complaint_at((), value, error)])
    return NOTIFICATION_TYPES[value]
