"""What `dismiss` and `mark_read` have in common: which notifications are meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.conditions.keyed import complaint
from worker.conditions.part import load_context
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.rule import Rule

Group = Literal["conversations", "assigns", "teams"]

_GROUP_OF_HUNDRED: Mapping[int, Group] = {1: "assigns", 2: "conversations", 3: "teams"}
"""Notification codes come in hundreds. Source: the platform's notification types 101 to 305."""


def group_of(code: int) -> str:
    """The group a notification's code belongs to; "" for a code of none."""
    return _GROUP_OF_HUNDRED.get(code // 100, "")


class NotificationAction(ActionPart):
    """`true`: this notification; `{type: …}`: all of a kind; `{all: true}`: every one."""

    root: ClassVar[str] = "this"
    alone: ClassVar[bool] = True

    this: Literal[True] | None = Field(default=None, description="The event's own notification.")
    type: Group | None = Field(default=None, description="Every notification of this kind.")
    all_: Literal[True] | None = Field(
        default=None, alias="all", description="Every notification of the account."
    )

    @model_validator(mode="after")
    def _one_meaning(self, info: ValidationInfo) -> Self:
        if sum(given is not None for given in (self.this, self.type, self.all_)) != 1:
            hint = "true, {type: conversations}, or {all: true}"
            raise complaint("one_meaning", f"'{self.key}' has exactly one form", hint)
        kinds = load_context(info).kinds
        if self.this and kinds and kinds != {EventKind.NOTIFICATION_CREATED}:
            named = ", ".join(sorted(kinds - {EventKind.NOTIFICATION_CREATED}))
            hint = "use {type: conversations} or {all: true}, or 'when: notification.created'"
            raise complaint("no_such_fact", f"there is no notification under {named}", hint)
        return self

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"this": bool(self.this), "type": self.type or ""}
