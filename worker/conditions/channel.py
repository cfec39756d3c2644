"""`channel`: where the conversation is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, cast
from weakref import WeakValueDictionary

from pydantic import AfterValidator, StringConstraints, model_validator
from typing_extensions import override

from worker.conditions.fields import channel_of
from worker.conditions.keyed import OneOrMany
from worker.conditions.near import SITUATION, listed
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Answer, Near, Verdict

ChannelName = Annotated[
    str,
    StringConstraints(min_length=1, to_lower=True, strip_whitespace=True),
    AfterValidator(sys.intern),  # thousands of rules name the same few
]


class ChannelCondition(ConditionPart):
    """Holds when the conversation is on one of these channels, e.g. `web`, `whatsapp`, `line`.

    Channels are named as the platform names them; upper and lower case are the same.
    """

    key: ClassVar[str] = "channel"
    root: ClassVar[str] = "channels"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("channel: web", "channel: [web, whatsapp]")

    channels: OneOrMany[ChannelName]

    __slots__ = ("_yes",)
    if TYPE_CHECKING:
        _yes: Mapping[str, Verdict]

    @model_validator(mode="after")
    def _one_for_all(self) -> Self:
        """Thousands of rules name the same few channels: they share one condition, which is in
        the processor's cache whichever of them is asked.
        """
        self._keep(_yes={channel: _said(channel, Answer.YES) for channel in self.channels})
        return cast("Self", _IN_USE.setdefault(self.channels, self))

    @override
    def decide(self, facts: Facts) -> Verdict:
        channel = channel_of(facts).lower()
        yes = self._yes.get(channel)
        if yes is not None:
            return yes
        if not channel:
            return self.undecided("the channel is not known")
        return _said(channel, Answer.NO)

    @override
    def near(self, facts: Facts) -> Near:
        here = channel_of(facts).lower()
        mend = f"; add {here} to 'channel'" if here else ""
        return Near(f"it holds on {listed(self.channels)}{mend}", SITUATION)

    @override
    def touch(self) -> Touch | None:
        return Touch(channels=frozenset(self.channels))


_IN_USE: WeakValueDictionary[tuple[str, ...], ChannelCondition] = WeakValueDictionary()


def _said(channel: str, answer: Answer) -> Verdict:
    return Verdict(answer, ChannelCondition.key, f"the channel is {channel}")
