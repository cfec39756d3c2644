"""`reload`, `restart` and `fault`: what happens to the worker itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from typing_extensions import override

from worker.conditions.keyed import OneOrMany, complaint
from worker.ruleset.fields import Duration
from worker.ruleset.testing.part import StimulusPart
from worker.ruleset.testing.scene import Scene


def _only_true(value: Any) -> Any:
    if value is False:
        raise complaint("not_true", "expected true, found false", "take the step out")
    return value


Just = Annotated[Literal[True] | None, BeforeValidator(_only_true), WithJsonSchema({"const": True})]
"""`true`: the thing itself, without more to say."""


class ReloadStep(StimulusPart):
    """The rule files were written again, and are loaded; with `rules`: other files are."""

    key: ClassVar[str] = "reload"
    root: ClassVar[str] = "again"
    examples: ClassVar[tuple[str, ...]] = ("reload: true", "reload: {rules: ../rules}")

    again: Just = Field(None, description="The same files.")
    rules: str | None = Field(
        None, description="Another file or directory, from the test's own directory on."
    )

    @override
    async def play(self, scene: Scene) -> None:
        await scene.reload(self.rules)


class RestartStep(StimulusPart):
    """The worker is stopped and started again. What happens while it is away, it finds later."""

    key: ClassVar[str] = "restart"
    root: ClassVar[str] = "again"
    examples: ClassVar[tuple[str, ...]] = ("restart: true", "restart: {kill: true, away: 5m}")

    again: Just = Field(None, description="Stopped, and started at once.")
    kill: bool = Field(
        False,  # noqa: FBT003 - the default, beside its name
        description="It is killed in the middle of whatever it does.",
    )
    away: Duration = Field(timedelta(0), description="How long nobody is at work.")

    @override
    async def play(self, scene: Scene) -> None:
        await scene.restart(kill=self.kill, away=self.away)


class FaultStep(StimulusPart):
    """The platform fails from now on as described, in place of earlier faults; `none`: it works
    again. A fault is written `[METHOD] CALL: KIND [p=0.2 count=3 skip=2 seconds=30]`, as for
    `worker sandbox --fault`; a call or kind that there is not is answered with those there are.
    """

    key: ClassVar[str] = "fault"
    root: ClassVar[str] = "faults"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        'fault: "POST conversation_messages: 503-after count=1"',
        "fault: none",
    )

    faults: OneOrMany[str]

    @model_validator(mode="after")
    def _none_alone(self) -> Self:
        if len(self.faults) > 1 and "none" in self.faults:
            raise complaint("none_among", "'none' stands alone", "take it out of the list")
        return self

    @override
    async def play(self, scene: Scene) -> None:
        await scene.set_faults([one for one in self.faults if one != "none"])
