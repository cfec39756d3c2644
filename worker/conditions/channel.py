"""`channel`: where the conversation is."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints
from typing_extensions import override

from worker.conditions.fields import channel_of
from worker.conditions.keyed import OneOrMany
from worker.conditions.near import SITUATION, listed
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Near, Verdict

ChannelName = Annotated[str, StringConstraints(min_length=1, to_lower=True, strip_whitespace=True)]


class ChannelCondition(ConditionPart):
    """Holds when the conversation is on one of these channels, e.g. `web`, `whatsapp`, `line`.

    Channels are named as the platform names them; upper and lower case are the same.
    """

    key: ClassVar[str] = "channel"
    root: ClassVar[str] = "channels"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("channel: web", "channel: [web, whatsapp]")

    channels: OneOrMany[ChannelName]

    @override
    def decide(self, facts: Facts) -> Verdict:
        channel = channel_of(facts).lower()
        if not channel:
            return self.undecided("the channel is not known")
        return self.answer(holds=channel in self.channels, because=f"the channel is {channel}")

    @override
    def near(self, facts: Facts) -> Near:
        here = channel_of(facts).lower()
        mend = f"; add {here} to 'channel'" if here else ""
        return Near(f"it holds on {listed(self.channels)}{mend}", SITUATION)

    @override
    def touch(self) -> Touch | None:
        return Touch(channels=frozenset(self.channels))
