"""What the worker remembers when it decides on an event."""

from __future__ import annotations

from worker.engine.history import History
from worker.model.flow import Timer
from worker.model.ids import RuleId
from worker.model.noun import Noun
from worker.model.rule import Rule
from worker.model.state import ContactState, ConversationState


class Going(Noun, frozen=True, kw_only=True):
    """A flow as it stands in the ledger, with the rule it goes on with.

    `rule` None: it cannot go on, and `problem` says why.
    """

    timer: Timer
    rule: Rule | None
    problem: str = ""


class Standing(Noun, frozen=True, kw_only=True):
    """What the worker remembers about the event's conversation and contact; None: there is none.

    `flows`: what waits in the conversation, in the order in which it began to.
    """

    conversation: ConversationState | None
    contact: ContactState | None
    history: History
    flows: tuple[Going, ...] = ()

    def under_way(self, rule: RuleId) -> bool:
        """A flow of the rule waits in the conversation."""
        return any(going.timer.flow.rule_id == rule for going in self.flows)
