"""The `tests` key: one file a kind of step; this registry and what it reads."""

from __future__ import annotations

from worker.ruleset.testing.contact import ContactStep
from worker.ruleset.testing.conversation import ConversationStep
from worker.ruleset.testing.expect import ExpectForm
from worker.ruleset.testing.message import MessageStep, PickStep
from worker.ruleset.testing.notification import NotificationStep
from worker.ruleset.testing.part import StimulusPart
from worker.ruleset.testing.service import FaultStep, ReloadStep, RestartStep
from worker.ruleset.testing.step import ANY_TEST_STEP
from worker.ruleset.testing.team import AgentMessageStep, BotMessageStep

# Registration: one line a kind.
STIMULI: tuple[type[StimulusPart], ...] = (
    MessageStep,
    PickStep,
    AgentMessageStep,
    BotMessageStep,
    NotificationStep,
    ContactStep,
    ConversationStep,
    ReloadStep,
    RestartStep,
    FaultStep,
)

ANY_TEST_STEP.open((*STIMULI, ExpectForm))
